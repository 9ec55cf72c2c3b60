package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;
import static org.kubenode.progress.notify.NotifierState.RECONNECTING;

import ch.qos.logback.classic.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.StoredTask;

/** The PostgreSQL transport on a real server. */
class PostgresNotifierTest {

    private static final Duration CURE = Duration.ofSeconds(5);
    private static final String LISTEN = "kube-node-manager-r1-listen";

    private PgServer server;
    private NotifierApp app;

    @BeforeEach
    void server() throws Exception {
        server = PgServer.started();
    }

    @AfterEach
    void stop() throws Exception {
        if (app != null) {
            app.close();
        }
        server.close();
    }

    private NotifierApp start(int port, String... more) {
        List<String> settings = new ArrayList<>(Arrays.asList(more));
        settings.add("progress.replica=r1");
        settings.add("database.host=127.0.0.1");
        settings.add("database.port=" + port);
        settings.add("database.database=" + PgServer.DATABASE);
        settings.add("database.password=postgres");
        app = NotifierApp.start(settings.toArray(String[]::new));
        return app;
    }

    private void assertDelivered(String taskId) {
        String payload = NotifierApp.reference(taskId, "7", 1);
        app.publish("7", payload);
        await().atMost(Duration.ofSeconds(5)).until(() -> app.edge.received.contains(payload));
    }

    @Test
    void becomesRealtimeAndSaysSoWordForWord() throws Exception {
        start(server.port()).awaitState(REALTIME);
        assertDelivered("t1");

        assertThat(app.logged(Level.INFO, "PostgreSQL LISTEN/NOTIFY notifier initialized"))
                .hasSize(1);
        assertThat(app.logged(Level.INFO, "Started postgres notification subscription")).hasSize(1);
        assertThat(
                        app.logged(
                                Level.INFO,
                                "Using PostgreSQL LISTEN/NOTIFY for real-time progress updates"))
                .hasSize(1);
        assertThat(
                        app.logged(
                                Level.DEBUG,
                                "Sent PostgreSQL notification to channel progress_update"))
                .hasSize(1);
        assertThat(server.backends(LISTEN)).hasSize(1);
    }

    @Test
    void keepsTheOrderOfTwentyThousand() throws Exception {
        start(server.port()).awaitState(REALTIME);
        List<String> received = new ArrayList<>();
        app.edge.onReceived = received::add;
        List<String> sent =
                IntStream.range(1, 20_001)
                        .mapToObj(i -> NotifierApp.reference("t1", "7", i))
                        .toList();

        try (Connection connection = server.connect();
                PreparedStatement notify =
                        connection.prepareStatement(
                                "SELECT pg_notify('progress_update', payload)"
                                        + " FROM unnest(?) AS payload")) {
            notify.setArray(1, connection.createArrayOf("text", sent.toArray()));
            notify.execute();
        }

        app.edge.awaitReceived(20_000);
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void comesBackAfterEachOfTwentyKillsWithoutALeak() throws Exception {
        start(server.port()).awaitState(REALTIME);
        for (int i = 1; i <= 20; i++) {
            for (long pid : server.backends(LISTEN)) {
                server.terminate(pid);
            }
            app.awaitState(RECONNECTING);
            app.awaitState(REALTIME, CURE);
            assertDelivered("t" + i);
        }
        assertThat(app.edge.received).hasSize(20);
        assertThat(app.circuit.snapshot().degradations()).isEqualTo(20);
        assertThat(server.backends(LISTEN)).hasSize(1);
    }

    @Test
    void startsWhileTheServerIsDownAndComesBackByItself() throws Exception {
        server.stop();
        start(server.port()).awaitState(POLLING);
        assertThat(app.logged(Level.ERROR, "PostgreSQL notifier failed, falling back to polling: "))
                .hasSize(1);
        assertThat(app.logged(Level.INFO, "Falling back to polling mode")).hasSize(1);

        server.start();
        app.awaitState(REALTIME, CURE);
        assertDelivered("t1");
        assertThat(server.backends(LISTEN)).hasSize(1);
    }

    @Test
    void comesBackAfterARestartAndPublishesAgainWhatCouldNotBeSent() throws Exception {
        start(server.port()).awaitState(REALTIME);
        server.stop();
        app.awaitState(POLLING);
        app.publish("7", NotifierApp.reference("t1", "7", 9));
        assertThat(app.logged(Level.WARN, "Failed to send notification: ")).hasSize(1);

        server.start();
        app.awaitState(REALTIME, CURE);
        // Perhaps before anybody listens again, who then reads the rows: the test below but one.
        await().atMost(CURE)
                .until(
                        () ->
                                app.logged(Level.DEBUG, "Sent PostgreSQL notification to channel")
                                                .size()
                                        == 1);
    }

    @Test
    void noticesABlackHoleAndComesBackWhenItIsGone() throws Exception {
        try (Relay relay = Relay.to("127.0.0.1", server.port())) {
            start(relay.port()).awaitState(REALTIME);
            relay.blackHole();
            app.awaitState(RECONNECTING, Duration.ofSeconds(4));
            app.awaitState(POLLING, Duration.ofSeconds(25));
            relay.heal();
            app.awaitState(REALTIME, CURE);
            assertDelivered("t1");
            app.close();
            app = null;
        }
    }

    /** With every other poll far away, and without a notification. */
    @Test
    void whatWasCommittedWhileNobodyListenedIsReadOnceTheSubscriptionIsBack() throws Exception {
        try (Relay relay = Relay.to("127.0.0.1", server.port());
                StoreFixture rows =
                        StoreFixture.onPostgres(server.port(), PgServer.DATABASE).migrated()) {
            start(
                    server.port(),
                    "database.listen_host=127.0.0.1",
                    "database.listen_port=" + relay.port(),
                    "progress.poll_interval=3600000",
                    "progress.degraded_poll_interval=60000");
            app.awaitState(REALTIME);
            app.edge.users.add("7");
            relay.refuse();
            app.awaitState(POLLING);
            StoredTask task = new StoredTask("7", rows.dataSource());
            task.write(1, 3);
            assertThat(app.edge.polled).isEmpty();

            relay.heal();

            await().atMost(CURE).until(() -> !app.edge.polled.isEmpty());
            assertThat(app.edge.polled.get(0).taskId()).isEqualTo(task.taskId);
            assertThat(app.edge.polled.get(0).seq()).isEqualTo(3);
            app.awaitState(REALTIME);
            app.close();
            app = null;
        }
    }

    @Test
    void oneFrozenBackendIsNoticedAndReplaced() throws Exception {
        start(server.port()).awaitState(REALTIME);
        long pid = server.backends(LISTEN).get(0);
        PgServer.signal("STOP", pid);
        try {
            app.awaitState(RECONNECTING, Duration.ofSeconds(4));
            app.awaitState(REALTIME, Duration.ofSeconds(12));
            assertDelivered("t1");
        } finally {
            PgServer.signal("CONT", pid);
        }
    }
}
