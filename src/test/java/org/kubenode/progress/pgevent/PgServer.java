package org.kubenode.progress.pgevent;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Signals;
import org.springframework.util.FileSystemUtils;

/** A real PostgreSQL 17 whose port and data survive a stop. */
public final class PgServer implements AutoCloseable {

    public static final String DATABASE = "postgres";

    private final Path data;
    private final int port;
    private final Map<String, String> configuration;
    private EmbeddedPostgres running;

    private PgServer(Map<String, String> configuration) throws IOException {
        this(Files.createTempDirectory("pgevent-test"), configuration);
    }

    private PgServer(Path data, Map<String, String> configuration) throws IOException {
        this.data = data;
        this.configuration = configuration;
        port = Servers.freePort();
        start();
    }

    public static PgServer started() throws IOException {
        return new PgServer(Map.of());
    }

    /** With its smallest queue of notifications: 64 pages of 8 KB. */
    public static PgServer startedWithASmallNotifyQueue() throws IOException {
        return new PgServer(Map.of("max_notify_queue_pages", "64"));
    }

    /** One whose commits can be made to wait for a standby that is not there. */
    public static PgServer startedWithSynchronousCommit() throws IOException {
        return new PgServer(Map.of("synchronous_commit", "on"));
    }

    /** The embedded server is started with {@code fsync} off, which ALTER SYSTEM cannot undo. */
    static PgServer startedDurable() throws IOException {
        return new PgServer(Map.of("fsync", "on", "synchronous_commit", "on"));
    }

    /** As durable as in production, and it remembers when each transaction was committed. */
    public static PgServer startedWithCommitTimes() throws IOException {
        return new PgServer(
                Map.of("fsync", "on", "synchronous_commit", "on", "track_commit_timestamp", "on"));
    }

    /**
     * A running hot standby of this server, made from a copy of its files as pg_basebackup does,
     * which the embedded server comes without.
     *
     * @param through the port where it finds this server
     */
    public PgServer standby(int through) throws IOException, SQLException {
        Path copy = Files.createTempDirectory("pgevent-standby");
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_backup_start('standby', true)");
            FileSystemUtils.copyRecursively(data, copy);
            try (ResultSet row =
                    statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                row.next();
                Files.writeString(copy.resolve("backup_label"), row.getString(1));
            }
        }
        Files.delete(copy.resolve("postmaster.pid"));
        Files.createFile(copy.resolve("standby.signal"));
        Files.writeString(
                copy.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'%n".formatted(through),
                StandardOpenOption.APPEND);
        return new PgServer(copy, configuration);
    }

    /** SIGSTOP to every process of the server: connections stand, and nothing answers. */
    public void freeze() throws IOException {
        ProcessHandle postmaster = postmaster();
        Signals.send("STOP", postmaster.pid());
        postmaster.descendants().forEach(backend -> Signals.send("STOP", backend.pid()));
    }

    /** SIGCONT to every process of the server. */
    public void thaw() throws IOException {
        ProcessHandle postmaster = postmaster();
        postmaster.descendants().forEach(backend -> Signals.send("CONT", backend.pid()));
        Signals.send("CONT", postmaster.pid());
    }

    private ProcessHandle postmaster() throws IOException {
        String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip();
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    String show(String parameter) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + parameter)) {
            row.next();
            return row.getString(1);
        }
    }

    public void start() throws IOException {
        EmbeddedPostgres.Builder builder =
                EmbeddedPostgres.builder()
                        .setDataDirectory(data)
                        .setCleanDataDirectory(false)
                        .setPort(port);
        configuration.forEach(builder::setServerConfig);
        running = builder.start();
    }

    public void stop() throws IOException {
        running.close();
    }

    public int port() {
        return port;
    }

    public Path data() {
        return data;
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + port + "/" + DATABASE, "postgres", "postgres");
    }

    public void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    public void notify(String channel, String payload) throws SQLException {
        try (Connection connection = connect();
                PreparedStatement notify = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
            notify.setString(1, channel);
            notify.setString(2, payload);
            notify.execute();
        }
    }

    /** Process ids of the backends that serve this application name. */
    public List<Long> backends(String applicationName) throws SQLException {
        List<Long> pids = new ArrayList<>();
        try (Connection connection = connect();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT pid FROM pg_stat_activity WHERE application_name = ?")) {
            query.setString(1, applicationName);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    pids.add(rows.getLong(1));
                }
            }
        }
        return pids;
    }

    public void terminate(long pid) throws SQLException {
        execute("SELECT pg_terminate_backend(" + pid + ")");
    }

    /** Sends {@code STOP} or {@code CONT} to one backend of this server. */
    public static void signal(String name, long pid) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new IOException("kill -" + name + " " + pid + " failed");
        }
    }

    @Override
    public void close() throws IOException {
        running.close();
        FileSystemUtils.deleteRecursively(data);
    }
}
