package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.testing.Servers;

/** A transport that is one file, on a real broker: needs Debian's mosquitto. */
@Tag("full")
class MqttExampleTest {

    private static final Duration CURE = Duration.ofSeconds(8);

    @TempDir private Path folder;
    private int port;
    private Process broker;
    private NotifierApp app;

    @BeforeEach
    void port() throws Exception {
        port = Servers.freePort();
    }

    private void startBroker() throws IOException {
        Path configuration = folder.resolve("mosquitto.conf");
        Files.writeString(
                configuration,
                "listener " + port + " 127.0.0.1\nallow_anonymous true\nuser root\n");
        broker =
                new ProcessBuilder("/usr/sbin/mosquitto", "-c", configuration.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        await().atMost(Duration.ofSeconds(10)).until(() -> Servers.accepts(port));
    }

    private void killBroker() throws InterruptedException {
        broker.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }

    private void start() {
        app =
                NotifierApp.start(
                        "progress.notify_type=mqtt",
                        "progress.replica=r1",
                        "mqtt.broker-url=tcp://127.0.0.1:" + port,
                        "database.type=sqlite",
                        "database.path=" + folder.resolve("progress.db"),
                        "camel.main.routes-include-pattern=file:routes/4*.yaml,"
                                + "file:docs/examples/45-notify-mqtt.camel.yaml");
    }

    private void assertDelivered(String taskId) {
        String payload = NotifierApp.reference(taskId, "7", 1);
        app.publish("7", payload);
        await().atMost(Duration.ofSeconds(5)).until(() -> app.edge.received.contains(payload));
    }

    @AfterEach
    void stop() throws Exception {
        if (app != null) {
            app.close();
        }
        if (broker != null) {
            killBroker();
        }
    }

    @Test
    void deliversInOrderAndOnce() throws Exception {
        startBroker();
        start();
        app.awaitState(REALTIME);
        List<String> sent =
                IntStream.range(1, 1_001)
                        .mapToObj(i -> NotifierApp.reference("t1", "7", i))
                        .toList();
        sent.forEach(payload -> app.publish("7", payload));
        app.edge.awaitReceived(1_000);
        assertThat(app.edge.received).isEqualTo(sent);
        assertThat(app.logged(Level.INFO, "Using mqtt for real-time progress updates")).hasSize(1);
    }

    @Test
    void startsWhileTheBrokerIsDownAndComesBackByItself() throws Exception {
        start();
        app.awaitState(POLLING);
        startBroker();
        app.awaitState(REALTIME, CURE);
        assertDelivered("t1");
    }

    @Test
    void comesBackAfterEachRestartOfTheBrokerAndDeliversOnce() throws Exception {
        startBroker();
        start();
        app.awaitState(REALTIME);
        for (int i = 1; i <= 3; i++) {
            killBroker();
            app.awaitState(POLLING, Duration.ofSeconds(25));
            startBroker();
            app.awaitState(REALTIME, CURE);
            assertDelivered("t" + i);
        }
        assertThat(app.edge.received).hasSize(3);
    }
}
