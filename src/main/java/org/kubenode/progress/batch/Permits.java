package org.kubenode.progress.batch;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.OperationOptions;
import org.kubenode.progress.cluster.StopRule;
import org.kubenode.progress.config.ProgressProperties.WithoutDatabase;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.store.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a batch needs beyond its own concurrency to start a node. Calls come under the batch's lock,
 * but for {@link #release} and {@link #waitAside}: they return at once.
 */
final class Permits {

    private static final Logger LOG = LoggerFactory.getLogger(Permits.class);
    private static final long LOOK_AGAIN_MS = 20;

    private final OperationPlaces operations;
    private final WithoutDatabase withoutDatabase;
    private final Journal journal;
    private final Database database;
    private final Clusters clusters;

    /**
     * @param withoutDatabase what a batch does past its lease; null: pause for drain, else go on
     */
    Permits(
            OperationPlaces operations,
            WithoutDatabase withoutDatabase,
            Journal journal,
            Database database,
            Clusters clusters) {
        this.operations = operations;
        this.withoutDatabase = withoutDatabase;
        this.journal = journal;
        this.database = database;
        this.clusters = clusters;
    }

    /** Takes what one more node needs of the replica and of the cluster, or nothing. */
    boolean tryAcquire(BatchRun run) {
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
    void waitAside(BatchRun run, Duration time) throws InterruptedException {
        if (time.isZero()) {
            return;
        }
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

    /** Gives it back. */
    void release(BatchRun run) {
        BatchRun next = operations.release(run, limiter(run));
        if (next != null) {
            next.placeIsFree();
        }
    }

    /** Why no node may be started at this time of day, or null. */
    String closed(BatchRun run) {
        return clusters.closed(run.task().clusterName(), run.task().params());
    }

    /** Whether the owner may start an operation at this moment: its lease runs. */
    boolean mayStart(BatchRun run) {
        return run.task().held() || !database.up() && goesOnWithoutDatabase(run);
    }

    private boolean goesOnWithoutDatabase(BatchRun run) {
        return withoutDatabase == null
                ? !OperationOptions.isDrain(run.task().action())
                : withoutDatabase == WithoutDatabase.CONTINUE;
    }

    /** An operation starts. */
    void started(BatchRun run, String node) {
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

    /** Why the batch must end when so many of its nodes have failed, or null. */
    String stopRule(BatchRun run, int failed) {
        return StopRule.of(run.task().params()).reasonToStop(failed);
    }

    /** Why the batch must pause when so many more of its nodes have failed, or null. */
    String pauseRule(BatchRun run, int failed) {
        return StopRule.of(run.task().params()).reasonToPause(failed);
    }
}
