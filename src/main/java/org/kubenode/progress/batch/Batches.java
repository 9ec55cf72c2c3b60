package org.kubenode.progress.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.kubenode.progress.batch.BatchRun.Earlier;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.OperationOptions;
import org.kubenode.progress.cluster.StopRule;
import org.kubenode.progress.config.ProgressProperties.WithoutDatabase;
import org.kubenode.progress.deliver.LocalTasks;
import org.kubenode.progress.journal.AcceptedTasks;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.journal.LeaseClock;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.TaskEnd;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.share.Places;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.SqlFailure;
import org.kubenode.progress.wire.Frame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/** The batches that this replica runs, and what they share. */
public final class Batches implements BatchLimits, LocalTasks {

    private static final Logger LOG = LoggerFactory.getLogger(Batches.class);
    private static final long LOOK_AGAIN_MS = 20;

    private final String replica;
    private final Duration lease;
    private final WithoutDatabase withoutDatabase;
    private final RunningPlaces places;
    private final Places pending;
    private final Journal journal;
    private final HeldTasks heldTasks;
    private final AcceptedTasks acceptedTasks;
    private final Database database;
    private final LongSupplier nanoTime;
    private final Clusters clusters;
    private final OperationPlaces operations;
    private final Map<String, BatchRun> running = new ConcurrentHashMap<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final LongAdder claims = new LongAdder();
    private volatile boolean stopping;

    /**
     * @param replica the id of this replica, the owner in rows
     * @param lease how long a renewal lasts
     * @param withoutDatabase what a batch does past its lease; null: pause for drain, else go on
     * @param maxRunning batches at once, at least 1
     * @param maxPending tasks that may wait for room, at least 0; about, since requests that come
     *     at once do not see each other
     * @param maxOperations node operations at once over all batches, at least 1
     */
    public Batches(
            String replica,
            Duration lease,
            WithoutDatabase withoutDatabase,
            int maxRunning,
            int maxPending,
            int maxOperations,
            Journal journal,
            HeldTasks heldTasks,
            AcceptedTasks acceptedTasks,
            Database database,
            LongSupplier nanoTime,
            Clusters clusters) {
        this.replica = replica;
        this.lease = lease;
        this.withoutDatabase = withoutDatabase;
        this.places = new RunningPlaces(maxRunning, running.values(), nanoTime);
        this.pending = Places.of(maxPending);
        this.operations = new OperationPlaces(maxOperations, BatchRun.LOOK_AGAIN_MS, nanoTime);
        this.journal = journal;
        this.heldTasks = heldTasks;
        this.acceptedTasks = acceptedTasks;
        this.database = database;
        this.nanoTime = nanoTime;
        this.clusters = clusters;
    }

    /**
     * Takes a task although the database cannot store it: it is lost if this replica dies first.
     * One whose commit is under way and unknown is not run here: it may be stored yet, and is
     * claimed then.
     *
     * @param why what the statement failed with
     * @param tries how often it was sent before this time with an unknown outcome; null for never
     * @return the row as it will be
     * @throws RuntimeException the given one when the database did answer that it is not stored
     */
    public Map<String, Object> acceptInMemory(NewTask task, RuntimeException why, Integer tries) {
        releasePlace(task);
        boolean down = database.failed(why) || !database.up();
        Map<String, Object> earlier = acceptedTasks.withKey(task.userId(), task.idempotencyKey());
        if (earlier == null && !down) {
            if (tries == null) {
                throw why;
            }
            earlier = new HashMap<>(task.pending());
            acceptedTasks.keepUnknown(earlier);
        }
        if (earlier != null) {
            earlier.put("created", false);
            earlier.put("durable", false);
            earlier.put("conflict", !task.requestHash().equals(earlier.get("request_hash")));
            return earlier;
        }
        if (task.waits()) {
            throw new ProblemException(
                    503,
                    null,
                    "a task that waits for its time, or for a second person, cannot be kept while"
                            + " the database does not answer");
        }
        if (stopping
                || !places.openWithoutDatabase(task)
                || !acceptedTasks.hasRoom(task.userId(), task.clusterName())) {
            throw new ProblemException(
                    503,
                    null,
                    "the database does not answer, and this replica has no place left for more of"
                            + " yours or of this cluster");
        }
        Map<String, Object> row = new HashMap<>(task.running(replica, lease.toMillis()));
        row.put("created", true);
        row.put("durable", false);
        return row;
    }

    /**
     * The row to store for a task: it starts here where there is a place for it and nobody is
     * before it, or waits as pending. The place stays taken until {@link #start} or {@link
     * #releasePlace}.
     *
     * @param waiting how many tasks wait already, as this one would: {@code waiting}, and of these
     *     {@code of_user} and {@code of_cluster}
     * @throws ProblemException 429 when too many do
     */
    public Map<String, Object> row(NewTask task, Map<String, Object> waiting) {
        long all = number(waiting, "waiting");
        long ofUser = number(waiting, "of_user");
        long ofCluster = number(waiting, "of_cluster");
        if (!stopping && !task.waits() && places.reserve(task, all, ofUser)) {
            return task.running(replica, lease.toMillis());
        }
        if (!pending.open(pending.all() - all, ofUser, ofCluster)) {
            throw new ProblemException(429, null, full(task, all, ofUser, ofCluster));
        }
        return task.pending();
    }

    private String full(NewTask task, long all, long ofUser, long ofCluster) {
        return all >= pending.all()
                ? all + " batches wait, and no more may (progress.batch.max_pending)"
                : ("%d batches wait, %d of them yours and %d for cluster '%s': of the %d that may"
                                + " (progress.batch.max_pending) the last %d are for users and"
                                + " clusters that have few")
                        .formatted(
                                all,
                                ofUser,
                                ofCluster,
                                task.clusterName(),
                                pending.all(),
                                pending.reserve());
    }

    /** It does not start here: its place is free again. */
    public void releasePlace(NewTask task) {
        places.release(task.taskId());
    }

    /**
     * @throws ProblemException 503 while this replica is being stopped
     */
    public void requireOpen() {
        if (stopping) {
            throw new ProblemException(
                    503, null, "this replica is being stopped; another one takes the request");
        }
    }

    /** How many places for batches nobody has at present; the last are for newcomers. */
    int free() {
        return stopping ? 0 : places.free();
    }

    /**
     * What may be claimed now. It stays taken until {@link #claimed}, or until this is asked again:
     * one claim at a time.
     */
    public Room room() {
        if (stopping) {
            // In memory nobody else will ever take what waits: it has to end here.
            return Room.forAnybody(inMemory() ? Integer.MAX_VALUE : 0);
        }
        return places.claim();
    }

    /** What was claimed is registered. */
    public void claimed() {
        places.claimed();
    }

    /** Whether batches are known to this process only, and end with it. */
    public boolean inMemory() {
        return database.state().equals("none");
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
                        new LeaseClock(lease, nanoTime, leased ? sentAt : sentAt - lease.toNanos()),
                        stored);
        if (!stored) {
            if (sent != null) {
                run.markSent();
            }
            acceptedTasks.add(task.running(replica, lease.toMillis()), run);
        }
        int atOnce = atOnce(run, task.concurrency());
        Map<String, Earlier> nodes = new LinkedHashMap<>();
        task.nodeNames().forEach(node -> nodes.put(node, Earlier.NONE));
        return register(new BatchRun(run, nodes, 0, atOnce, mostOut(run), this));
    }

    /**
     * Goes on with a task that was claimed.
     *
     * @param row of claim-tasks
     * @param untried rows of untried-nodes: those without a final result, and what was done with
     *     them
     * @param sentAt the monotonic clock before the claim was sent, in nanoseconds
     */
    public BatchRun goOn(Map<String, Object> row, List<Map<String, Object>> untried, long sentAt) {
        if (row.get("params") == null) {
            throw new IllegalArgumentException("its inputs are missing");
        }
        TaskRun run = claimed(row, NewTask.params(row.get("params").toString()), sentAt);
        Map<String, Earlier> nodes = new LinkedHashMap<>();
        untried.forEach(
                node ->
                        nodes.put(
                                node.get("node_name").toString(),
                                new Earlier(
                                        (int) number(node, "attempts"),
                                        Rows.text(node, "change"),
                                        steps(Rows.text(node, "steps")))));
        int failed = (int) number(row, "failed_count");
        int atOnce = atOnce(run, (int) number(row, "concurrency"));
        BatchRun batch = new BatchRun(run, nodes, failed, atOnce, mostOut(run), this);
        if (row.get("cancel_requested_at") != null) {
            batch.cancel();
        }
        run.pause(row.get("paused_at") != null);
        if (row.get("resumed_by") != null) {
            batch.resumed();
        }
        claims.increment();
        return register(batch);
    }

    /**
     * What a claimed task is to do cannot be read: it ends, with the reason. Whoever claimed it
     * next would fare the same.
     *
     * @throws Exception the given one, when it says nothing of the rows but of the database
     */
    public TaskEnd unreadable(Map<String, Object> row, long sentAt, Exception why)
            throws Exception {
        if (why instanceof DataAccessException && !SqlFailure.isOfContent(why)) {
            throw why;
        }
        TaskRun run = claimed(row, Map.of(), sentAt);
        BatchRun batch = register(new BatchRun(run, Map.of(), 0, 1, 1, this));
        return batch.fail("its rows cannot be read: " + SqlFailure.reason(why));
    }

    /** Whether tasks may be claimed at all: the database is up, and this replica stays. */
    public boolean takesTasks() {
        return !stopping && database.up();
    }

    /**
     * Whether this replica may say that a cluster has not been known anywhere for so long: only
     * after it has itself seen the database healthy as long. While the database was away nobody
     * could tell that he knows it.
     */
    public boolean judgesClusters(long unrunnableMs) {
        return database.healthyFor().toMillis() >= unrunnableMs;
    }

    /**
     * A task was claimed to be ended: it waited, and was cancelled, or nobody knows its cluster.
     *
     * @param row of claim-unrunnable
     * @param sentAt the monotonic clock before the claim was sent, in nanoseconds
     * @param unrunnableMs for how long nobody has known it, in ms
     */
    public TaskEnd unrunnable(Map<String, Object> row, long sentAt, long unrunnableMs) {
        TaskRun run = claimed(row, Map.of(), sentAt);
        BatchRun batch = register(new BatchRun(run, Map.of(), 0, 1, 1, this));
        if (row.get("cancel_requested_at") != null) {
            batch.cancel();
            return batch.end();
        }
        String why =
                "no replica has known the cluster '%s' for %d s (progress.batch.unrunnable_after)"
                        .formatted(run.clusterName(), unrunnableMs / 1000);
        warn(run, why);
        return batch.fail(why);
    }

    private TaskRun claimed(Map<String, Object> row, Map<String, Object> params, long sentAt) {
        return new TaskRun(
                row.get("task_id").toString(),
                row.get("user_id").toString(),
                row.get("action").toString(),
                row.get("cluster_name").toString(),
                number(row, "epoch"),
                (int) number(row, "total"),
                number(row, "last_seq"),
                (int) number(row, "success_count"),
                (int) number(row, "failed_count"),
                params,
                new LeaseClock(lease, nanoTime, sentAt),
                true);
    }

    private static Set<String> steps(String list) {
        return list == null ? Set.of() : Set.of(list.split(","));
    }

    private static int mostOut(TaskRun run) {
        return OperationOptions.mostOutOfService(run.action(), run.params(), run.total());
    }

    private static int atOnce(TaskRun run, int concurrency) {
        return OperationOptions.nodesAtOnce(run.action(), run.params(), run.total(), concurrency);
    }

    /**
     * Whether leases that ran out may be claimed: only after this replica has itself seen the
     * database healthy for a whole lease. Before that it may be the one that was cut off.
     */
    public boolean claimsExpired() {
        return database.healthyFor().compareTo(lease) >= 0;
    }

    private BatchRun register(BatchRun batch) {
        BatchRun stale = running.get(batch.task().taskId());
        if (stale != null) {
            // This process stood still past its lease, and is now the first to notice. Before the
            // new one takes its place: what the old one showed has to be taken back.
            stale.lost("claimed anew, epoch " + batch.task().epoch());
        }
        running.put(batch.task().taskId(), batch);
        places.release(batch.task().taskId());
        heldTasks.add(batch.task());
        if (stopping) {
            leave(batch);
        }
        LOG.atInfo()
                .addKeyValue("task_id", batch.task().taskId())
                .log(
                        "Task {} runs here: {} on {}, {} nodes, epoch {}",
                        batch.task().taskId(),
                        batch.task().action(),
                        batch.task().clusterName(),
                        batch.task().total(),
                        batch.task().epoch());
        return batch;
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
        return attempt.run().interim(attempt.node(), text);
    }

    /** Whether a step of an operation is still to be done to a node. */
    public boolean needs(NodeAttempt attempt, String step) {
        return attempt.run().needs(attempt.node(), step);
    }

    /** A step of an operation is done, with its line for people. */
    public NodeResult done(String text, NodeAttempt attempt, String step) {
        return attempt.run().done(attempt.node(), step + " is done: " + text, step);
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

    private static void warn(TaskRun task, String why) {
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

    /**
     * The names of the clusters that this replica knows, as a JSON list: it claims theirs alone.
     */
    public String knownClusters() {
        return NewTask.json(clusters.names());
    }

    /** The monotonic clock, in nanoseconds; read before a statement is sent that takes tasks. */
    public long now() {
        return nanoTime.getAsLong();
    }

    /** The batch of a task, or null when it does not run here. */
    public BatchRun find(String taskId) {
        return running.get(taskId);
    }

    /** Ends a batch that runs here. */
    public void cancel(String taskId) {
        BatchRun batch = running.get(taskId);
        if (batch != null) {
            batch.cancel();
        }
    }

    /** Whether any batch runs here. */
    public boolean any() {
        return !running.isEmpty();
    }

    /** How many run here. */
    public int count() {
        return running.size();
    }

    /** How many tasks were claimed so far: pending, handed over, or of an owner that was lost. */
    public long claims() {
        return claims.sum();
    }

    /**
     * Tasks that this replica lost since the last call: their sockets start again from the rows.
     */
    public List<String> takeLost() {
        List<String> taken = List.copyOf(lost);
        lost.removeAll(taken);
        return taken;
    }

    /**
     * Takes no more, and starts no further node. Batches go on elsewhere; those that only this
     * process knows end as failed.
     */
    public void stopping() {
        stopping = true;
        running.values().forEach(this::leave);
    }

    private void leave(BatchRun run) {
        if (inMemory()) {
            run.stop("the replica was stopped, and it keeps batches in its memory only");
        } else if (!run.task().stored()) {
            run.stop("the replica was stopped before the database could store the task");
        } else {
            run.handOver();
        }
    }

    /** Whether this replica is being stopped. */
    public boolean isStopping() {
        return stopping;
    }

    /**
     * While this replica is being stopped: whether something is under way that has to end here, a
     * node operation, a row that is not committed, or a batch that cannot go on elsewhere.
     */
    public boolean busy() {
        return running.values().stream().anyMatch(run -> !run.idle() || !run.leaves());
    }

    private boolean handsOver(BatchRun run) {
        return run.task().stored() && !inMemory();
    }

    /** Interrupts what is still running. */
    public void interrupt() {
        running.values()
                .forEach(
                        run -> {
                            if (handsOver(run)) {
                                run.handOverNow();
                            } else {
                                run.interruptWorking();
                            }
                        });
    }

    // ---- what a batch asks

    @Override
    public boolean tryAcquire(BatchRun run) {
        return mayStart(run) && journal.hasRoom() && takePlaces(run);
    }

    private boolean takePlaces(BatchRun run) {
        return operations.tryTake(run, limiter(run));
    }

    private ClusterLimiter limiter(BatchRun run) {
        return clusters.limiter(run.task().clusterName());
    }

    /**
     * An operation has nothing to do for a while: for that time it gives back the replica's and the
     * cluster's place, and waits for them again after. Its place in its own batch stays taken, so
     * that what waits counts against the batch's concurrency and {@code max_draining}.
     *
     * @throws InterruptedException when the batch was cancelled
     */
    public void waitAside(NodeAttempt attempt, Duration time) throws InterruptedException {
        if (time.isZero()) {
            return;
        }
        BatchRun run = attempt.run();
        release(run);
        boolean back = false;
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
            while (!takePlaces(run)) {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
            }
            back = true;
        } finally {
            if (!back) {
                // It is about to end, and gives back what it holds.
                operations.takeAnyway(run, limiter(run));
            }
        }
    }

    @Override
    public void release(BatchRun run) {
        BatchRun next = operations.release(run, limiter(run));
        if (next != null) {
            next.placeIsFree();
        }
    }

    @Override
    public String closed(BatchRun run) {
        return clusters.closed(run.task().clusterName(), run.task().params());
    }

    @Override
    public boolean mayStart(BatchRun run) {
        return run.task().held() || !database.up() && goesOnWithoutDatabase(run);
    }

    private boolean goesOnWithoutDatabase(BatchRun run) {
        return withoutDatabase == null
                ? !OperationOptions.isDrain(run.task().action())
                : withoutDatabase == WithoutDatabase.CONTINUE;
    }

    @Override
    public void started(BatchRun run, String node) {
        LOG.atDebug()
                .addKeyValue("task_id", run.task().taskId())
                .addKeyValue("node", node)
                .log(
                        "Task {} epoch {} starts node {}, {} ms of its lease left",
                        run.task().taskId(),
                        run.task().epoch(),
                        node,
                        run.task().lease().left().toMillis());
    }

    @Override
    public String stopRule(BatchRun run, int failed) {
        return StopRule.of(run.task().params()).reasonToStop(failed);
    }

    @Override
    public String pauseRule(BatchRun run, int failed) {
        return StopRule.of(run.task().params()).reasonToPause(failed);
    }

    @Override
    public void ended(BatchRun run) {
        running.remove(run.task().taskId(), run);
        LOG.atInfo()
                .addKeyValue("task_id", run.task().taskId())
                .log("Task {} ended", run.task().taskId());
    }

    @Override
    public void lost(BatchRun run, String why) {
        if (running.remove(run.task().taskId(), run)) {
            lost.add(run.task().taskId());
            LOG.atWarn()
                    .addKeyValue("task_id", run.task().taskId())
                    .log("Task {} is no longer run here: {}", run.task().taskId(), why);
        }
    }

    @Override
    public void handedOver(BatchRun run) {
        running.remove(run.task().taskId(), run);
    }

    // ---- what is known here while the rows cannot be read

    @Override
    public Map<String, Object> task(String taskId) {
        BatchRun batch = running.get(taskId);
        // Of one that was taken over nothing is known here before its first message.
        boolean known =
                batch != null && (batch.task().epoch() == 1 || batch.task().lastFrame() != null);
        return known ? row(batch) : null;
    }

    private static Map<String, Object> row(BatchRun batch) {
        TaskRun task = batch.task();
        Frame last = task.lastFrame();
        Map<String, Object> row = new HashMap<>();
        row.put("task_id", task.taskId());
        row.put("user_id", task.userId());
        row.put("action", task.action());
        row.put("cluster_name", task.clusterName());
        row.put("epoch", task.epoch());
        row.put("total", task.total());
        row.put("created_at", task.takenAt());
        row.put("updated_at", last == null ? task.takenAt() : last.timestamp());
        row.put("status", status(last));
        row.put("last_seq", last == null ? 0 : last.seq());
        row.put("current", last == null ? 0 : last.current());
        row.put("success_count", last == null ? 0 : last.successCount());
        row.put("failed_count", last == null ? 0 : last.failedCount());
        if (last != null) {
            row.put("message_at", last.timestamp());
            row.put("message", last.message());
            row.put("error", last.error());
            row.put("current_node", last.currentNode());
            row.put("node_status", last.nodeStatus());
            row.put("node_error", last.nodeError());
        }
        return row;
    }

    private static String status(Frame last) {
        if (last == null) {
            return "running";
        }
        return switch (last.type()) {
            case PROGRESS -> "running";
            case COMPLETE -> "completed";
            case ERROR -> "failed";
        };
    }

    @Override
    public List<Map<String, Object>> nodeResults(String taskId) {
        BatchRun batch = running.get(taskId);
        List<Map<String, Object>> rows = new ArrayList<>();
        if (batch != null) {
            for (NodeResult result : batch.results()) {
                Map<String, Object> row = new HashMap<>();
                row.put("current_node", result.node());
                row.put("node_status", result.status().wireName());
                row.put("node_error", result.text());
                rows.add(row);
            }
        }
        return rows;
    }

    @Override
    public Collection<String> running(String userId, boolean all) {
        return running.values().stream()
                .map(BatchRun::task)
                .filter(task -> all || task.userId().equals(userId))
                .map(TaskRun::taskId)
                .toList();
    }

    private static long number(Map<String, Object> row, String column) {
        return ((Number) row.get(column)).longValue();
    }
}
