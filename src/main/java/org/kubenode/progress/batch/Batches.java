package org.kubenode.progress.batch;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.kubenode.progress.batch.Tries.Earlier;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.OperationOptions;
import org.kubenode.progress.journal.AcceptedTasks;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.journal.LeaseClock;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.TaskEnd;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.NewTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts batches here, and says what becomes of their nodes. */
public final class Batches {

    private static final Logger LOG = LoggerFactory.getLogger(Batches.class);

    private final BatchSettings settings;
    private final RunningBatches running;
    private final Journal journal;
    private final AcceptedTasks acceptedTasks;
    private final LongSupplier nanoTime;
    private final Clusters clusters;
    private final Permits permits;

    /**
     * @param nanoTime the monotonic clock of the leases, in ns
     */
    Batches(
            BatchSettings settings,
            RunningBatches running,
            Journal journal,
            AcceptedTasks acceptedTasks,
            Database database,
            LongSupplier nanoTime,
            Clusters clusters) {
        this.settings = settings;
        this.running = running;
        this.journal = journal;
        this.acceptedTasks = acceptedTasks;
        this.nanoTime = nanoTime;
        this.clusters = clusters;
        this.permits =
                new Permits(
                        new OperationPlaces(
                                settings.maxOperations(), BatchRun.LOOK_AGAIN_MS, nanoTime),
                        settings.withoutDatabase(),
                        journal,
                        database,
                        clusters);
    }

    /** What the batches need to start a node. */
    Permits permits() {
        return permits;
    }

    /**
     * Takes a task that was just stored as running here.
     *
     * @param sentAt the monotonic clock before the statement was sent, in nanoseconds
     * @param durable false while the database is down; null means true
     * @param sent the row that may have been sent before, running or pending; null when none was
     */
    public BatchRun start(NewTask task, long sentAt, Boolean durable, Map<String, Object> sent) {
        boolean stored = !Boolean.FALSE.equals(durable);
        // What waits may be taken by anybody at once: no lease keeps it here.
        boolean leased = sent == null || "running".equals(sent.get("status"));
        TaskRun run =
                new TaskRun(
                        task.taskId(),
                        task.userId(),
                        task.action(),
                        task.clusterName(),
                        1,
                        task.nodeNames().size(),
                        0,
                        0,
                        0,
                        task.params(),
                        new LeaseClock(
                                settings.lease(),
                                nanoTime,
                                leased ? sentAt : sentAt - settings.lease().toNanos()),
                        stored);
        if (!stored) {
            if (sent != null) {
                run.markSent();
            }
            acceptedTasks.add(task.running(settings.replica(), settings.lease().toMillis()), run);
        }
        Map<String, Earlier> nodes = new LinkedHashMap<>();
        task.nodeNames().forEach(node -> nodes.put(node, Earlier.NONE));
        return running.register(prepare(run, nodes, 0, task.concurrency()));
    }

    /**
     * A batch that does not run yet.
     *
     * @param failed nodes that failed under an earlier owner
     * @param concurrency nodes at once, as far as the operation's own rules let it
     */
    BatchRun prepare(TaskRun run, Map<String, Earlier> nodes, int failed, int concurrency) {
        return new BatchRun(
                run,
                nodes,
                failed,
                OperationOptions.nodesAtOnce(run.action(), run.params(), run.total(), concurrency),
                OperationOptions.mostOutOfService(run.action(), run.params(), run.total()),
                permits,
                running);
    }

    /** Why nothing of the batch can work at present, or null; see {@link Clusters#check}. */
    public String check(BatchRun run) throws InterruptedException {
        // One that was cancelled has nothing to do there.
        return run.stopped() ? null : clusters.check(run.task().clusterName());
    }

    /** The try of a node when its operation may start, else null; see {@link BatchRun#begin}. */
    public NodeAttempt begin(String node, BatchRun run) {
        return run.begin(node) ? new NodeAttempt(run, node) : null;
    }

    /**
     * The operation on a node succeeded.
     *
     * @param text what it left as its body: one line for people, or null
     */
    public NodeResult succeeded(String text, NodeAttempt attempt) {
        return attempt.run()
                .succeeded(attempt.node(), text == null || text.isBlank() ? null : text);
    }

    /** The operation on a node failed. */
    public NodeResult failed(NodeAttempt attempt, Throwable why) {
        return attempt.run().failed(attempt.node(), why);
    }

    /** What is known of a node before its result. */
    public NodeResult interim(String text, NodeAttempt attempt) {
        return attempt.run().tries().interim(attempt.node(), text);
    }

    /** Whether a step of an operation is still to be done to a node. */
    public boolean needs(NodeAttempt attempt, String step) {
        return attempt.run().tries().needs(attempt.node(), step);
    }

    /** A step of an operation is done, with its line for people. */
    public NodeResult done(String text, NodeAttempt attempt, String step) {
        return attempt.run().tries().done(attempt.node(), step + " is done: " + text, step);
    }

    /** No node was left, or none may be started any more. */
    public TaskEnd end(BatchRun run) {
        return run.end();
    }

    /**
     * A route of the batch failed, at whatever step: it ends, with the reason.
     *
     * @return null when it ends or goes on elsewhere
     */
    public TaskEnd broken(BatchRun run, Throwable why) {
        warn(run.task(), BatchRun.reason(why));
        run.broken(BatchRun.reason(why));
        return run.end();
    }

    static void warn(TaskRun task, String why) {
        LOG.atWarn()
                .addKeyValue("task_id", task.taskId())
                .log("Task {} cannot go on: {}", task.taskId(), why);
    }

    /**
     * A batch was taken and there is no thread for it: it is not held here any more.
     *
     * @return what {@code hand-over} gives its lease up with; its end when no row of it is stored
     */
    public Object notStarted(BatchRun run, Throwable why) {
        if (!run.task().stored()) {
            return broken(run, why);
        }
        journal.lose(List.of(run.task()), "it could not be started: " + BatchRun.reason(why));
        return HeldTasks.handOver(run.task());
    }

    /** Nothing of the batch can work. */
    public TaskEnd fail(String why, BatchRun run) {
        return run.fail(why);
    }

    /** The monotonic clock, in nanoseconds; read before a statement is sent that takes tasks. */
    public long now() {
        return nanoTime.getAsLong();
    }

    /** Gives back what an operation holds while it has nothing to do; see {@link Permits}. */
    public void waitAside(NodeAttempt attempt, Duration time) throws InterruptedException {
        permits.waitAside(attempt.run(), time);
    }
}
