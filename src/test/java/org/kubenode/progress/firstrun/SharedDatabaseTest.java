package org.kubenode.progress.firstrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes and a real PostgreSQL. */
@Timeout(120)
class SharedDatabaseTest {

    @TempDir Path folder;

    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void pathIsOpenToEverybody() throws IOException {
        // Where root cannot use a user namespace, PostgreSQL runs as nobody.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void nobodyIsLeft() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        if (Files.isDirectory(folder)) {
            SharedDatabase.join(Commands.forThisUser(), folder).close();
        }
    }

    private Process join() throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                SharingProcess.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        processes.add(process);
        return process;
    }

    private static int port(Process process) throws IOException {
        BufferedReader reader = process.inputReader();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith("port ")) {
                return Integer.parseInt(line.substring(5));
            }
        }
        throw new IOException("The process ended without a port");
    }

    private static void leave(Process process) throws Exception {
        process.getOutputStream().close();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private String query(int port, String sql) throws Exception {
        try (Connection connection = connect(port);
                ResultSet result = connection.createStatement().executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private void update(int port, String sql) throws Exception {
        try (Connection connection = connect(port)) {
            connection.createStatement().executeUpdate(sql);
        }
    }

    private Connection connect(int port) throws Exception {
        Path password;
        try (Stream<Path> files = Files.walk(folder, 2)) {
            password = files.filter(file -> file.endsWith("db-password")).findFirst().orElseThrow();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
                .isEqualTo("rw-------");
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/kube_node_manager",
                "postgres",
                Files.readString(password));
    }

    private void gone(int port) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () ->
                                assertThat(catchSqlState(port))
                                        .as("connection refused")
                                        .isEqualTo("08001"));
    }

    private String catchSqlState(int port) throws Exception {
        try {
            query(port, "SELECT 1");
            return "answers";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    @Test
    void processesShareOneServerAndTheLastEndsIt() throws Exception {
        // At once: one of them starts it, the other waits and joins.
        Process first = join();
        Process second = join();
        int port = port(first);
        assertThat(port(second)).isEqualTo(port);
        assertThat(query(port, "SHOW fsync")).isEqualTo("on");
        assertThat(query(port, "SHOW synchronous_commit")).isEqualTo("on");
        update(port, "CREATE TABLE kept AS SELECT 42 AS n");

        leave(first);
        assertThat(query(port, "SELECT n FROM kept")).isEqualTo("42");
        leave(second);
        gone(port);

        Process third = join();
        assertThat(query(port(third), "SELECT n FROM kept")).as("rows stay").isEqualTo("42");
        leave(third);
    }

    @Test
    void serverOutlivesAnInterruptAndAKillAndTheNextProcessEndsIt() throws Exception {
        Process first = join();
        int port = port(first);
        Process second = join();
        assertThat(port(second)).isEqualTo(port);
        first.destroy();
        first.waitFor();
        assertThat(query(port, "SELECT 1")).isEqualTo("1");
        second.destroyForcibly().waitFor();
        assertThat(query(port, "SELECT 1")).as("left behind").isEqualTo("1");

        Process third = join();
        assertThat(port(third)).as("goes on with it").isEqualTo(port);
        leave(third);
        gone(port);
    }
}
