package org.kubenode.progress.chaos;

import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;

/** The rows of a task are whole: no gap, no step back of the epoch, each node once, one end. */
final class RowsRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        for (Event.Task task : evidence.tasks()) {
            check(task, evidence.rows(task.taskId()), verdict);
        }
    }

    private static void check(
            Event.Task task, NavigableMap<Long, Event.Committed> rows, Verdict verdict) {
        String id = task.taskId();
        if (rows.size() != task.lastSeq()
                || !rows.isEmpty() && (rows.firstKey() != 1 || rows.lastKey() != task.lastSeq())) {
            verdict.violation(
                    Violation.Kind.ROWS,
                    "task %s has %d rows, seq %s, and last_seq %d",
                    id,
                    rows.size(),
                    rows.isEmpty() ? "none" : rows.firstKey() + " to " + rows.lastKey(),
                    task.lastSeq());
        }
        long epoch = 0;
        int succeeded = 0;
        int failed = 0;
        Set<String> nodes = new HashSet<>();
        for (Event.Committed row : rows.values()) {
            if (row.epoch() < epoch) {
                verdict.violation(Violation.Kind.ROWS, "%s follows a row of epoch %d", row, epoch);
            }
            epoch = row.epoch();
            if (row.nodeFinal()) {
                succeeded += "succeeded".equals(row.nodeStatus()) ? 1 : 0;
                failed += "failed".equals(row.nodeStatus()) ? 1 : 0;
                if (!nodes.add(row.node())) {
                    verdict.violation(
                            Violation.Kind.ROWS, "a second result of the same node: %s", row);
                }
            }
            if (row.terminal() && row.seq() != task.lastSeq()) {
                verdict.violation(
                        Violation.Kind.TERMINAL, "an end that is not the last row: %s", row);
            }
        }
        if (succeeded != task.succeeded() || failed != task.failed()) {
            verdict.violation(
                    Violation.Kind.ROWS,
                    "task %s counts %d succeeded and %d failed, its rows %d and %d",
                    id,
                    task.succeeded(),
                    task.failed(),
                    succeeded,
                    failed);
        }
        if (task.status().equals("completed") && nodes.size() != task.total()) {
            verdict.violation(
                    Violation.Kind.ROWS,
                    "task %s completed with results of %d of %d nodes",
                    id,
                    nodes.size(),
                    task.total());
        }
        if (task.ended() && (rows.isEmpty() || !rows.lastEntry().getValue().terminal())) {
            verdict.violation(Violation.Kind.TERMINAL, "task %s ended without a message", id);
        }
    }
}
