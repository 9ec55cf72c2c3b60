package org.kubenode.progress.deliver;

import java.time.Instant;
import java.util.List;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NodeResults;

/**
 * What the rows say of one task.
 *
 * @param userId whose task it is: the row decides, not a notification
 * @param createdAt when it was stored, by the clock of the replica that did
 * @param state its state as a frame: {@code seq} is the row's {@code last_seq}
 * @param messages in order, those after the seq that was asked for; a page, maybe not all
 * @param acknowledged whether its user has acknowledged its end
 * @param nodes the final results up to {@code state.seq()}; null where they were not asked for
 */
record TaskRows(
        String userId,
        Instant createdAt,
        Frame state,
        boolean acknowledged,
        List<Frame> messages,
        NodeResults nodes,
        boolean durable) {

    /** The latest epoch in it: the messages are read after the state, maybe long after. */
    long epoch() {
        long last = messages.isEmpty() ? 0 : messages.get(messages.size() - 1).epoch();
        return Math.max(state.epoch(), last);
    }
}
