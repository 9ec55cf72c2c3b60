package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.kubenode.progress.cluster.DrainOptions;

/**
 * Which pods of a node have to go, by the rules of kubectl drain
 * (k8s.io/kubectl/pkg/drain/filters.go), with one difference: finished pods stay.
 *
 * @param evict the pods to evict or, where they are ending already, to wait for
 * @param refusals why the drain must not begin; empty when it may
 * @param skipped how many pods stay
 */
record DrainPlan(List<Pod> evict, List<String> refusals, int skipped) {

    private static final String MIRROR = "kubernetes.io/config.mirror";

    /**
     * @param missingDaemonSets {@code namespace/name} of DaemonSets that pods name as their owner
     *     and that are not there
     */
    static DrainPlan of(List<Pod> pods, DrainOptions options, Set<String> missingDaemonSets) {
        List<Pod> evict = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        int skipped = 0;
        for (Pod pod : pods) {
            if (isFinished(pod) || isMirror(pod)) {
                skipped++;
                continue;
            }
            String daemonSet = daemonSetOf(pod);
            if (daemonSet != null && !missingDaemonSets.contains(daemonSet)) {
                if (options.ignoreDaemonsets()) {
                    skipped++;
                } else {
                    refusals.add(id(pod) + " belongs to a DaemonSet (ignore_daemonsets)");
                }
                continue;
            }
            List<String> reasons = reasonsAgainst(pod, daemonSet != null, options);
            if (reasons.isEmpty()) {
                evict.add(pod);
            } else {
                reasons.forEach(reason -> refusals.add(id(pod) + " " + reason));
            }
        }
        return new DrainPlan(evict, refusals, skipped);
    }

    private static List<String> reasonsAgainst(Pod pod, boolean orphan, DrainOptions options) {
        List<String> reasons = new ArrayList<>();
        if (orphan && !options.force()) {
            reasons.add("belongs to a DaemonSet that does not exist (force)");
        }
        if (hasEmptyDir(pod) && !options.deleteEmptydirData()) {
            reasons.add("has emptyDir data (delete_emptydir_data)");
        }
        if (controllerOf(pod) == null && !options.force()) {
            reasons.add("has no controller that would create it again (force)");
        }
        return reasons;
    }

    /** {@code namespace/name} of the DaemonSet that controls a pod, or null. */
    static String daemonSetOf(Pod pod) {
        OwnerReference owner = controllerOf(pod);
        return owner != null && "DaemonSet".equals(owner.getKind())
                ? pod.getMetadata().getNamespace() + "/" + owner.getName()
                : null;
    }

    static String id(Pod pod) {
        return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
    }

    static boolean isFinished(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    private static boolean isMirror(Pod pod) {
        return pod.getMetadata().getAnnotations() != null
                && pod.getMetadata().getAnnotations().containsKey(MIRROR);
    }

    private static boolean hasEmptyDir(Pod pod) {
        return pod.getSpec() != null
                && pod.getSpec().getVolumes() != null
                && pod.getSpec().getVolumes().stream().anyMatch(v -> v.getEmptyDir() != null);
    }

    private static OwnerReference controllerOf(Pod pod) {
        return pod.getMetadata().getOwnerReferences() == null
                ? null
                : pod.getMetadata().getOwnerReferences().stream()
                        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                        .findFirst()
                        .orElse(null);
    }
}
