package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kubenode.progress.cluster.NodePlan;

/**
 * The pods that a drain has to get rid of, by uid: a pod of the same name on another node is
 * another pod.
 */
final class LeavingPods {

    private final Map<String, Leaving> all = new LinkedHashMap<>();
    private final Map<String, Leaving> left = new LinkedHashMap<>();

    /**
     * @param graceSeconds see {@link Leaving}
     */
    void add(Pod pod, Integer graceSeconds, long now) {
        Leaving leaving = new Leaving(pod, graceSeconds, now);
        all.put(uid(leaving), leaving);
        left.put(uid(leaving), leaving);
    }

    int total() {
        return all.size();
    }

    int gone() {
        return all.size() - left.size();
    }

    /** Those that are still there. */
    Collection<Leaving> left() {
        return left.values();
    }

    /** Those that have to be asked for now, the one that has not asked for longest first. */
    List<Leaving> due(long now) {
        return left.values().stream()
                .filter(leaving -> leaving.isDue(now))
                .sorted(Comparator.comparingLong(Leaving::lastTry))
                .toList();
    }

    boolean isLeft(Leaving leaving) {
        return left.containsKey(uid(leaving));
    }

    void gone(Leaving leaving) {
        left.remove(uid(leaving));
    }

    /** Those that are not there any more are gone. */
    void present(Set<String> uids) {
        left.keySet().retainAll(uids);
    }

    /** See {@link DrainPlan#told}. */
    NodePlan told(DrainPlan plan, boolean begun, Map<String, NodePlan.Budget> budgets) {
        return plan.told(all, left.keySet(), begun, budgets);
    }

    /** Those that wait for something, the longest first. */
    private Stream<Leaving> waitingPods() {
        return left.values().stream()
                .filter(leaving -> leaving.waitsFor() != null)
                .sorted(Comparator.comparingLong(Leaving::waitsSince));
    }

    /** The pod that has waited longest, and for what; empty for none. */
    String waiting() {
        return waitingPods()
                .findFirst()
                .map(leaving -> "; " + leaving.id() + " waits: " + leaving.waitsFor())
                .orElse("");
    }

    /**
     * Those that are left, the longest waiting first, and what for.
     *
     * @param most how many are named
     */
    String named(int most) {
        String named =
                Stream.concat(
                                waitingPods(),
                                left.values().stream()
                                        .filter(leaving -> leaving.waitsFor() == null))
                        .limit(most)
                        .map(
                                leaving ->
                                        leaving.id()
                                                + " ("
                                                + Objects.requireNonNullElse(
                                                        leaving.waitsFor(), "still ending")
                                                + ")")
                        .collect(Collectors.joining(", "));
        return left.size() > most ? named + ", …" : named;
    }

    private static String uid(Leaving leaving) {
        return leaving.pod().getMetadata().getUid();
    }
}
