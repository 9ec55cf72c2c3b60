package org.kubenode.progress.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kubenode.progress.testing.ReplicaProcess;

/** Takes into a history what the database and the logs say of a run, once it is over. */
final class Rows {

    /** The log of a start: its time, task, epoch, node and what is left of the lease. */
    private static final Pattern STARTED =
            Pattern.compile(
                    "^(\\S+) .*Task (\\S+) epoch (\\d+) starts node (\\S+), (-?\\d+) ms of its lease"
                            + " left");

    private Rows() {}

    static void collect(Stage stage, History history) throws SQLException {
        try (Connection connection = stage.postgres().connect();
                Statement statement = connection.createStatement()) {
            tasks(statement, history);
            messages(statement, history);
        }
        stage.all().forEach(replica -> starts(replica, history));
    }

    private static void tasks(Statement statement, History history) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT * FROM progress_tasks")) {
            while (row.next()) {
                history.add(
                        new Event.Task(
                                History.now(),
                                row.getString("user_id"),
                                row.getString("task_id"),
                                row.getString("action"),
                                row.getString("status"),
                                row.getLong("last_seq"),
                                row.getLong("epoch"),
                                row.getInt("total"),
                                row.getInt("success_count"),
                                row.getInt("failed_count"),
                                row.getTimestamp("completed_at") != null));
            }
        }
    }

    private static void messages(Statement statement, History history) throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        "SELECT *, CAST(1000 * extract(epoch FROM pg_xact_commit_timestamp(xmin)) AS"
                                + " bigint) AS committed_ms FROM progress_messages ORDER BY task_id,"
                                + " seq")) {
            while (row.next()) {
                history.add(
                        new Event.Committed(
                                row.getLong("committed_ms"),
                                row.getString("user_id"),
                                row.getString("task_id"),
                                row.getLong("epoch"),
                                row.getLong("seq"),
                                row.getString("type"),
                                row.getString("current_node"),
                                row.getString("node_status"),
                                row.getBoolean("node_final")));
            }
        }
    }

    private static void starts(ReplicaProcess replica, History history) {
        try (Stream<String> lines = Files.lines(replica.logFile())) {
            lines.map(STARTED::matcher)
                    .filter(Matcher::find)
                    .forEach(
                            line ->
                                    history.add(
                                            new Event.Started(
                                                    millis(line.group(1)),
                                                    replica.name(),
                                                    line.group(2),
                                                    Long.parseLong(line.group(3)),
                                                    line.group(4),
                                                    Long.parseLong(line.group(5)))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long millis(String timestamp) {
        return OffsetDateTime.parse(timestamp).toInstant().toEpochMilli();
    }
}
