package org.kubenode.progress.batch;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.kubenode.progress.deliver.LocalTasks;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.store.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The batches that run on this replica, until they end, go on elsewhere or are lost. */
public final class RunningBatches {

    private static final Logger LOG = LoggerFactory.getLogger(RunningBatches.class);

    private final Map<String, BatchRun> running = new ConcurrentHashMap<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final RunningPlaces places;
    private final HeldTasks heldTasks;
    private final Database database;
    private volatile boolean stopping;

    /**
     * @param most batches at once, at least 1
     * @param nanoTime a monotonic clock, in ns
     */
    RunningBatches(int most, HeldTasks heldTasks, Database database, LongSupplier nanoTime) {
        this.places = new RunningPlaces(most, running.values(), nanoTime);
        this.heldTasks = heldTasks;
        this.database = database;
    }

    /** The places for them. */
    RunningPlaces places() {
        return places;
    }

    /** What is known here of their tasks. */
    LocalTasks known() {
        return new KnownHere(running);
    }

    /** Whether batches are known to this process only, and end with it. */
    public boolean inMemory() {
        return database.state().equals("none");
    }

    /** It runs here from now on. */
    BatchRun register(BatchRun batch) {
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
                                run.tries().interrupt();
                            }
                        });
    }

    /** The task's end is committed. */
    void ended(BatchRun run) {
        running.remove(run.task().taskId(), run);
        LOG.atInfo()
                .addKeyValue("task_id", run.task().taskId())
                .log("Task {} ended", run.task().taskId());
    }

    /** Another replica owns the task now, or its rows are refused. */
    void lost(BatchRun run, String why) {
        if (running.remove(run.task().taskId(), run)) {
            lost.add(run.task().taskId());
            LOG.atWarn()
                    .addKeyValue("task_id", run.task().taskId())
                    .log("Task {} is no longer run here: {}", run.task().taskId(), why);
        }
    }

    /** Its lease was given up. */
    void handedOver(BatchRun run) {
        running.remove(run.task().taskId(), run);
    }
}
