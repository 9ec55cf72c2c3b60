package org.kubenode.progress.chaos;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * No node operation starts after its owner's lease, by the owner's own clock, except of a batch
 * that goes on without a database; and of one that pauses, none after a later owner's first.
 */
final class LeaseRule implements Rule {

    /** Between the check of the lease and the line that tells of it a busy machine may pause. */
    private static final long BETWEEN_MS = 250;

    private static final long LOG_MS = 100;

    /** A replica is asked five times a second. */
    private static final long ASKED_MS = 500;

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        Impairments impaired =
                new Impairments(evidence.all(Event.Faulted.class), evidence.run().graceMs());
        Set<String> pausing = new HashSet<>();
        evidence.all(Event.Accepted.class).stream()
                .filter(task -> task.action().equals("drain"))
                .forEach(task -> pausing.add(task.taskId()));
        Map<String, Long> storedAt = storedAt(evidence);
        Set<String> shifted = new HashSet<>();
        for (Event.Faulted fault : evidence.all(Event.Faulted.class)) {
            fault.impairs().stream()
                    .filter(what -> what.startsWith("clock:"))
                    .forEach(what -> shifted.add(what.substring("clock:".length())));
        }
        List<Event.Started> starts = evidence.all(Event.Started.class);
        Map<String, Map<Long, Long>> firstOf = new HashMap<>();
        for (Event.Started start : starts) {
            if (!shifted.contains(start.replica())) {
                firstOf.computeIfAbsent(start.taskId(), id -> new HashMap<>())
                        .merge(start.epoch(), start.at(), Math::min);
            }
            if (start.leaseLeftMs() <= 0
                    && storedAt.containsKey(start.taskId())
                    && (start.at() < storedAt.get(start.taskId())
                            || shifted.contains(start.replica()))) {
                // By a clock that was moved nobody can say whether its row was there already.
                verdict.count("starts of a task that nobody else could know of yet");
            } else if (start.leaseLeftMs() < -BETWEEN_MS) {
                late(start, pausing, shifted, impaired, evidence, verdict);
            } else if (start.leaseLeftMs() <= 0) {
                verdict.count("starts at the very end of a lease");
            }
        }
        for (Event.Started start : starts) {
            if (pausing.contains(start.taskId()) && !shifted.contains(start.replica())) {
                firstOf.getOrDefault(start.taskId(), Map.of()).entrySet().stream()
                        .filter(first -> first.getKey() > start.epoch())
                        .filter(first -> first.getValue() + LOG_MS < start.at())
                        .findAny()
                        .ifPresent(
                                first ->
                                        verdict.violation(
                                                Violation.Kind.LEASE,
                                                "%s, although epoch %d had begun at %d",
                                                start,
                                                first.getKey(),
                                                first.getValue()));
            }
        }
    }

    /** When the first row showed that a task accepted without a database is stored. */
    private static Map<String, Long> storedAt(Evidence evidence) {
        Map<String, Long> stored = new HashMap<>();
        for (Event.Accepted task : evidence.all(Event.Accepted.class)) {
            if (!task.durable()) {
                var rows = evidence.rows(task.taskId());
                stored.put(
                        task.taskId(),
                        rows.isEmpty() ? Long.MAX_VALUE : rows.firstEntry().getValue().at());
            }
        }
        return stored;
    }

    private static void late(
            Event.Started start,
            Set<String> pausing,
            Set<String> shifted,
            Impairments impaired,
            Evidence evidence,
            Verdict verdict) {
        // Its lines tell no time that others could be compared with.
        boolean withoutDatabase =
                shifted.contains(start.replica())
                        || evidence.saidDatabaseIsDown(
                                start.replica(),
                                start.at() + start.leaseLeftMs() - ASKED_MS,
                                start.at() + ASKED_MS)
                        || impaired.any(
                                start.at() + start.leaseLeftMs(),
                                start.at(),
                                "rows",
                                "rows:" + start.replica(),
                                "replica:" + start.replica());
        if (pausing.contains(start.taskId()) || !withoutDatabase) {
            verdict.violation(Violation.Kind.LEASE, "after the lease: %s", start);
        } else {
            verdict.count("starts after the lease without a database (continue)");
        }
    }
}
