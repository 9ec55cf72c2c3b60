package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.testing.Servers;

/** Redis that speaks nothing but TLS: Debian's redis-server, because the embedded one has none. */
@Tag("full")
class RedisTlsTest {

    private static final Duration START = Duration.ofSeconds(10);

    @TempDir private static Path folder;
    private static Process redis;
    private static int port;
    private NotifierApp app;

    @BeforeAll
    static void server() throws Exception {
        for (String ca : List.of("ca", "other")) {
            openssl(
                    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%1$s -keyout %1$s.key -out %1$s.crt"
                            .formatted(ca));
        }
        openssl(
                "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr");
        Files.writeString(folder.resolve("san"), "subjectAltName=DNS:localhost\n");
        openssl(
                "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
                        + " -extfile san -out server.crt");
        openssl("req -newkey rsa:2048 -nodes -subj /CN=replica -keyout client.key -out client.csr");
        openssl(
                "x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
                        + " -out client.crt");
        port = Servers.freePort();
        startServer();
    }

    private static void startServer() throws Exception {
        startServer("no");
    }

    private static void startServer(String clients) throws Exception {
        redis =
                new ProcessBuilder(
                                ("redis-server --port 0 --tls-port %d --bind 127.0.0.1 --save  --tls-cert-file"
                                                + " server.crt --tls-key-file server.key --tls-ca-cert-file"
                                                + " ca.crt --tls-auth-clients %s --requirepass s3cret")
                                        .formatted(port, clients)
                                        .split(" "))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        await().atMost(START)
                .ignoreExceptions()
                .until(
                        () -> {
                            try (Socket socket = new Socket()) {
                                socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
                                return true;
                            }
                        });
    }

    private static void killServer() throws InterruptedException {
        redis.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }

    private static void openssl(String arguments) throws Exception {
        Process process =
                new ProcessBuilder(("openssl " + arguments).split(" "))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(arguments).isZero();
    }

    @AfterAll
    static void stopServer() throws Exception {
        killServer();
    }

    @AfterEach
    void stop() {
        if (app != null) {
            app.close();
        }
    }

    private void start(String host, String... more) {
        List<String> settings = new ArrayList<>(List.of(more));
        settings.add("progress.notify_type=redis");
        settings.add("progress.redis.addr=" + host + ":" + port);
        settings.add("progress.redis.password=s3cret");
        settings.add("progress.replica=r1");
        settings.add("database.type=sqlite");
        settings.add("database.path=" + folder.resolve("progress.db"));
        app = NotifierApp.start(settings.toArray(String[]::new));
    }

    private void assertDelivered(String taskId) {
        String payload = NotifierApp.reference(taskId, "7", 1);
        app.publish("7", payload);
        await().atMost(Duration.ofSeconds(5)).until(() -> app.edge.received.contains(payload));
    }

    private static String root(String name) {
        return "progress.redis.tls_root_cert=" + folder.resolve(name);
    }

    @Test
    void isRealtimeAndComesBackAfterARestart() throws Exception {
        start("localhost", "progress.redis.tls=true", root("ca.crt"));
        app.awaitState(REALTIME);
        assertDelivered("t1");

        killServer();
        app.awaitState(POLLING);
        startServer();

        app.awaitState(REALTIME, Duration.ofSeconds(5));
        assertDelivered("t2");
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() {
        start("localhost", "progress.redis.tls=true", root("other.crt"));
        app.awaitState(POLLING);
        assertThat(app.circuit.snapshot().reason()).containsIgnoringCase("certificat");
    }

    @Test
    void aCertificateOfAnotherHostIsRefused() {
        start("127.0.0.1", "progress.redis.tls=true", root("ca.crt"));
        app.awaitState(POLLING);
        assertThat(app.circuit.snapshot().reason()).contains("127.0.0.1");
    }

    @Test
    void withoutARootOfItsOwnTheJvmsCountAndDoNotKnowThisOne() {
        start("localhost", "progress.redis.tls=true");
        app.awaitState(POLLING);
        assertThat(app.circuit.snapshot().reason()).containsIgnoringCase("certification path");
    }

    @Test
    void aRootCertificateThatIsMissingIsAFailedAttempt() {
        start("localhost", "progress.redis.tls=true", root("missing.crt"));
        app.awaitState(POLLING);
        assertThat(app.circuit.snapshot().reason()).contains("missing.crt");
    }

    @Test
    void aServerThatAsksForACertificateIsShownIts() throws Exception {
        killServer();
        startServer("yes");
        try {
            start("localhost", "progress.redis.tls=true", root("ca.crt"));
            app.awaitState(POLLING);
            app.close();
            start(
                    "localhost",
                    "progress.redis.tls=true",
                    root("ca.crt"),
                    "progress.redis.tls_cert=" + folder.resolve("client.crt"),
                    "progress.redis.tls_key=" + folder.resolve("client.key"));
            app.awaitState(REALTIME);
            assertDelivered("t1");
        } finally {
            killServer();
            startServer();
        }
    }

    @Test
    void withoutTlsItEndsInPolling() {
        start("localhost");
        app.awaitState(POLLING);
    }
}
