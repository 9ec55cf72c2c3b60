package org.kubenode.progress.journal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.kubenode.progress.share.Places;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.SqlFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks taken in while the database is down, in memory alone until it is back: lost if this replica
 * dies before. Stored in the order they came, by the route {@code store-accepted-tasks}.
 * Thread-safe.
 */
public final class AcceptedTasks {

    private static final Logger LOG = LoggerFactory.getLogger(AcceptedTasks.class);

    /** A database that answers and does not take a task so often never will. */
    private static final int MOST_TRIES = 5;

    private static final int MOST_UNKNOWN = 1_000;

    private final ArrayDeque<Accepted> waiting = new ArrayDeque<>();
    private final Deque<Map<String, Object>> unknown = new ArrayDeque<>();
    private final Places places;
    private final Journal journal;

    /**
     * @param capacity tasks at most; the last are for users and clusters with few
     */
    public AcceptedTasks(int capacity, Journal journal) {
        this.places = Places.of(capacity);
        this.journal = journal;
    }

    /**
     * Keeps a task that runs already.
     *
     * @param row the body that {@code create-task} will be given
     * @return false when there is no room for it
     */
    public synchronized boolean add(Map<String, Object> row, TaskRun run) {
        if (waiting.size() >= places.all()) {
            return false;
        }
        waiting.add(new Accepted(new HashMap<>(row), run));
        return true;
    }

    /** Whether a task's row is stored is unknown: who repeats its key is told of the same task. */
    public synchronized void keepUnknown(Map<String, Object> row) {
        if (row.get("idempotency_key") != null) {
            unknown.add(new HashMap<>(row));
            if (unknown.size() > MOST_UNKNOWN) {
                unknown.remove();
            }
        }
    }

    /** The row of the task here that has this user's key, or null: it is the same task. */
    public synchronized Map<String, Object> withKey(String userId, String key) {
        return key == null
                ? null
                : Stream.concat(waiting.stream().map(accepted -> accepted.row), unknown.stream())
                        .filter(row -> key.equals(row.get("idempotency_key")))
                        .filter(row -> userId.equals(row.get("user_id")))
                        .findFirst()
                        .map(row -> (Map<String, Object>) new HashMap<>(row))
                        .orElse(null);
    }

    /** Whether another one of a user on a cluster may be taken in. */
    public synchronized boolean hasRoom(String userId, String clusterName) {
        return places.open(
                places.all() - waiting.size(),
                waiting.stream().filter(one -> one.run.userId().equals(userId)).count(),
                waiting.stream().filter(one -> one.run.clusterName().equals(clusterName)).count());
    }

    /** Whether one waits. */
    public synchronized boolean any() {
        return !waiting.isEmpty();
    }

    /** The oldest one's row; it stays until {@link #stored} or {@link #failed} decides. */
    public synchronized Map<String, Object> next() {
        return waiting.element().row;
    }

    /** The oldest one was sent: it is stored, or its key was taken meanwhile. */
    public synchronized void stored(List<Map<String, Object>> rows) {
        Accepted accepted = waiting.element();
        String taskId = accepted.run.taskId();
        boolean own = rows.stream().anyMatch(row -> taskId.equals(Rows.text(row, "task_id")));
        if (own) {
            waiting.remove();
            accepted.run.markStored();
            return;
        }
        if (accepted.row.get("idempotency_key") == null) {
            giveUp("the database has another task in its place");
            return;
        }
        LOG.warn(
                "Task {} is stored without its idempotency key: another task took it while the"
                        + " database was down",
                taskId);
        accepted.row.put("idempotency_key", null);
    }

    /**
     * The oldest one could not be stored. One that is refused is given up, and so is one that a
     * database that does answer has not taken in a few tries: it must not keep the others waiting
     * for ever. Anything else is thrown again, and the database is still down.
     */
    public synchronized void failed(Exception why) throws Exception {
        switch (SqlFailure.of(why)) {
            case UNREACHABLE -> throw why;
            case LINK -> {
                waiting.element().run.markSent();
                throw why;
            }
            case DATA -> giveUp("it was refused: " + SqlFailure.reason(why));
            default -> {
                if (++waiting.element().tries < MOST_TRIES) {
                    throw why;
                }
                giveUp("it could not be stored: " + SqlFailure.reason(why));
            }
        }
    }

    private void giveUp(String why) {
        journal.lose(List.of(waiting.remove().run), why);
    }

    private static final class Accepted {
        private final Map<String, Object> row;
        private final TaskRun run;
        private int tries;

        private Accepted(Map<String, Object> row, TaskRun run) {
            this.row = row;
            this.run = run;
        }
    }
}
