package org.kubenode.progress.journal;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;

/**
 * A task that this replica owns, from taking it to its end. What counts and numbers is changed by
 * the journal alone, under its lock.
 */
public final class TaskRun {

    private final String taskId;
    private final String userId;
    private final String action;
    private final String clusterName;
    private final long epoch;
    private final int total;
    private final Map<String, Object> params;
    private final LeaseClock lease;
    private final boolean fresh;
    private final Lane lane = new Lane(this);
    private volatile RunListener listener = RunListener.NONE;
    private volatile boolean stored;

    /** Its row may exist, so that others may take it when its lease is over. */
    private volatile boolean exposed;

    private volatile boolean lost;
    private volatile boolean paused;
    private volatile String pauseRule;
    private final Queue<Notice> notices = new ConcurrentLinkedQueue<>();
    private volatile Frame lastFrame;
    private final Instant takenAt = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    private long lastSeq;
    private int succeeded;
    private int failed;
    private volatile boolean ended;
    private long committedSeq;
    private int committedSucceeded;
    private int committedFailed;

    /**
     * @param epoch the one it was taken with
     * @param lastSeq last message so far, 0 for a new task
     * @param succeeded nodes that succeeded so far
     * @param failed nodes that failed so far
     * @param params options of the request
     * @param stored whether its row exists; false for a task accepted while the database is down
     */
    public TaskRun(
            String taskId,
            String userId,
            String action,
            String clusterName,
            long epoch,
            int total,
            long lastSeq,
            int succeeded,
            int failed,
            Map<String, Object> params,
            LeaseClock lease,
            boolean stored) {
        this.taskId = taskId;
        this.userId = userId;
        this.action = action;
        this.clusterName = clusterName;
        this.epoch = epoch;
        this.total = total;
        this.lastSeq = lastSeq;
        this.succeeded = succeeded;
        this.failed = failed;
        this.params = params;
        this.fresh = lastSeq == 0;
        this.lease = lease;
        this.stored = stored;
        this.exposed = stored;
        this.committedSeq = lastSeq;
        this.committedSucceeded = succeeded;
        this.committedFailed = failed;
    }

    public String taskId() {
        return taskId;
    }

    public String userId() {
        return userId;
    }

    public String action() {
        return action;
    }

    public String clusterName() {
        return clusterName;
    }

    public long epoch() {
        return epoch;
    }

    public int total() {
        return total;
    }

    /** Options of the request. */
    public Map<String, Object> params() {
        return params;
    }

    /** The right to run it. */
    public LeaseClock lease() {
        return lease;
    }

    /** Who is told what becomes of it; set before the first result. */
    public void listener(RunListener listener) {
        this.listener = listener;
    }

    RunListener listener() {
        return listener;
    }

    /** Whether its row exists. */
    public boolean stored() {
        return stored;
    }

    /** Its row was inserted after the database came back. */
    public void markStored() {
        exposed = true;
        stored = true;
    }

    /** Its row was sent, and nobody answered: it may exist. */
    public void markSent() {
        exposed = true;
    }

    /** Whether somebody else owns it now, or its rows are refused. */
    public boolean lost() {
        return lost;
    }

    /** Whether its end was recorded, committed or not. */
    public boolean ended() {
        return ended;
    }

    /**
     * Whether this replica may start an operation of it: the lease runs, or nobody else can know of
     * it since its row was never sent.
     */
    public boolean held() {
        return !lost && (!exposed || lease.held());
    }

    /** Whether no further node is to be started. */
    public boolean paused() {
        return paused || pauseRule != null;
    }

    /** News that is told soon, one line for people. */
    public void say(String text) {
        notices.add(new Notice(this, text));
    }

    /** The next of what is to be told; null for none. */
    Notice nextNotice() {
        return notices.poll();
    }

    /** Whether its row says so, as far as is known here. */
    boolean pausedInRow() {
        return paused;
    }

    /** A rule of its own pauses it at once, and is to be written in its row; null: none does. */
    public void pauseByRule(String why) {
        pauseRule = why;
    }

    /** What a rule says that its row does not yet, or null. */
    String pauseRule() {
        return pauseRule;
    }

    /**
     * Its row says that it is paused, or may go on.
     *
     * @return whether that is new
     */
    public synchronized boolean pause(boolean wanted) {
        boolean changed = paused != wanted;
        paused = wanted;
        if (wanted) {
            pauseRule = null;
        }
        return changed;
    }

    void markLost() {
        lost = true;
    }

    /** The last message that was formed, or null. */
    public Frame lastFrame() {
        return lastFrame;
    }

    /** Whether it had no message when this replica took it. */
    public boolean fresh() {
        return fresh;
    }

    /** When this replica took it. */
    public Instant takenAt() {
        return takenAt;
    }

    Lane lane() {
        return lane;
    }

    /**
     * Counts a result and forms its frame; null when the task has ended. Under the journal's lock.
     */
    Frame next(Result result, Instant now) {
        if (ended || lost) {
            return null;
        }
        if (result instanceof TaskEnd end) {
            return ended(end, now);
        }
        return result instanceof Notice notice
                ? frame(FrameType.PROGRESS, null, null, null, notice.text(), null, now)
                : progressed((NodeResult) result, now);
    }

    /** Up to this frame all is committed. Under the journal's lock. */
    void committed(Frame last) {
        committedSeq = last.seq();
        committedSucceeded = last.successCount();
        committedFailed = last.failedCount();
    }

    /** What was formed since the last commit never was. Under the journal's lock. */
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
                                + total
                                + " nodes: "
                                + counts;
                yield frame(
                        FrameType.ERROR, null, null, null, message, Texts.clean(end.error()), now);
            }
        };
    }

    private String place() {
        return " (" + (succeeded + failed) + "/" + total + ")";
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
                        taskId,
                        userId,
                        type,
                        action,
                        clusterName,
                        epoch,
                        ++lastSeq,
                        succeeded + failed,
                        total,
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
