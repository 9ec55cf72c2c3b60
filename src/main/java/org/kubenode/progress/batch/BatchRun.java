package org.kubenode.progress.batch;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
 * <p>The iterator's {@link Iterator#next()} waits, and returns null once the batch ends early:
 * cancelled, stopped by a rule, handed over, or taken by another replica.
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

    private static final long LOOK_AGAIN_MS = 100;

    private final TaskRun task;
    private final int concurrency;
    private final BatchLimits limits;
    private final Queue<String> untried;
    private final Collection<NodeResult> results = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Thread> working = new HashMap<>();
    private int permits;
    private int failed;
    private Stop stop = Stop.NONE;
    private String stopReason;

    /**
     * @param task what is counted and numbered
     * @param nodes those without a final result, in order
     * @param failed nodes that failed under an earlier owner
     * @param concurrency nodes at once, at least 1
     * @param limits what else must allow a node
     */
    public BatchRun(
            TaskRun task,
            Collection<String> nodes,
            int failed,
            int concurrency,
            BatchLimits limits) {
        this.task = task;
        this.failed = failed;
        this.untried = new ArrayDeque<>(nodes);
        this.concurrency = concurrency;
        this.limits = limits;
        task.listener(this);
    }

    /** What is counted and numbered. */
    public TaskRun task() {
        return task;
    }

    /** The nodes, each when it may be started. For one thread. */
    public Iterator<String> nodes() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                lock.lock();
                try {
                    return stop == Stop.NONE && !untried.isEmpty();
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public String next() {
                return takeNext();
            }
        };
    }

    private String takeNext() {
        lock.lock();
        try {
            while (stop == Stop.NONE) {
                if (permits < concurrency && limits.tryAcquire(this)) {
                    permits++;
                    return untried.remove();
                }
                // Permits of the replica and the cluster, the lease, the database: looked at again.
                changed.await(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop = stop == Stop.NONE ? Stop.HANDED_OVER : stop;
        } finally {
            lock.unlock();
        }
        return null;
    }

    /**
     * Called by the thread that is about to work on a node: waits while the lease does not run.
     *
     * @return whether it may; false once the batch ended early, and the node stays untried
     */
    public boolean begin(String node) {
        lock.lock();
        try {
            while (stop == Stop.NONE) {
                if (limits.mayStart(this)) {
                    working.put(node, Thread.currentThread());
                    limits.started(this, node);
                    return true;
                }
                changed.await(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        release();
        return false;
    }

    /** The operation succeeded; text is one line for people, or null. */
    public NodeResult succeeded(String node, String text) {
        return ended(node) ? NodeResult.succeeded(task, node, text) : untold();
    }

    /**
     * The operation failed.
     *
     * @return null when it failed because the batch was cancelled: the node counts as untried
     */
    public NodeResult failed(String node, Throwable why) {
        boolean tell = ended(node);
        if (!tell || stopped() && interruption(why)) {
            return untold();
        }
        String text = why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
        return failure(NodeResult.failed(task, node, text));
    }

    private NodeResult failure(NodeResult result) {
        int failures;
        lock.lock();
        try {
            failures = ++failed;
        } finally {
            lock.unlock();
        }
        String reason = limits.stopRule(this, failures);
        if (reason != null) {
            stop(Stop.RULE, reason);
        }
        return result;
    }

    private NodeResult untold() {
        release();
        return null;
    }

    private boolean ended(String node) {
        lock.lock();
        try {
            working.remove(node);
            // An interrupt that came too late must not reach what the thread does next.
            Thread.interrupted();
            return stop != Stop.LOST;
        } finally {
            lock.unlock();
        }
    }

    /** What is told of a node before its result. */
    public NodeResult interim(String node, String text) {
        return NodeResult.interim(task, node, text);
    }

    /**
     * After the last node: the end of the task.
     *
     * @return null when the task goes on elsewhere
     */
    public TaskEnd end() {
        lock.lock();
        try {
            return switch (stop) {
                case NONE -> TaskEnd.completed(task);
                case CANCELLED -> TaskEnd.cancelled(task);
                case RULE -> TaskEnd.failed(task, stopReason);
                case HANDED_OVER, LOST -> null;
            };
        } finally {
            lock.unlock();
        }
    }

    /** The batch cannot be run at all. */
    public TaskEnd fail(String why) {
        return TaskEnd.failed(task, why);
    }

    /** Ends the batch: nothing more is started, and running operations are interrupted. */
    public void cancel() {
        if (stop(Stop.CANCELLED, "cancelled")) {
            interruptWorking();
        }
    }

    /**
     * Starts nothing more here; the task goes on elsewhere once its lease is given up. One whose
     * last nodes are under way already may end here.
     */
    public void handOver() {
        lock.lock();
        try {
            if (!untried.isEmpty()) {
                stop(Stop.HANDED_OVER, "handed over");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts what is under way: those nodes count as untried, and are tried elsewhere. */
    public void handOverNow() {
        stop(Stop.HANDED_OVER, "handed over");
        interruptWorking();
    }

    /** Ends the task as failed: nothing more is started; what is under way may end. */
    public void stop(String why) {
        stop(Stop.RULE, why);
    }

    /** Interrupts the operations that are still running. */
    public void interruptWorking() {
        lock.lock();
        try {
            working.values().forEach(Thread::interrupt);
        } finally {
            lock.unlock();
        }
    }

    /** Whether no operation is running and every result is committed. */
    public boolean idle() {
        lock.lock();
        try {
            return permits == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing more is started. */
    public boolean stopped() {
        lock.lock();
        try {
            return stop != Stop.NONE;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it goes on elsewhere. */
    boolean leaves() {
        lock.lock();
        try {
            return stop == Stop.HANDED_OVER;
        } finally {
            lock.unlock();
        }
    }

    /** The final results so far. */
    public List<NodeResult> results() {
        lock.lock();
        try {
            return List.copyOf(results);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void settled(NodeResult result, boolean durable) {
        lock.lock();
        try {
            results.add(result);
        } finally {
            lock.unlock();
        }
        release();
    }

    @Override
    public void ended(Frame terminal) {
        limits.ended(this);
    }

    @Override
    public void cancelRequested(Instant at) {
        cancel();
    }

    @Override
    public void handedOver() {
        limits.handedOver(this);
    }

    @Override
    public void refused(String why) {
        if (stop(Stop.RULE, why)) {
            interruptWorking();
        }
    }

    @Override
    public void lost(String why) {
        stop(Stop.LOST, why);
        interruptWorking();
        limits.lost(this, why);
    }

    private boolean stop(Stop why, String reason) {
        lock.lock();
        try {
            if (stop == Stop.NONE || why == Stop.LOST) {
                stop = why;
                stopReason = reason;
                changed.signalAll();
                return true;
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void release() {
        lock.lock();
        try {
            permits--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        limits.release(this);
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
