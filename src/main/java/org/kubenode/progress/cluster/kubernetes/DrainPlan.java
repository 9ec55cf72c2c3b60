package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kubenode.progress.cluster.DrainOptions;
import org.kubenode.progress.cluster.NodePlan;
import org.kubenode.progress.cluster.NodePlan.Fate;

/**
 * Which pods of a node have to go, by the rules of kubectl drain
 * (k8s.io/kubectl/pkg/drain/filters.go), with one difference: finished pods stay.
 *
 * @param pods all of the node, in the order of the list
 */
record DrainPlan(List<Judged> pods) {

    /**
     * One pod.
     *
     * @param why it stays, or keeps the drain from beginning; null for one to evict or, where it is
     *     ending already, to wait for
     * @param lost whether it would go for good: nothing makes it again
     */
    record Judged(Pod pod, Fate fate, String why, boolean lost) {

        private static Judged keep(Pod pod, String why) {
            return new Judged(pod, Fate.KEEP, why, false);
        }
    }

    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

    /**
     * @param missingDaemonSets {@code namespace/name} of DaemonSets that pods name as their owner
     *     and that are not there
     * @param now by the clock of the cluster, or nearly
     */
    static DrainPlan of(
            List<Pod> pods, DrainOptions options, Set<String> missingDaemonSets, Instant now) {
        return new DrainPlan(
                pods.stream().map(pod -> judge(pod, options, missingDaemonSets, now)).toList());
    }

    private static Judged judge(
            Pod pod, DrainOptions options, Set<String> missingDaemonSets, Instant now) {
        if (isFinished(pod)) {
            return Judged.keep(pod, "has finished");
        }
        if (isMirror(pod)) {
            return Judged.keep(pod, "is a mirror pod");
        }
        if (endsForTooLong(pod, options, now)) {
            return Judged.keep(pod, "should have ended long ago");
        }
        String daemonSet = daemonSetOf(pod);
        if (daemonSet != null && !missingDaemonSets.contains(daemonSet)) {
            return options.ignoreDaemonsets()
                    ? Judged.keep(pod, "belongs to a DaemonSet")
                    : new Judged(
                            pod, Fate.REFUSE, "belongs to a DaemonSet (ignore_daemonsets)", false);
        }
        List<String> reasons = reasonsAgainst(pod, daemonSet != null, options);
        boolean lost = daemonSet != null || controllerOf(pod) == null;
        return reasons.isEmpty()
                ? new Judged(pod, Fate.EVICT, null, lost)
                : new Judged(pod, Fate.REFUSE, String.join(", ", reasons), lost);
    }

    /** The pods to evict or, where they are ending already, to wait for. */
    List<Pod> evict() {
        return pods.stream().filter(j -> j.fate() == Fate.EVICT).map(Judged::pod).toList();
    }

    /** Why the drain must not begin; empty when it may. */
    List<String> refusals() {
        return pods.stream()
                .filter(j -> j.fate() == Fate.REFUSE)
                .map(j -> id(j.pod()) + " " + j.why())
                .toList();
    }

    /**
     * Pods that came since, and go by the same rules: a scheduler that had not seen the cordon put
     * them there. One that tolerates a cordon may be there, and would only come back.
     *
     * @param present all of the node now
     */
    DrainPlan latecomers(List<Pod> present, DrainOptions options, Instant now) {
        Set<String> known =
                pods.stream().map(j -> j.pod().getMetadata().getUid()).collect(Collectors.toSet());
        return new DrainPlan(
                present.stream()
                        .filter(pod -> !known.contains(pod.getMetadata().getUid()))
                        .filter(pod -> daemonSetOf(pod) == null && !toleratesCordon(pod))
                        .map(pod -> judge(pod, options, Set.of(), now))
                        .filter(judged -> judged.fate() == Fate.EVICT)
                        .toList());
    }

    DrainPlan and(DrainPlan others) {
        return new DrainPlan(Stream.concat(pods.stream(), others.pods.stream()).toList());
    }

    /** By the rules of the scheduler (plugin NodeUnschedulable). */
    private static boolean toleratesCordon(Pod pod) {
        return pod.getSpec() != null
                && pod.getSpec().getTolerations() != null
                && pod.getSpec().getTolerations().stream()
                        .anyMatch(
                                t ->
                                        (t.getEffect() == null
                                                        || t.getEffect().isEmpty()
                                                        || t.getEffect().equals("NoSchedule"))
                                                && (UNSCHEDULABLE.equals(t.getKey())
                                                        || (t.getKey() == null
                                                                        || t.getKey().isEmpty())
                                                                && "Exists"
                                                                        .equals(t.getOperator())));
    }

    /**
     * The same for people.
     *
     * @param leaving the pods to evict, by uid, and how far each is
     * @param left the uids of those that are still there
     * @param begun whether anything was done yet, and was not only tried
     */
    NodePlan told(
            Map<String, Leaving> leaving,
            Set<String> left,
            boolean begun,
            Map<String, NodePlan.Budget> budgets) {
        Map<String, NodePlan.Pod> told = new LinkedHashMap<>();
        for (Judged judged : pods) {
            String uid = judged.pod().getMetadata().getUid();
            Leaving going = leaving.get(uid);
            told.put(
                    id(judged.pod()),
                    new NodePlan.Pod(
                            judged.fate(),
                            judged.why(),
                            judged.lost(),
                            going == null ? null : going.waited(),
                            going == null ? null : going.outcome(left.contains(uid), begun)));
        }
        return new NodePlan(told, budgets);
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
