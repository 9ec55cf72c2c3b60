package org.kubenode.progress.chaos;

import java.util.HashMap;
import java.util.Map;

/** A client sees one end of a task, nothing newer after it, and is left with it. */
final class TerminalRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        for (Evidence.Client client : evidence.clients()) {
            Map<String, Event.Framed> ends = new HashMap<>();
            for (Evidence.Link link : client.connections.values()) {
                link.frames.stream()
                        .filter(frame -> !frame.gone() && committed(frame, evidence))
                        .forEach(frame -> step(frame, ends, verdict));
            }
            for (Event.Task task : evidence.tasks()) {
                if (client.stayed()
                        && client.maySee(task.user())
                        && task.ended()
                        && !ends.containsKey(task.taskId())
                        && !evidence.neverDue(client, task)) {
                    verdict.violation(
                            Violation.Kind.TERMINAL,
                            "client %s was not shown the end of task %s",
                            client.name,
                            task.taskId());
                }
            }
        }
    }

    /** Shown as durable, or before it was. */
    private static boolean committed(Event.Framed frame, Evidence evidence) {
        Event.Committed row = evidence.rows(frame.taskId()).get(frame.seq());
        return frame.durable() || row != null && row.epoch() == frame.epoch();
    }

    private static void step(Event.Framed frame, Map<String, Event.Framed> ends, Verdict verdict) {
        Event.Framed end = ends.get(frame.taskId());
        if (end != null) {
            boolean newer =
                    frame.epoch() > end.epoch()
                            || frame.epoch() == end.epoch() && frame.seq() > end.seq();
            boolean other = frame.terminal() && !frame.type().equals(end.type());
            if (newer || other) {
                verdict.violation(Violation.Kind.TERMINAL, "after the end %s came %s", end, frame);
            }
        } else if (frame.terminal()) {
            ends.put(frame.taskId(), frame);
        }
    }
}
