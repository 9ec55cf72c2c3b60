package org.kubenode.progress.wire;

import java.util.List;

/**
 * A fast copy of what was committed for one task: the messages themselves, or a reference to their
 * rows where they would not fit.
 *
 * @param taskId whose messages these are
 * @param userId selects candidates only; the row decides
 * @param epoch the owner's
 * @param seq of the last message
 * @param type of the last message
 * @param messages in order and without a gap, ending at {@code seq}; empty in a reference
 */
public record Notification(
        String taskId, String userId, long epoch, long seq, FrameType type, List<Frame> messages) {

    public Notification {
        messages = List.copyOf(messages);
    }

    /** A reference: the receiver reads the rows. */
    public static Notification reference(
            String taskId, String userId, long epoch, long seq, FrameType type) {
        return new Notification(taskId, userId, epoch, seq, type, List.of());
    }
}
