package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.testing.Servers;
import org.springframework.util.FileSystemUtils;

/** Behind a pooler in transaction mode, which accepts LISTEN and forgets it: Debian's pgbouncer. */
@Tag("full")
class PgBouncerTest {

    private Path folder;
    private PgServer server;
    private Process pooler;
    private int port;
    private NotifierApp app;

    @BeforeEach
    void pooler() throws Exception {
        server = PgServer.started();
        port = Servers.freePort();
        folder = Files.createTempDirectory("pgbouncer-test");
        // It does not run as root, and has to read its file as another.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path configuration = folder.resolve("pgbouncer.ini");
        Files.writeString(
                configuration,
                """
                [databases]
                postgres = host=127.0.0.1 port=%d user=postgres password=postgres
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                ignore_startup_parameters = extra_float_digits
                """
                        .formatted(server.port(), port));
        List<String> command = new ArrayList<>(List.of("pgbouncer", configuration.toString()));
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(1, List.of("-u", "nobody"));
        }
        pooler =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        await().atMost(Duration.ofSeconds(10)).until(this::accepts);
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private void start(String... more) {
        List<String> settings = new ArrayList<>(Arrays.asList(more));
        settings.add("progress.replica=r1");
        settings.add("database.host=127.0.0.1");
        settings.add("database.port=" + port);
        settings.add("database.database=" + PgServer.DATABASE);
        settings.add("database.password=postgres");
        settings.add("database.ssl_mode=disable");
        settings.add("database.pooler=true");
        app = NotifierApp.start(settings.toArray(String[]::new));
    }

    @AfterEach
    void stop() throws Exception {
        if (app != null) {
            app.close();
        }
        pooler.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        server.close();
        FileSystemUtils.deleteRecursively(folder);
    }

    @Test
    void endsInPollingWithItsReasonAndStaysThere() {
        start();
        app.awaitState(POLLING, Duration.ofSeconds(20));
        assertThat(app.circuit.snapshot().reason()).contains("no probe came back");
        Instant end = Instant.now().plusSeconds(12);
        await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(end));
        assertThat(app.circuit.state()).isEqualTo(POLLING);
        assertThat(
                        app.logged(
                                Level.ERROR,
                                "PostgreSQL notifier failed, falling back to polling: subscribed,"
                                        + " but no probe came back for 5 s"))
                .hasSize(1);
    }

    @Test
    void aDirectLineMakesItRealtime() {
        start("database.listen_host=127.0.0.1", "database.listen_port=" + server.port());
        app.awaitState(REALTIME);
        assertThat(app.circuit.snapshot().degradations()).isZero();
    }
}
