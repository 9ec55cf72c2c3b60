package org.kubenode.progress.servers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.kubenode.progress.servers.Cell.Action;
import org.kubenode.progress.servers.Cell.Expected;
import org.kubenode.progress.servers.Cell.Stage;

/** SQLite, whose notifier is the poll: what matters is what is said of the file. */
final class SqliteCells {

    private static final String POLLING = "POLLING";

    private final String name = "SQLite " + org.sqlite.SQLiteJDBCLoader.getVersion();

    /** Another process that takes the whole file; the test's own JVM is one. */
    private static final class Lock {

        private final Path file;
        private Connection connection;

        Lock(Path file) {
            this.file = file;
        }

        void take() throws SQLException {
            connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            connection.createStatement().execute("PRAGMA busy_timeout = 10000");
            connection.createStatement().execute("BEGIN EXCLUSIVE");
        }

        void give() throws SQLException {
            connection.createStatement().execute("ROLLBACK");
            connection.close();
        }
    }

    private static Stage stage(Path file, Action before, Action fault, Action cure) {
        List<String> options =
                List.of("--database.type=sqlite", "--database.path=" + file.toAbsolutePath());
        return new Stage(options, POLLING, before, fault, cure, () -> {});
    }

    private static Expected down(String reason) {
        return new Expected(POLLING, null, "down", reason, 12);
    }

    List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        cells.add(
                new Cell(
                        name,
                        "locked by another process at the start",
                        folder -> {
                            Lock lock = new Lock(folder.resolve("progress.db"));
                            return stage(lock.file, lock::take, null, lock::give);
                        },
                        down("locked|busy")));
        cells.add(
                new Cell(
                        name,
                        "locked by another process later",
                        folder -> {
                            Lock lock = new Lock(folder.resolve("progress.db"));
                            return stage(lock.file, () -> {}, lock::take, lock::give);
                        },
                        down("locked|busy")));
        cells.add(
                new Cell(
                        name,
                        "its path is a folder",
                        folder ->
                                stage(
                                        Files.createDirectory(folder.resolve("progress.db")),
                                        () -> {},
                                        null,
                                        () -> Files.delete(folder.resolve("progress.db"))),
                        down("open|directory")));
        cells.add(
                new Cell(
                        name,
                        "its file is no database",
                        folder ->
                                stage(
                                        Files.writeString(
                                                folder.resolve("progress.db"), "x".repeat(8_192)),
                                        () -> {},
                                        null,
                                        () -> Files.delete(folder.resolve("progress.db"))),
                        down("not a database")));
        return cells;
    }
}
