package org.kubenode.progress.wire;

import java.time.Instant;

/**
 * One message of a task: what a row of {@code progress_messages} holds, what a notification carries
 * and what a socket receives, field by field the same.
 *
 * @param taskId UUID of the task
 * @param userId whose task it is, as text (1 and "1" are one user)
 * @param type what it tells
 * @param action the operation: cordon, drain …
 * @param clusterName the cluster it runs on
 * @param epoch how often the task has changed its owner, from 1
 * @param seq position within the task: 1, 2, 3 …; 0 only in a snapshot taken before the first
 *     message
 * @param current nodes that have a final result
 * @param total nodes of the batch
 * @param currentNode the node that this message is about, or null
 * @param nodeStatus {@code succeeded}, {@code failed}, {@code interrupted} (without a result),
 *     {@code running} (told before), or null
 * @param nodeError why the node failed, or null
 * @param successCount nodes that succeeded so far
 * @param failedCount nodes that failed so far
 * @param message one line for people
 * @param error why the batch itself ended, only where {@code type} is {@code error}
 * @param timestamp when it happened, to the millisecond
 */
public record Frame(
        String taskId,
        String userId,
        FrameType type,
        String action,
        String clusterName,
        long epoch,
        long seq,
        int current,
        int total,
        String currentNode,
        String nodeStatus,
        String nodeError,
        int successCount,
        int failedCount,
        String message,
        String error,
        Instant timestamp) {

    /** Percent done, 0 to 100, to two decimals; 100 for an empty batch. */
    public double progress() {
        return WireCodec.percent(current, total);
    }

    /** A terminal frame or a failed node's: a slow client may not lose it. */
    public boolean mustBeSeen() {
        return type.terminal() || "failed".equals(nodeStatus);
    }
}
