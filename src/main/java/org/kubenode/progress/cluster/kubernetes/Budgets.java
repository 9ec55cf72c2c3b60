package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetList;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.kubenode.progress.cluster.NodePlan;

/** The disruption budgets of a cluster, read once for the plans of many nodes. */
final class Budgets {

    private static final List<PodDisruptionBudget> NONE = List.of();
    private static final long FRESH = Duration.ofSeconds(5).toNanos();

    private final ApiServer server;
    private List<PodDisruptionBudget> read;
    private long readAt;

    Budgets(ApiServer server) {
        this.server = server;
    }

    /**
     * What protects some pods that have to go, by {@code namespace/name}; null when the account may
     * not see it, or the server did not tell.
     */
    Map<String, NodePlan.Budget> of(List<Pod> pods) throws InterruptedException {
        Map<String, NodePlan.Budget> budgets = new TreeMap<>();
        try {
            for (PodDisruptionBudget budget : pods.isEmpty() ? NONE : all()) {
                long protects = pods.stream().filter(pod -> protects(budget, pod)).count();
                if (protects > 0) {
                    budgets.put(
                            budget.getMetadata().getNamespace()
                                    + "/"
                                    + budget.getMetadata().getName(),
                            new NodePlan.Budget(allowed(budget), (int) protects));
                }
            }
            return budgets;
        } catch (ApiException e) {
            return null;
        }
    }

    private static int allowed(PodDisruptionBudget budget) {
        return budget.getStatus() == null || budget.getStatus().getDisruptionsAllowed() == null
                ? 0
                : budget.getStatus().getDisruptionsAllowed();
    }

    private synchronized List<PodDisruptionBudget> all() throws InterruptedException {
        long now = server.waiter().nanoTime();
        if (read == null || now - readAt >= FRESH) {
            read =
                    server.list(
                            ApiRequest.get(
                                    ApiRequest.LIST_BUDGETS,
                                    "/apis/policy/v1/poddisruptionbudgets"),
                            PodDisruptionBudgetList.class,
                            server::once);
            readAt = now;
        }
        return read;
    }

    /** As policy/v1 says it: an empty selector is every pod of the namespace, none is no pod. */
    private static boolean protects(PodDisruptionBudget budget, Pod pod) {
        LabelSelector selector = budget.getSpec() == null ? null : budget.getSpec().getSelector();
        if (selector == null
                || !Objects.equals(
                        budget.getMetadata().getNamespace(), pod.getMetadata().getNamespace())) {
            return false;
        }
        Map<String, String> labels =
                Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
        Map<String, String> equal = Objects.requireNonNullElse(selector.getMatchLabels(), Map.of());
        List<LabelSelectorRequirement> more =
                Objects.requireNonNullElse(selector.getMatchExpressions(), List.of());
        return labels.entrySet().containsAll(equal.entrySet())
                && more.stream().allMatch(requirement -> matches(requirement, labels));
    }

    private static boolean matches(
            LabelSelectorRequirement requirement, Map<String, String> labels) {
        String value = labels.get(requirement.getKey());
        List<String> values = Objects.requireNonNullElse(requirement.getValues(), List.of());
        return switch (requirement.getOperator()) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> !values.contains(value);
            case "Exists" -> value != null;
            default -> value == null;
        };
    }
}
