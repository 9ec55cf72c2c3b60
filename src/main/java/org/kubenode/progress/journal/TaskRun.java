package org.kubenode.progress.journal;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.kubenode.progress.wire.Frame;

/** A task that this replica owns, from taking it to its end. */
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
    private final Tally tally;
    private final Instant takenAt = Instant.now().truncatedTo(ChronoUnit.MILLIS);

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
        this.params = params;
        this.fresh = lastSeq == 0;
        this.lease = lease;
        this.stored = stored;
        this.exposed = stored;
        this.tally = new Tally(this, lastSeq, succeeded, failed);
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
        return tally.ended();
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
        return tally.lastFrame();
    }

    /** Whether it had no message when this replica took it. */
    public boolean fresh() {
        return fresh;
    }

    /** When this replica took it. */
    public Instant takenAt() {
        return takenAt;
    }

    /** What is counted and numbered; under the journal's lock. */
    Tally tally() {
        return tally;
    }

    Lane lane() {
        return lane;
    }
}
