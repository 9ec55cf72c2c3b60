package org.kubenode.progress.store;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.Map;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;

/** Reads the rows of both stores, which differ in the types of times and truth values. */
public final class Rows {

    private Rows() {}

    /** The frame of a row of {@code read-messages}: equal to the notified one. */
    public static Frame frame(Map<String, Object> row) {
        return new Frame(
                text(row, "task_id"),
                text(row, "user_id"),
                FrameType.of(text(row, "type")),
                text(row, "action"),
                text(row, "cluster_name"),
                number(row, "epoch"),
                number(row, "seq"),
                (int) number(row, "current"),
                (int) number(row, "total"),
                text(row, "current_node"),
                text(row, "node_status"),
                text(row, "node_error"),
                (int) number(row, "success_count"),
                (int) number(row, "failed_count"),
                text(row, "message"),
                text(row, "error"),
                instant(row, "created_at"));
    }

    /** A column as text, or null. */
    public static String text(Map<String, Object> row, String column) {
        Object value = row.get(column);
        return value == null ? null : value.toString();
    }

    /** A column as a number; 0 when it is null. */
    public static long number(Map<String, Object> row, String column) {
        return row.get(column) instanceof Number value ? value.longValue() : 0;
    }

    /** A column as truth: PostgreSQL's boolean, SQLite's 0 and 1; false when it is null. */
    public static boolean truth(Map<String, Object> row, String column) {
        Object value = row.get(column);
        return Boolean.TRUE.equals(value) || value instanceof Number n && n.intValue() != 0;
    }

    /** A column as an instant: PostgreSQL's timestamptz, SQLite's ISO 8601 text; or null. */
    public static Instant instant(Map<String, Object> row, String column) {
        Object value = row.get(column);
        if (value instanceof Timestamp timestamp) {
            return timestamp.toInstant();
        }
        return value == null ? null : Instant.parse(value.toString());
    }
}
