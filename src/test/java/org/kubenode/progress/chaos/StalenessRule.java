package org.kubenode.progress.chaos;

import java.util.HashMap;
import java.util.Map;

/**
 * From its commit, or from when the client was there, a message takes no longer than the state of
 * the client's replica allows; the time in which rows, replica or client were held up does not
 * count.
 */
final class StalenessRule implements Rule {

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        Event.Ran run = evidence.run();
        Impairments impaired = new Impairments(evidence.all(Event.Faulted.class), run.graceMs());
        for (Evidence.Client client : evidence.clients()) {
            for (Evidence.Link link : client.connections.values()) {
                // What a frame stands for begins after the one before it.
                Map<String, Long> last = new HashMap<>(link.opened.resumed());
                for (Event.Framed frame : link.frames) {
                    if (frame.gone() || !frame.durable()) {
                        continue;
                    }
                    Long before = last.put(frame.taskId(), frame.seq());
                    Event.Committed row =
                            evidence.rows(frame.taskId())
                                    .get(before == null ? frame.seq() : before + 1);
                    if (row != null && row.seq() <= frame.seq()) {
                        judge(evidence, run, impaired, link, frame, row, verdict);
                    }
                }
            }
        }
    }

    private static void judge(
            Evidence evidence,
            Event.Ran run,
            Impairments impaired,
            Evidence.Link link,
            Event.Framed frame,
            Event.Committed row,
            Verdict verdict) {
        String replica = link.opened.replica();
        long from = Math.max(row.at(), link.opened.at());
        long took =
                impaired.unimpaired(
                        from,
                        frame.at(),
                        "client:" + frame.client(),
                        "replica:" + replica,
                        "rows:" + replica,
                        "rows");
        boolean realtime = evidence.realtime(replica, from, frame.at());
        long bound = realtime ? run.realtimeMs() : run.degradedMs();
        verdict.worst("worst staleness in ms, " + (realtime ? "REALTIME" : "other states"), took);
        if (took > bound) {
            verdict.violation(
                    Violation.Kind.STALE,
                    "replica %s (%s) took %d ms, %d of them undisturbed, from %s to %s",
                    replica,
                    realtime ? "REALTIME" : "not always REALTIME",
                    frame.at() - from,
                    took,
                    row,
                    frame);
        }
    }
}
