package org.kubenode.progress.api;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.Node;

/** What {@code GET /clusters/{name}/nodes} lists. */
public final class ClusterNodes {

    private final Clusters clusters;

    public ClusterNodes(Clusters clusters) {
        this.clusters = clusters;
    }

    /**
     * A page of the nodes of a cluster, by name.
     *
     * @throws org.kubenode.progress.problem.ProblemException as {@link Clusters#nodes}
     */
    public Map<String, Object> list(NodeRequest request) {
        List<Node> rest =
                clusters.nodes(request.cluster(), request.selector()).stream()
                        .filter(node -> isAfter(node, request.after()))
                        .sorted(Comparator.comparing(Node::name))
                        .limit(request.fetch())
                        .toList();
        boolean more = rest.size() > request.limit();
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("nodes", more ? rest.subList(0, request.limit()) : rest);
        page.put("next", more ? rest.get(request.limit() - 1).name() : null);
        return page;
    }

    private static boolean isAfter(Node node, String name) {
        return name == null || node.name().compareTo(name) > 0;
    }
}
