package org.kubenode.progress.journal;

import java.time.Instant;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;

/**
 * Counts the results of a task, numbers its messages and words them. Changed by the journal alone,
 * under its lock.
 */
final class Tally {

    private final TaskRun run;
    private volatile Frame lastFrame;
    private volatile boolean ended;
    private long lastSeq;
    private int succeeded;
    private int failed;
    private long committedSeq;
    private int committedSucceeded;
    private int committedFailed;

    Tally(TaskRun run, long lastSeq, int succeeded, int failed) {
        this.run = run;
        this.lastSeq = lastSeq;
        this.succeeded = succeeded;
        this.failed = failed;
        this.committedSeq = lastSeq;
        this.committedSucceeded = succeeded;
        this.committedFailed = failed;
    }

    /** The last message that was formed, or null. */
    Frame lastFrame() {
        return lastFrame;
    }

    /** Whether the end was counted. */
    boolean ended() {
        return ended;
    }

    /** Counts a result and forms its frame; null when the task has ended. */
    Frame next(Result result, Instant now) {
        if (ended || run.lost()) {
            return null;
        }
        if (result instanceof TaskEnd end) {
            return ended(end, now);
        }
        return result instanceof Notice notice
                ? frame(FrameType.PROGRESS, null, null, null, notice.text(), null, now)
                : progressed((NodeResult) result, now);
    }

    /** Up to this frame all is committed. */
    void committed(Frame last) {
        committedSeq = last.seq();
        committedSucceeded = last.successCount();
        committedFailed = last.failedCount();
    }

    /** What was formed since the last commit never was. */
    void backToCommitted() {
        lastSeq = committedSeq;
        succeeded = committedSucceeded;
        failed = committedFailed;
        ended = false;
    }

    private Frame progressed(NodeResult result, Instant now) {
        String text = Texts.clean(result.text());
        String error = null;
        String message;
        switch (result.status()) {
            case SUCCEEDED -> {
                succeeded++;
                message =
                        "Processed " + result.node() + place() + (text == null ? "" : ": " + text);
            }
            case FAILED -> {
                failed++;
                error = text == null ? "unknown error" : text;
                message = "Failed " + result.node() + place() + ": " + error;
            }
            case INTERRUPTED -> message = "Interrupted " + result.node() + ": " + text;
            default -> message = result.node() + ": " + text;
        }
        return frame(
                FrameType.PROGRESS,
                result.node(),
                result.status().wireName(),
                error,
                message,
                null,
                now);
    }

    private Frame ended(TaskEnd end, Instant now) {
        ended = true;
        String counts = succeeded + " succeeded, " + failed + " failed";
        return switch (end.status()) {
            case COMPLETED ->
                    frame(FrameType.COMPLETE, null, null, null, "Completed: " + counts, null, now);
            case FAILED -> {
                String why = Texts.clean(end.error());
                yield frame(FrameType.ERROR, null, null, null, "Failed: " + why, why, now);
            }
            case CANCELLED -> {
                String message =
                        "Cancelled after "
                                + (succeeded + failed)
                                + " of "
                                + run.total()
                                + " nodes: "
                                + counts;
                yield frame(
                        FrameType.ERROR, null, null, null, message, Texts.clean(end.error()), now);
            }
        };
    }

    private String place() {
        return " (" + (succeeded + failed) + "/" + run.total() + ")";
    }

    private Frame frame(
            FrameType type,
            String node,
            String status,
            String nodeError,
            String message,
            String error,
            Instant now) {
        lastFrame =
                new Frame(
                        run.taskId(),
                        run.userId(),
                        type,
                        run.action(),
                        run.clusterName(),
                        run.epoch(),
                        ++lastSeq,
                        succeeded + failed,
                        run.total(),
                        Texts.clean(node),
                        status,
                        nodeError,
                        succeeded,
                        failed,
                        Texts.clean(message),
                        error,
                        now);
        return lastFrame;
    }
}
