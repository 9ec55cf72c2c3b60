package org.kubenode.progress.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.StoredTask;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;

/**
 * One running task of each of many users, of a replica that is not there: what the tasks say is
 * committed, rows and notifications in one transaction, when a bench says so.
 */
final class StoredTasks {

    private static final int TOTAL = 100_000;

    private final Servers.PostgresDatabase database;
    private final Map<String, String> users = new LinkedHashMap<>();
    private long seq;

    /**
     * @param firstUser the others are the numbers after it
     */
    StoredTasks(Servers.PostgresDatabase database, int firstUser, int count) throws SQLException {
        this.database = database;
        try (Connection connection = database.connect();
                PreparedStatement insert =
                        connection.prepareStatement(
                                """
                                INSERT INTO progress_tasks (task_id, user_id, action, cluster_name,
                                    status, total, owner, epoch, lease_until, created_at, updated_at)
                                VALUES (?, ?, 'cordon', 'test', 'running', ?, 'absent', 1,
                                    now() + interval '1 hour', now(), now())""")) {
            for (int user = firstUser; user < firstUser + count; user++) {
                String taskId = UUID.randomUUID().toString();
                users.put(taskId, Integer.toString(user));
                insert.setString(1, taskId);
                insert.setString(2, Integer.toString(user));
                insert.setInt(3, TOTAL);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** The last seq that was committed. */
    long seq() {
        return seq;
    }

    /**
     * Commits the next messages of every task, each with a notification of its own.
     *
     * @param beforeCommit called with the first seq of them, at the last moment
     */
    void commit(int messages, java.util.function.LongConsumer beforeCommit) throws SQLException {
        long first = seq + 1;
        seq += messages;
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            try (PreparedStatement rows =
                            connection.prepareStatement(
                                    """
                                    INSERT INTO progress_messages (task_id, epoch, seq, user_id,
                                        type, action, current, total, success_count, failed_count,
                                        current_node, node_status, node_final, message, created_at)
                                    SELECT task_id, 1, s, user_id, 'progress', 'cordon', s, total,
                                        s, 0, 'node-' || s, 'succeeded', true,
                                        'Processed node-' || s, now()
                                    FROM progress_tasks, generate_series(?, ?) s
                                    WHERE task_id = ANY (?)""");
                    PreparedStatement tasks =
                            connection.prepareStatement(
                                    """
                                    UPDATE progress_tasks SET last_seq = ?, current = ?,
                                        success_count = ?, updated_at = now()
                                    WHERE task_id = ANY (?)""");
                    PreparedStatement notify =
                            connection.prepareStatement(
                                    "SELECT count(pg_notify('progress_update', p))"
                                            + " FROM unnest(?) p")) {
                Object ids = connection.createArrayOf("text", users.keySet().toArray());
                rows.setLong(1, first);
                rows.setLong(2, seq);
                rows.setObject(3, ids);
                rows.executeUpdate();
                tasks.setLong(1, seq);
                tasks.setLong(2, seq);
                tasks.setLong(3, seq);
                tasks.setObject(4, ids);
                tasks.executeUpdate();
                notify.setObject(1, connection.createArrayOf("text", payloads(first).toArray()));
                notify.execute();
            }
            beforeCommit.accept(first);
            connection.commit();
        }
    }

    private List<String> payloads(long first) {
        List<String> payloads = new ArrayList<>();
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        for (long s = first; s <= seq; s++) {
            for (Map.Entry<String, String> task : users.entrySet()) {
                payloads.add(
                        StoredTask.payload(
                                List.of(
                                        new Frame(
                                                task.getKey(),
                                                task.getValue(),
                                                FrameType.PROGRESS,
                                                "cordon",
                                                "test",
                                                1,
                                                s,
                                                (int) s,
                                                TOTAL,
                                                "node-" + s,
                                                "succeeded",
                                                null,
                                                (int) s,
                                                0,
                                                "Processed node-" + s,
                                                null,
                                                now))));
            }
        }
        return payloads;
    }

    /** Ends them, so that no replica takes them up. */
    void remove() {
        database.execute("DELETE FROM progress_tasks WHERE owner = 'absent'");
    }
}
