package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.kubenode.progress.cluster.Node;
import org.kubenode.progress.cluster.NodeState;

/** What operators see of a node; roles as {@code kubectl get nodes} finds them. */
final class NodeViews {

    private static final String ROLE_PREFIX = "node-role.kubernetes.io/";
    private static final String ROLE_LABEL = "kubernetes.io/role";

    /** Where a reason may stand: ours, and that of kube-node-manager. */
    private static final List<String> REASONS =
            List.of(NodeWriter.REASON, "deeproute.cn/kube-node-mgr");

    private NodeViews() {}

    /** Whether it can be worked on at all; a node without a name cannot. */
    static boolean isNamed(io.fabric8.kubernetes.api.model.Node node) {
        return node.getMetadata() != null && node.getMetadata().getName() != null;
    }

    static Node of(io.fabric8.kubernetes.api.model.Node node) {
        Map<String, String> labels =
                Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of());
        Map<String, String> annotations =
                Objects.requireNonNullElse(node.getMetadata().getAnnotations(), Map.of());
        String annotation =
                REASONS.stream().filter(annotations::containsKey).findFirst().orElse(null);
        List<Taint> taints = Taints.of(node);
        return new Node(
                node.getMetadata().getName(),
                isReady(node),
                node.getSpec() == null || !Boolean.TRUE.equals(node.getSpec().getUnschedulable()),
                roles(labels),
                labels,
                taints.stream().map(NodeViews::taint).toList(),
                node.getStatus() == null || node.getStatus().getNodeInfo() == null
                        ? null
                        : node.getStatus().getNodeInfo().getKubeletVersion(),
                node.getMetadata().getCreationTimestamp(),
                annotation == null ? null : annotations.get(annotation),
                annotation);
    }

    static NodeState state(io.fabric8.kubernetes.api.model.Node node) {
        NodeStatus status = node.getStatus();
        return new NodeState(
                node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable()),
                isReady(node),
                status == null || status.getNodeInfo() == null
                        ? null
                        : status.getNodeInfo().getBootID(),
                conditions(node)
                        .filter(c -> "Ready".equals(c.getType()))
                        .map(NodeCondition::getLastTransitionTime)
                        .findFirst()
                        .orElse(null));
    }

    private static Map<String, String> taint(Taint taint) {
        return Map.of(
                "key", Objects.requireNonNullElse(taint.getKey(), ""),
                "value", Objects.requireNonNullElse(taint.getValue(), ""),
                "effect", Objects.requireNonNullElse(taint.getEffect(), ""));
    }

    private static boolean isReady(io.fabric8.kubernetes.api.model.Node node) {
        return conditions(node)
                .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
    }

    private static Stream<NodeCondition> conditions(io.fabric8.kubernetes.api.model.Node node) {
        return node.getStatus() == null || node.getStatus().getConditions() == null
                ? Stream.of()
                : node.getStatus().getConditions().stream();
    }

    private static List<String> roles(Map<String, String> labels) {
        TreeSet<String> roles = new TreeSet<>();
        labels.forEach(
                (key, value) -> {
                    if (key.startsWith(ROLE_PREFIX) && key.length() > ROLE_PREFIX.length()) {
                        roles.add(key.substring(ROLE_PREFIX.length()));
                    } else if (key.equals(ROLE_LABEL) && !value.isEmpty()) {
                        roles.add(value);
                    }
                });
        return List.copyOf(roles);
    }
}
