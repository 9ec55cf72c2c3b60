package org.kubenode.progress.chaos;

import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Signals;
import org.springframework.util.FileSystemUtils;

/**
 * A PostgreSQL of its own that can be killed, frozen and, where this process may mount one, run out
 * of a small disk. It keeps the time of each commit.
 */
final class ChaosPostgres implements AutoCloseable {

    private static final String DISK = "size=320m";

    private final Path folder;
    private final Path data;
    private final boolean mounted;
    private final int port = Servers.freePort();
    private final Path program;
    private Process server;

    ChaosPostgres() throws IOException {
        folder = Files.createTempDirectory("chaos-postgres");
        mounted =
                "root".equals(System.getProperty("user.name"))
                        && run("mount", "-t", "tmpfs", "-o", DISK, "tmpfs", folder.toString());
        data = folder.resolve("data");
        try {
            program = initialise();
            start();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The embedded server fills the folder, and shows where its program is. */
    private Path initialise() throws IOException {
        try (EmbeddedPostgres first =
                EmbeddedPostgres.builder()
                        .setDataDirectory(data)
                        .setCleanDataDirectory(false)
                        .start()) {
            long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe"));
        }
    }

    void start() throws IOException {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(program.toString(), "-D", data.toString(), "-p", "" + port));
        for (String setting :
                List.of(
                        "listen_addresses=127.0.0.1",
                        "unix_socket_directories=",
                        "fsync=on",
                        "synchronous_commit=on",
                        "full_page_writes=on",
                        "track_commit_timestamp=on",
                        "max_connections=200",
                        "max_wal_size=64MB",
                        "min_wal_size=32MB",
                        "log_lock_waits=on")) {
            command.addAll(List.of("-c", setting));
        }
        await("start of PostgreSQL")
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> startOnce(command));
    }

    /** After a crash the first tries may find its last children. */
    private boolean startOnce(List<String> command) throws Exception {
        if (server == null || !server.isAlive()) {
            server =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                            .start();
        }
        return number("SELECT 1") == 1;
    }

    Path log() {
        return Path.of("target", "chaos", "postgres-" + port + ".log");
    }

    boolean diskIsSmall() {
        return mounted;
    }

    int port() {
        return port;
    }

    boolean alive() {
        return server.isAlive();
    }

    /** SIGKILL, to the postmaster and all it started. */
    void kill() {
        List<ProcessHandle> all = new ArrayList<>(List.of(server.toHandle()));
        all.addAll(server.descendants().toList());
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd();
    }

    /** An orderly end that waits for nobody. */
    void stop() {
        Signals.send("INT", server.pid());
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!server.waitFor(20, TimeUnit.SECONDS)) {
                server.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** SIGSTOP or SIGCONT to the postmaster and all it started. */
    void signal(String signal) {
        List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
        all.add(server.toHandle());
        for (ProcessHandle process : all) {
            try {
                Signals.send(signal, process.pid());
            } catch (IllegalStateException goneMeanwhile) {
                // A backend that ended by itself.
            }
        }
    }

    /** Takes all of the small disk. */
    void fillDisk() {
        run("sh", "-c", "cat /dev/zero > '" + ballast() + "'");
    }

    void freeDisk() throws IOException {
        Files.deleteIfExists(ballast());
    }

    private Path ballast() {
        return folder.resolve("ballast");
    }

    Servers.PostgresDatabase database() {
        return new Servers.PostgresDatabase(port, "postgres");
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(
                database().jdbcUrl() + "&connectTimeout=2&socketTimeout=10&loginTimeout=3");
    }

    long number(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            return -1;
        }
    }

    private static boolean run(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        if (server != null && server.isAlive()) {
            signal("CONT");
            kill();
        }
        if (mounted) {
            await("unmount of " + folder)
                    .atMost(Duration.ofSeconds(20))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> run("umount", folder.toString()));
            Files.deleteIfExists(folder);
        } else {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    FileSystemUtils.deleteRecursively(file);
                }
            }
            Files.deleteIfExists(folder);
        }
    }
}
