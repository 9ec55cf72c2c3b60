package org.kubenode.progress.cluster;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.kubenode.progress.cluster.Done.Change;

/** A node of a {@link SimulatedCluster} and its state; a batch and a list may use it at once. */
final class SimulatedNode {

    private static final String REASON = "kubenode.org/reason";

    private final String name;
    private final Map<String, String> labels = new TreeMap<>();
    private final List<TaintChange> taints = new ArrayList<>();
    private final String createdAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    private boolean schedulable = true;
    private String reason;
    private int boots = 1;
    private long readyAt = System.nanoTime();
    private int pods = SimulatedCluster.PODS.size();

    SimulatedNode(String name) {
        this.name = name;
        labels.put("kubernetes.io/hostname", name);
        labels.put("kubernetes.io/os", "linux");
        labels.put("node-role.kubernetes.io/worker", "");
    }

    String name() {
        return name;
    }

    synchronized Node view() {
        List<Map<String, String>> shown = new ArrayList<>();
        if (!schedulable) {
            shown.add(
                    Map.of(
                            "key", "node.kubernetes.io/unschedulable",
                            "value", "",
                            "effect", "NoSchedule"));
        }
        taints.forEach(
                t -> shown.add(Map.of("key", t.key(), "value", t.value(), "effect", t.effect())));
        return new Node(
                name,
                isReady(),
                schedulable,
                List.of("worker"),
                Map.copyOf(labels),
                List.copyOf(shown),
                "v1.33.0",
                createdAt,
                reason,
                reason == null ? null : REASON);
    }

    synchronized NodeState state() {
        boolean ready = isReady();
        return new NodeState(!schedulable, ready, "boot-" + (ready ? boots : boots - 1), null);
    }

    private boolean isReady() {
        return System.nanoTime() - readyAt >= 0;
    }

    /** It is away for some nanoseconds, and has another boot id then. */
    synchronized Done reboot(long forNanos) {
        boots++;
        readyAt = System.nanoTime() + forNanos;
        return Done.already("rebooted");
    }

    /** As a real one: the reason is kept beside it, and goes with it. */
    synchronized Done schedulable(boolean wanted, String given, boolean dryRun) {
        String why = wanted ? null : given == null ? reason : given;
        Map<String, Change> changes = new TreeMap<>();
        if (!Objects.equals(reason, why)) {
            changes.put("reason", new Change(reason, why));
        }
        String done = wanted ? "uncordoned" : "cordoned";
        if (schedulable != wanted) {
            changes.put("unschedulable", new Change(wanted, !wanted));
        } else {
            done = "already " + done + (why == null || changes.isEmpty() ? "" : ", reason changed");
        }
        if (!dryRun) {
            schedulable = wanted;
            reason = why;
            pods = wanted ? SimulatedCluster.PODS.size() : pods;
        }
        return new Done(done, changes);
    }

    synchronized Done label(Map<String, String> changes, boolean dryRun) {
        Map<String, String> after = new TreeMap<>(labels);
        changes.forEach(
                (key, value) -> {
                    if (value == null) {
                        after.remove(key);
                    } else {
                        after.put(key, value);
                    }
                });
        Map<String, Change> done = Done.changes("labels.", labels, after);
        if (done.isEmpty()) {
            return Done.already("already labeled");
        }
        if (!dryRun) {
            labels.clear();
            labels.putAll(after);
        }
        return new Done("labeled", done);
    }

    private static Map<String, String> values(List<TaintChange> taints) {
        return taints.stream()
                .collect(
                        Collectors.toMap(
                                taint -> taint.key() + ":" + taint.effect(), TaintChange::value));
    }

    synchronized Done taint(List<TaintChange> changes, boolean dryRun) {
        List<TaintChange> after = new ArrayList<>(taints);
        for (TaintChange change : changes) {
            if (change.remove()) {
                after.removeIf(t -> change.removes(t.key(), t.value(), t.effect()));
            } else if (!after.contains(change)) {
                after.removeIf(t -> change.matches(t.key(), t.effect()));
                after.add(change);
            }
        }
        Map<String, Change> done = Done.changes("taints.", values(taints), values(after));
        if (after.equals(taints)) {
            return Done.already("already tainted so");
        }
        if (!dryRun) {
            taints.clear();
            taints.addAll(after);
        }
        return new Done("tainted", done);
    }

    synchronized int pods() {
        return pods;
    }

    synchronized void evictOne() {
        pods = Math.max(0, pods - 1);
    }
}
