package org.kubenode.progress.batch;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.RunListener;
import org.kubenode.progress.journal.TaskEnd;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.wire.Frame;

/**
 * One batch while this replica runs it: the nodes still to be tried, each handed out when there is
 * a permit for it. A permit comes back when the node's row is committed, so what is under way and
 * not yet safe is bounded.
 *
 * <p>The iterator's {@link Iterator#next()} waits. Once the batch ends early - cancelled, stopped
 * by a rule, handed over, or taken by another replica - it gives one more node at most, which
 * {@link #begin} refuses: null would end Camel's splitter before the nodes under way have ended.
 */
public final class BatchRun implements RunListener {

    /** Why no further node is started. */
    enum Stop {
        NONE,
        CANCELLED,
        RULE,
        HANDED_OVER,
        LOST
    }

    /** What is waited for is looked at again after that time, though nobody called. */
    static final long LOOK_AGAIN_MS = 100;

    private final TaskRun task;
    private final int concurrency;
    private final int mostOutOfService;
    private final Permits permits;
    private final RunningBatches batches;
    private final Queue<String> untried = new ArrayDeque<>();

    private final Tries tries;

    /** Nodes that hold a permit. */
    private final Set<String> held = new HashSet<>();

    private int failed;

    /** Of these, those that were there when it went on. */
    private int forgiven;

    private Stop stop = Stop.NONE;

    /** Why no node may be started at this time of day, as it was told; null when one may. */
    private volatile String closed;

    private String stopReason;

    /**
     * @param task what is counted and numbered
     * @param nodes those without a final result, in order, and what was done with each before
     * @param failed nodes that failed under an earlier owner
     * @param concurrency nodes at once, at least 1
     * @param mostOutOfService those and the failed ones together, at least 1
     * @param permits what else must allow a node
     * @param batches is told what becomes of it
     */
    public BatchRun(
            TaskRun task,
            Map<String, Tries.Earlier> nodes,
            int failed,
            int concurrency,
            int mostOutOfService,
            Permits permits,
            RunningBatches batches) {
        this.task = task;
        this.failed = failed;
        this.untried.addAll(nodes.keySet());
        this.tries = new Tries(task, nodes);
        this.concurrency = concurrency;
        this.mostOutOfService = mostOutOfService;
        this.permits = permits;
        this.batches = batches;
        task.listener(this);
    }

    /** What is counted and numbered. */
    public TaskRun task() {
        return task;
    }

    /** What was done with its nodes. */
    Tries tries() {
        return tries;
    }

    /** The nodes, each when it may be started. For one thread. */
    public Iterator<String> nodes() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                synchronized (BatchRun.this) {
                    return stop == Stop.NONE && !untried.isEmpty();
                }
            }

            @Override
            public String next() {
                return takeNext();
            }
        };
    }

    private synchronized String takeNext() {
        try {
            while (stop == Stop.NONE) {
                if (held.isEmpty() && failed >= mostOutOfService) {
                    stop(
                            Stop.RULE,
                            "stopped after %d failed nodes, which stay out of service (max_unavailable)"
                                    .formatted(failed));
                    break;
                }
                if (mayGoOn()
                        && held.size() < concurrency
                        && held.size() + failed < mostOutOfService
                        && permits.tryAcquire(this)) {
                    held.add(untried.element());
                    return untried.remove();
                }
                // Permits, the lease, the database, a pause, the time of day: looked at again.
                wait(LOOK_AGAIN_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop = stop == Stop.NONE ? Stop.HANDED_OVER : stop;
        } catch (RuntimeException | Error e) {
            // Camel's splitter would never end where its iterator throws an Error.
            broken(reason(e));
        }
        // Without a permit, and still untried.
        return untried.element();
    }

    private boolean mayGoOn() {
        if (!task.paused()) {
            task.pauseByRule(permits.pauseRule(this, failed - forgiven));
        }
        if (task.paused()) {
            return false;
        }
        String outside = permits.closed(this);
        if (!Objects.equals(outside, closed)) {
            task.say(outside == null ? "Goes on: its maintenance window is open" : outside);
            closed = outside;
        }
        return outside == null;
    }

    /** Whether it starts no node until somebody, or the time of day, lets it. */
    boolean waits() {
        return task.paused() || closed != null;
    }

    /**
     * Called by the thread that is about to work on a node: waits while the lease does not run.
     *
     * @return whether it may; false once the batch ended early, and the node stays untried
     */
    public boolean begin(String node) {
        try {
            synchronized (this) {
                while (stop == Stop.NONE) {
                    if (permits.mayStart(this)) {
                        tries.begin(node);
                        permits.started(this, node);
                        return true;
                    }
                    wait(LOOK_AGAIN_MS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        release(node);
        return false;
    }

    /** The operation succeeded; text is one line for people, or null. */
    public NodeResult succeeded(String node, String text) {
        return told(node, NodeResult.Status.SUCCEEDED, text);
    }

    /**
     * The operation failed, or was interrupted since the batch ends here: then the node is tried
     * again where the task goes on.
     */
    public NodeResult failed(String node, Throwable why) {
        if (stopped() && interruption(why)) {
            return told(node, NodeResult.Status.INTERRUPTED, stopReason);
        }
        NodeResult result = told(node, NodeResult.Status.FAILED, reason(why));
        if (result != null) {
            countFailure();
        }
        return result;
    }

    /** One line for people: an Error comes wrapped, and what wraps it says nothing. */
    static String reason(Throwable why) {
        Throwable cause = why.getCause() instanceof Error error ? error : why;
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    private void countFailure() {
        int failures;
        synchronized (this) {
            failures = ++failed;
        }
        String reason = permits.stopRule(this, failures);
        if (reason != null) {
            stop(Stop.RULE, reason);
        }
    }

    /** Null when the task is another replica's: it is for that one to tell. */
    private NodeResult told(String node, NodeResult.Status status, String text) {
        synchronized (this) {
            NodeResult result = tries.end(node, status, text);
            if (stop != Stop.LOST) {
                return result;
            }
        }
        release(node);
        return null;
    }

    /**
     * After the last node: the end of the task.
     *
     * @return null when the task goes on elsewhere
     */
    public synchronized TaskEnd end() {
        return switch (stop) {
            case NONE -> TaskEnd.completed(task);
            case CANCELLED -> TaskEnd.cancelled(task);
            case RULE -> TaskEnd.failed(task, stopReason);
            case HANDED_OVER, LOST -> null;
        };
    }

    /** The batch cannot be run at all. */
    public TaskEnd fail(String why) {
        return TaskEnd.failed(task, why);
    }

    /** Ends the batch: nothing more is started, and running operations are interrupted. */
    public void cancel() {
        if (stop(Stop.CANCELLED, "cancelled")) {
            tries.interrupt();
        }
    }

    /**
     * Starts nothing more here; the task goes on elsewhere once its lease is given up. One whose
     * last nodes are under way already may end here.
     */
    public synchronized void handOver() {
        if (!untried.isEmpty()) {
            stop(Stop.HANDED_OVER, "handed over");
        }
    }

    /** Interrupts what is under way: those nodes are tried elsewhere. */
    public void handOverNow() {
        stop(Stop.HANDED_OVER, "handed over");
        tries.interrupt();
    }

    /** Ends the task as failed: nothing more is started; what is under way may end. */
    public void stop(String why) {
        stop(Stop.RULE, why);
    }

    /** A route of it failed: nothing can be said of what it would have done. */
    public void broken(String why) {
        if (stop(Stop.RULE, why)) {
            tries.interrupt();
        }
    }

    /** It is the next to have a place for an operation. Not under another batch's lock. */
    synchronized void placeIsFree() {
        notifyAll();
    }

    /** Whether no operation is running and every result is committed. */
    public synchronized boolean idle() {
        return held.isEmpty();
    }

    /** Whether nothing more is started. */
    public synchronized boolean stopped() {
        return stop != Stop.NONE;
    }

    /** Whether it goes on elsewhere. */
    synchronized boolean leaves() {
        return stop == Stop.HANDED_OVER;
    }

    @Override
    public void settled(NodeResult result, boolean durable) {
        if (result.counted()) {
            tries.add(result);
        }
        release(result.node());
    }

    @Override
    public void ended(Frame terminal) {
        List<String> left;
        synchronized (this) {
            left = List.copyOf(held);
        }
        left.forEach(this::release);
        batches.ended(this);
    }

    @Override
    public void cancelRequested(Instant at) {
        cancel();
    }

    @Override
    public synchronized void resumed() {
        forgiven = failed;
        notifyAll();
    }

    @Override
    public void handedOver() {
        batches.handedOver(this);
    }

    @Override
    public void refused(String why) {
        if (stop(Stop.RULE, why)) {
            tries.interrupt();
        }
    }

    @Override
    public void lost(String why) {
        stop(Stop.LOST, why);
        tries.interrupt();
        batches.lost(this, why);
    }

    private synchronized boolean stop(Stop why, String reason) {
        if (stop == Stop.NONE || why == Stop.LOST) {
            stop = why;
            stopReason = reason;
            notifyAll();
            return true;
        }
        return false;
    }

    private void release(String node) {
        synchronized (this) {
            if (!held.remove(node)) {
                return;
            }
            notifyAll();
        }
        permits.release(this);
    }

    private static boolean interruption(Throwable why) {
        for (Throwable cause = why; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return "BatchRun[" + task.taskId() + "]";
    }
}
