package org.kubenode.progress.batch;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.kubenode.progress.batch.Tries.Earlier;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.journal.LeaseClock;
import org.kubenode.progress.journal.TaskEnd;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.SqlFailure;
import org.springframework.dao.DataAccessException;

/** Takes over what waits, was handed over, or has lost its owner; and what nobody can run. */
public final class Claims {

    private final Batches batches;
    private final RunningBatches running;
    private final Duration lease;
    private final Database database;
    private final LongSupplier nanoTime;
    private final Clusters clusters;
    private final LongAdder claims = new LongAdder();

    /**
     * @param lease how long a claim lasts
     * @param nanoTime the monotonic clock of the leases, in ns
     */
    Claims(
            Batches batches,
            RunningBatches running,
            Duration lease,
            Database database,
            LongSupplier nanoTime,
            Clusters clusters) {
        this.batches = batches;
        this.running = running;
        this.lease = lease;
        this.database = database;
        this.nanoTime = nanoTime;
        this.clusters = clusters;
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
                                        (int) Rows.number(node, "attempts"),
                                        Rows.text(node, "change"),
                                        steps(Rows.text(node, "steps")))));
        int failed = (int) Rows.number(row, "failed_count");
        BatchRun batch = batches.prepare(run, nodes, failed, (int) Rows.number(row, "concurrency"));
        if (row.get("cancel_requested_at") != null) {
            batch.cancel();
        }
        run.pause(row.get("paused_at") != null);
        if (row.get("resumed_by") != null) {
            batch.resumed();
        }
        claims.increment();
        return running.register(batch);
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
        BatchRun batch = running.register(batches.prepare(run, Map.of(), 0, 1));
        return batch.fail("its rows cannot be read: " + SqlFailure.reason(why));
    }

    /** Whether tasks may be claimed at all: the database is up, and this replica stays. */
    public boolean takesTasks() {
        return !running.isStopping() && database.up();
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
        BatchRun batch = running.register(batches.prepare(run, Map.of(), 0, 1));
        if (row.get("cancel_requested_at") != null) {
            batch.cancel();
            return batch.end();
        }
        String why =
                "no replica has known the cluster '%s' for %d s (progress.batch.unrunnable_after)"
                        .formatted(run.clusterName(), unrunnableMs / 1000);
        Batches.warn(run, why);
        return batch.fail(why);
    }

    private TaskRun claimed(Map<String, Object> row, Map<String, Object> params, long sentAt) {
        return new TaskRun(
                row.get("task_id").toString(),
                row.get("user_id").toString(),
                row.get("action").toString(),
                row.get("cluster_name").toString(),
                Rows.number(row, "epoch"),
                (int) Rows.number(row, "total"),
                Rows.number(row, "last_seq"),
                (int) Rows.number(row, "success_count"),
                (int) Rows.number(row, "failed_count"),
                params,
                new LeaseClock(lease, nanoTime, sentAt),
                true);
    }

    private static Set<String> steps(String list) {
        return list == null ? Set.of() : Set.of(list.split(","));
    }

    /**
     * Whether leases that ran out may be claimed: only after this replica has itself seen the
     * database healthy for a whole lease. Before that it may be the one that was cut off.
     */
    public boolean claimsExpired() {
        return database.healthyFor().compareTo(lease) >= 0;
    }

    /**
     * The names of the clusters that this replica knows, as a JSON list: it claims theirs alone.
     */
    public String knownClusters() {
        return NewTask.json(clusters.names());
    }

    /** How many tasks were claimed so far: pending, handed over, or of an owner that was lost. */
    public long count() {
        return claims.sum();
    }
}
