package org.kubenode.progress.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;

/** A task of a replica that is not there, whose rows a test writes without telling anybody. */
public final class StoredTask {

    private static final int TOTAL = 1_000;
    private static final WireCodec CODEC = new WireCodec();

    public final String taskId = UUID.randomUUID().toString();
    private final String userId;
    private final DataSource rows;
    private final String time;

    public StoredTask(String userId, DataSource rows) throws SQLException {
        this.userId = userId;
        this.rows = rows;
        try (Connection connection = rows.getConnection()) {
            boolean postgres =
                    connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
            time = postgres ? "CAST(? AS timestamptz)" : "?";
        }
        execute(
                """
                INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total,
                    owner, epoch, lease_until, created_at, updated_at)
                VALUES (?, ?, 'cordon', 'test', 'running', ?, 'absent', 1, %1$s, %1$s, %1$s)"""
                        .formatted(time),
                taskId,
                userId,
                TOTAL,
                WireCodec.timestamp(now().plus(1, ChronoUnit.HOURS)),
                WireCodec.timestamp(now()),
                WireCodec.timestamp(now()));
    }

    /** Commits the messages of {@code first} to {@code last}. */
    public List<Frame> write(long first, long last) throws SQLException {
        List<Frame> frames = new ArrayList<>();
        for (long seq = first; seq <= last; seq++) {
            Frame frame = frame(seq);
            frames.add(frame);
            execute(
                    """
                    INSERT INTO progress_messages (task_id, epoch, seq, user_id, type, action,
                        current, total, success_count, failed_count, current_node, node_status,
                        node_final, message, created_at)
                    VALUES (?, 1, ?, ?, 'progress', 'cordon', ?, ?, ?, 0, ?, 'succeeded', ?, ?, %s)"""
                            .formatted(time),
                    taskId,
                    seq,
                    userId,
                    (int) seq,
                    TOTAL,
                    (int) seq,
                    frame.currentNode(),
                    true,
                    frame.message(),
                    WireCodec.timestamp(frame.timestamp()));
        }
        execute(
                "UPDATE progress_tasks SET last_seq = ?, current = ?, success_count = ?,"
                        + " updated_at = "
                        + time
                        + " WHERE task_id = ?",
                last,
                (int) last,
                (int) last,
                WireCodec.timestamp(now()),
                taskId);
        return frames;
    }

    /** Commits the end: all that was tried succeeded, whatever was to be tried. */
    public void end(long seq) throws SQLException {
        execute(
                """
                INSERT INTO progress_messages (task_id, epoch, seq, user_id, type, action,
                    current, total, success_count, failed_count, node_final, message, created_at)
                VALUES (?, 1, ?, ?, 'complete', 'cordon', ?, ?, ?, 0, ?, 'Completed', %s)"""
                        .formatted(time),
                taskId,
                seq,
                userId,
                (int) seq - 1,
                TOTAL,
                (int) seq - 1,
                false,
                WireCodec.timestamp(now()));
        execute(
                "UPDATE progress_tasks SET last_seq = ?, status = 'completed', completed_at = "
                        + time
                        + " WHERE task_id = ?",
                seq,
                WireCodec.timestamp(now()),
                taskId);
    }

    /** The notification of frames, as their writer would have sent it. */
    public static String payload(List<Frame> frames) {
        return CODEC.encode(Notification.of(frames));
    }

    /** The message of a seq, whether it is stored or not. */
    public Frame frame(long seq) {
        return frame(seq, userId);
    }

    /** The same with another user's id. */
    public Frame frame(long seq, String whose) {
        return new Frame(
                taskId,
                whose,
                FrameType.PROGRESS,
                "cordon",
                "test",
                1,
                seq,
                (int) seq,
                TOTAL,
                "node-" + seq,
                "succeeded",
                null,
                (int) seq,
                0,
                "Processed node-" + seq,
                null,
                now());
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    private void execute(String sql, Object... parameters) throws SQLException {
        try (Connection connection = rows.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }
}
