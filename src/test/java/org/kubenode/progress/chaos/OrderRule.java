package org.kubenode.progress.chaos;

import java.util.HashMap;
import java.util.Map;

/**
 * On each connection and for each task {@code seq} is the previous + 1, or {@code skipped_from} is,
 * or the frame is a snapshot; and (epoch, seq) never goes back.
 */
final class OrderRule implements Rule {

    private record Place(long epoch, long seq, boolean durable) {

        /** Whether a snapshot takes the place of nothing newer that was durable. */
        boolean mayBecome(Event.Framed snapshot) {
            return !durable
                    || snapshot.epoch() > epoch
                    || snapshot.epoch() == epoch && snapshot.seq() >= seq;
        }

        boolean precedes(Event.Framed frame) {
            return frame.from() == seq + 1 && frame.seq() > seq && frame.epoch() >= epoch;
        }
    }

    @Override
    public void check(Evidence evidence, Verdict verdict) {
        for (Evidence.Client client : evidence.clients()) {
            for (Evidence.Link link : client.connections.values()) {
                Map<String, Place> places = new HashMap<>();
                link.opened
                        .resumed()
                        .forEach((taskId, seq) -> places.put(taskId, new Place(0, seq, true)));
                link.frames.forEach(frame -> step(frame, places, verdict));
            }
        }
    }

    private static void step(Event.Framed frame, Map<String, Place> places, Verdict verdict) {
        if (frame.gone()) {
            places.remove(frame.taskId());
            return;
        }
        Place before = places.getOrDefault(frame.taskId(), new Place(0, 0, true));
        if (frame.snapshot() ? !before.mayBecome(frame) : !before.precedes(frame)) {
            verdict.violation(
                    Violation.Kind.ORDER,
                    "client %s connection %d: task %s went from epoch %d seq %d to %s",
                    frame.client(),
                    frame.connection(),
                    frame.taskId(),
                    before.epoch,
                    before.seq,
                    frame);
        }
        places.put(frame.taskId(), new Place(frame.epoch(), frame.seq(), frame.durable()));
    }
}
