package org.kubenode.progress.chaos;

import java.util.HashMap;
import java.util.Map;

/**
 * As long as a connection stays, nothing is committed of a task that it follows, or that began
 * while it was there, without something newer being shown in time; that it would be told after a
 * reconnect is no excuse.
 */
final class MuteRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        Event.Ran run = evidence.run();
        Impairments impaired = new Impairments(evidence.all(Event.Faulted.class), run.graceMs());
        long over = evidence.lastAt();
        for (Evidence.Client client : evidence.clients()) {
            for (Evidence.Link link : client.connections.values()) {
                Map<String, Long> shown = new HashMap<>(link.opened.resumed());
                for (Event.Framed frame : link.frames) {
                    if (frame.gone()) {
                        shown.put(frame.taskId(), Long.MAX_VALUE - 1);
                    } else {
                        shown.merge(frame.taskId(), frame.seq(), Math::max);
                    }
                }
                for (Event.Task task : evidence.tasks()) {
                    Event.Committed next =
                            evidence.rows(task.taskId())
                                    .get(shown.getOrDefault(task.taskId(), 0L) + 1);
                    boolean follows =
                            shown.containsKey(task.taskId())
                                    || next != null && next.at() > link.opened.at();
                    if (next == null || !follows || !client.maySee(task.user())) {
                        continue;
                    }
                    long silent =
                            impaired.unimpaired(
                                    Math.max(next.at(), link.opened.at()),
                                    Math.min(link.closedAt, over),
                                    "client:" + client.name,
                                    "replica:" + link.opened.replica(),
                                    "rows:" + link.opened.replica(),
                                    "rows");
                    if (silent > run.lateFindsMs()) {
                        verdict.violation(
                                Violation.Kind.MUTE,
                                "client %s connection %d heard nothing for %d undisturbed ms"
                                        + " although %s",
                                client.name,
                                link.opened.connection(),
                                silent,
                                next);
                    }
                }
            }
        }
    }
}
