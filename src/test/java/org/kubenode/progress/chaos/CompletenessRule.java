package org.kubenode.progress.chaos;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every committed message was received by every client of its user that stayed or resumed, or was
 * named as skipped, or is covered by a snapshot; what must be seen is never among the skipped. And
 * what was shown as durable is a row.
 */
final class CompletenessRule implements Rule {

    /** What a client knows of a task. */
    private static final class Known {
        private final Set<Long> seen = new HashSet<>();
        private final Set<Long> skipped = new HashSet<>();
        private long covered = -1;
    }

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        for (Evidence.Client client : evidence.clients()) {
            Map<String, Known> known = new HashMap<>();
            for (Evidence.Link link : client.connections.values()) {
                link.frames.forEach(frame -> take(frame, evidence, known, verdict));
            }
            if (!client.stayed()) {
                verdict.count("clients that left");
                continue;
            }
            for (Event.Task task : evidence.tasks()) {
                if (client.maySee(task.user())) {
                    Known of = known.getOrDefault(task.taskId(), new Known());
                    require(client, task, of, evidence, verdict);
                }
            }
        }
    }

    private static void take(
            Event.Framed frame, Evidence evidence, Map<String, Known> known, Verdict verdict) {
        if (frame.gone() || frame.taskId().isEmpty()) {
            return;
        }
        Event.Committed row = evidence.rows(frame.taskId()).get(frame.seq());
        boolean same = row != null && row.epoch() == frame.epoch();
        if (!frame.durable() && !same) {
            verdict.count("frames that never became durable, and said so");
            return;
        }
        if (frame.durable() && !shown(frame, row)) {
            verdict.violation(Violation.Kind.PHANTOM, "%s, but the row is %s", frame, row);
        }
        Known task = known.computeIfAbsent(frame.taskId(), id -> new Known());
        if (frame.snapshot()) {
            task.covered = Math.max(task.covered, frame.seq());
        }
        task.seen.add(frame.seq());
        for (long seq = frame.from(); seq < frame.seq(); seq++) {
            task.skipped.add(seq);
            verdict.count("frames skipped and named");
        }
    }

    private static boolean shown(Event.Framed frame, Event.Committed row) {
        if (row == null) {
            return frame.snapshot() && frame.seq() == 0;
        }
        // A snapshot after a take-over carries the new epoch and the last message of the old one.
        return frame.snapshot()
                ? frame.epoch() >= row.epoch()
                : frame.epoch() == row.epoch()
                        && frame.type().equals(row.type())
                        && String.valueOf(frame.node()).equals(String.valueOf(row.node()));
    }

    private static void require(
            Evidence.Client client,
            Event.Task task,
            Known known,
            Evidence evidence,
            Verdict verdict) {
        List<Event.Committed> missing =
                evidence.rows(task.taskId()).values().stream()
                        .filter(row -> row.seq() > known.covered)
                        .filter(row -> !known.seen.contains(row.seq()))
                        .filter(row -> row.mustBeSeen() || !known.skipped.contains(row.seq()))
                        .toList();
        if (!missing.isEmpty() && evidence.neverDue(client, task)) {
            verdict.count("tasks that came and went, and 50 others, while a client was away");
        } else if (!missing.isEmpty()) {
            verdict.violation(
                    Violation.Kind.MISSING,
                    "client %s lacks %d of %d messages of task %s, first %s",
                    client.name,
                    missing.size(),
                    task.lastSeq(),
                    task.taskId(),
                    missing.get(0));
        }
    }
}
