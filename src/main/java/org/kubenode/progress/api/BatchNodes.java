package org.kubenode.progress.api;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.Node;
import org.kubenode.progress.problem.ProblemException;

/**
 * The nodes that a request for a batch names or selects.
 *
 * @param maxNodes the most of one batch
 */
record BatchNodes(Clusters clusters, int maxNodes) {

    /** RFC 1123 subdomain, as Kubernetes names nodes; at most 253 characters. */
    static final Pattern NODE_NAME =
            Pattern.compile(
                    "(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    static final String NODE_RULE =
            "a node name is an RFC 1123 subdomain: a-z, 0-9, '-' and '.', at most 253 characters";

    private static final List<String> FIELDS = List.of("nodes", "node_names", "selector");

    /**
     * Takes them out of a request: names in their order; of a selector, which stays in it, those
     * that it finds now, in the order of the cluster.
     *
     * @throws ProblemException 400 naming the field, 503 when the cluster cannot be asked
     */
    List<String> take(String cluster, Map<String, Object> request) {
        List<String> fields = FIELDS.stream().filter(request::containsKey).toList();
        if (fields.size() > 1) {
            throw new ProblemException(
                    400, fields.get(0), "either %s or %s, not both".formatted(fields.toArray()));
        }
        if (fields.contains("selector")) {
            return selected(cluster, request.get("selector"));
        }
        String field = fields.isEmpty() ? "node_names" : fields.get(0);
        Object given = request.remove(field);
        if (!(given instanceof List<?> list) || list.isEmpty()) {
            throw new ProblemException(400, field, "a list of at least one node name is needed");
        }
        if (list.size() > maxNodes) {
            throw new ProblemException(
                    400, field, list.size() + " nodes; at most " + maxNodes + " a batch");
        }
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < list.size(); i++) {
            String at = field + "[" + i + "]";
            if (!(list.get(i) instanceof String name) || !NODE_NAME.matcher(name).matches()) {
                throw new ProblemException(400, at, NODE_RULE);
            }
            if (!names.add(name)) {
                throw new ProblemException(400, at, "'" + name + "' is named twice");
            }
        }
        return new ArrayList<>(names);
    }

    private List<String> selected(String cluster, Object selector) {
        if (!(selector instanceof String text) || text.isBlank() || text.length() > 4_096) {
            throw new ProblemException(
                    400, "selector", "selector: allowed: a label selector, for example pool=blue");
        }
        List<String> names = clusters.nodes(cluster, text).stream().map(Node::name).toList();
        if (names.isEmpty() || names.size() > maxNodes) {
            throw new ProblemException(
                    400,
                    "selector",
                    "selector: it selects %d nodes of %s; allowed: 1 to %d"
                            .formatted(names.size(), cluster, maxNodes));
        }
        return names;
    }
}
