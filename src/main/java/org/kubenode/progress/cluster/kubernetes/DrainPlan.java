package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
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
     * @param now by the clock of the cluster, or nearly
     */
    static DrainPlan of(
            List<Pod> pods, DrainOptions options, Set<String> missingDaemonSets, Instant now) {
        List<Pod> evict = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        int skipped = 0;
        for (Pod pod : pods) {
            if (isFinished(pod) || isMirror(pod) || endsForTooLong(pod, options, now)) {
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
            reasons.add(
                    "belongs to the DaemonSet "
                            + controllerOf(pod).getName()
                            + ", which does not exist (force)");
        }
        if (hasEmptyDir(pod) && !options.deleteEmptydirData()) {
            reasons.add("has emptyDir data (delete_emptydir_data)");
        }
        if (controllerOf(pod) == null && !options.force()) {
            reasons.add("has no controller that would create it again (force)");
        }
        return reasons;
    }

    /**
     * {@code namespace/name} of the DaemonSet that controls a pod, or null. One of another API
     * group is a controller like any other: it may well honour a cordon.
     */
    static String daemonSetOf(Pod pod) {
        OwnerReference owner = controllerOf(pod);
        return owner != null
                        && "DaemonSet".equals(owner.getKind())
                        && "apps/v1".equals(owner.getApiVersion())
                ? pod.getMetadata().getNamespace() + "/" + owner.getName()
                : null;
    }

    /** A pod whose end is overdue by more than the operator would wait for: its kubelet is away. */
    static boolean endsForTooLong(Pod pod, DrainOptions options, Instant now) {
        String deleted = pod.getMetadata().getDeletionTimestamp();
        return options.skipWaitForDeleteSeconds() > 0
                && deleted != null
                && Duration.between(OffsetDateTime.parse(deleted).toInstant(), now).toSeconds()
                        > options.skipWaitForDeleteSeconds();
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

    static OwnerReference controllerOf(Pod pod) {
        return pod.getMetadata().getOwnerReferences() == null
                ? null
                : pod.getMetadata().getOwnerReferences().stream()
                        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                        .findFirst()
                        .orElse(null);
    }
}
