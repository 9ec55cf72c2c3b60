package org.kubenode.progress.batch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.kubenode.progress.journal.AcceptedTasks;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.share.Places;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.Rows;

/** Decides where a new task starts: here, later, or not at all; and what may be claimed. */
public final class Admission {

    private final String replica;
    private final Duration lease;
    private final RunningPlaces places;
    private final Places pending;
    private final AcceptedTasks acceptedTasks;
    private final Database database;
    private final RunningBatches running;

    Admission(
            BatchSettings settings,
            RunningBatches running,
            AcceptedTasks acceptedTasks,
            Database database) {
        this.replica = settings.replica();
        this.lease = settings.lease();
        this.pending = Places.of(settings.maxPending());
        this.running = running;
        this.places = running.places();
        this.acceptedTasks = acceptedTasks;
        this.database = database;
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
        if (running.isStopping()
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
     * before it, or waits as pending. The place stays taken until {@link Batches#start} or {@link
     * #releasePlace}.
     *
     * @param waiting how many tasks wait already, as this one would: {@code waiting}, and of these
     *     {@code of_user} and {@code of_cluster}
     * @throws ProblemException 429 when too many do
     */
    public Map<String, Object> row(NewTask task, Map<String, Object> waiting) {
        long all = Rows.number(waiting, "waiting");
        long ofUser = Rows.number(waiting, "of_user");
        long ofCluster = Rows.number(waiting, "of_cluster");
        if (!running.isStopping() && !task.waits() && places.reserve(task, all, ofUser)) {
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
        if (running.isStopping()) {
            throw new ProblemException(
                    503, null, "this replica is being stopped; another one takes the request");
        }
    }

    /** How many places for batches nobody has at present; the last are for newcomers. */
    int free() {
        return running.isStopping() ? 0 : places.free();
    }

    /**
     * What may be claimed now. It stays taken until {@link #claimed}, or until this is asked again:
     * one claim at a time.
     */
    public Room room() {
        if (running.isStopping()) {
            // In memory nobody else will ever take what waits: it has to end here.
            return Room.forAnybody(running.inMemory() ? Integer.MAX_VALUE : 0);
        }
        return places.claim();
    }

    /** What was claimed is registered. */
    public void claimed() {
        places.claimed();
    }
}
