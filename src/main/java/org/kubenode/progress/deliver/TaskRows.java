package org.kubenode.progress.deliver;

import java.time.Instant;
import java.util.List;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NodeResults;

/**
 * What the rows say of one task, all of one moment.
 *
 * @param userId whose task it is: the row decides, not a notification
 * @param state its state as a frame: {@code seq} is the row's {@code last_seq}
 * @param endedAt when it ended, by the database's clock; null while it runs, and from memory
 * @param messages in order, those after the seq that was asked for; a page, maybe not all
 * @param nodes the final results up to {@code state.seq()}; null where they were not asked for
 * @param durable false for what this replica alone knows
 */
record TaskRows(
        String userId,
        Frame state,
        Instant endedAt,
        List<Frame> messages,
        NodeResults nodes,
        boolean durable) {}
