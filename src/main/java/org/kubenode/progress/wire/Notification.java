package org.kubenode.progress.wire;

import java.util.List;

/**
 * A fast copy of what was written for one task: the messages themselves, or a reference to their
 * rows where they would not fit.
 *
 * @param taskId whose messages these are
 * @param userId selects candidates only; the row decides
 * @param epoch the owner's
 * @param seq of the last message
 * @param type of the last message
 * @param messages in order and without a gap, ending at {@code seq}; empty in a reference
 * @param durable false while the rows wait for the database: such a copy never leaves its replica
 * @param traceparent the W3C trace context of the owner's run, or null: no trace, the usual case
 */
public record Notification(
        String taskId,
        String userId,
        long epoch,
        long seq,
        FrameType type,
        List<Frame> messages,
        boolean durable,
        String traceparent) {

    public Notification {
        messages = List.copyOf(messages);
    }

    /** What was committed: the messages, at least one, in order. */
    public static Notification of(List<Frame> messages) {
        return of(messages, true);
    }

    /** What waits for the database, for this replica's sockets alone. */
    public static Notification notYetDurable(List<Frame> messages) {
        return of(messages, false);
    }

    /** A reference: the receiver reads the rows. */
    public static Notification reference(
            String taskId, String userId, long epoch, long seq, FrameType type) {
        return new Notification(taskId, userId, epoch, seq, type, List.of(), true, null);
    }

    /** The same, and part of a trace. */
    public Notification traced(String parent) {
        return new Notification(taskId, userId, epoch, seq, type, messages, durable, parent);
    }

    public boolean isReference() {
        return messages.isEmpty();
    }

    private static Notification of(List<Frame> messages, boolean durable) {
        Frame last = messages.get(messages.size() - 1);
        return new Notification(
                last.taskId(),
                last.userId(),
                last.epoch(),
                last.seq(),
                last.type(),
                messages,
                durable,
                null);
    }
}
