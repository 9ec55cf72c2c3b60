package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.testing.Relay;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whatever state the link is in, the context stops within two seconds and leaves nothing. */
class StopTest {

    private static final Logger LOG = LoggerFactory.getLogger(StopTest.class);
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final String APPLICATION = "kube-node-manager-stop-listen";

    private static PgServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = PgServer.started();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @Test
    void whileSubscribed() throws Exception {
        Listening listening = Listening.on(server.port(), APPLICATION).awaitSubscriptions(1);
        stopsInTime(listening, "subscribed");
        leavesNothing();
    }

    @Test
    void whileItWaitsForAServerThatIsDown() throws Exception {
        try (Relay relay = Relay.to("localhost", server.port())) {
            relay.refuse();
            Listening listening = Listening.on(relay.port(), APPLICATION);
            await().until(() -> listening.failures.size() >= 4);
            stopsInTime(listening, "in the back-off");
        }
    }

    @Test
    void whileTheBackendIsFrozen() throws Exception {
        Listening listening = Listening.on(server.port(), APPLICATION).awaitSubscriptions(1);
        long backend = server.backends(APPLICATION).get(0);
        PgServer.signal("STOP", backend);
        try {
            stopsInTime(listening, "frozen");
        } finally {
            PgServer.signal("CONT", backend);
        }
        leavesNothing();
    }

    @Test
    void whileALivenessCheckWaits() throws Exception {
        try (Relay relay = Relay.to("localhost", server.port())) {
            Listening listening =
                    Listening.on(
                                    Listening.settings(APPLICATION),
                                    Listening.uri(relay.port())
                                            + "?pingInterval=50&pingTimeout=60000",
                                    body -> {})
                            .awaitSubscriptions(1);
            relay.blackHole();
            await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            stopsInTime(listening, "waiting for a liveness check");
            relay.heal();
        }
        leavesNothing();
    }

    @Test
    void whileALogInIsNotAnswered() throws Exception {
        try (Relay relay = Relay.to("localhost", server.port())) {
            relay.blackHole();
            Listening listening = Listening.on(relay.port(), APPLICATION);
            await().until(() -> relay.connections() == 1);
            stopsInTime(listening, "logging in");
            relay.heal();
        }
        leavesNothing();
    }

    @Test
    void whileTheNetworkDropsEveryPacket() throws Exception {
        List<Socket> fillers = new ArrayList<>();
        // A full backlog: the kernel drops what asks for a connection.
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            fill(deaf, fillers);
            Listening listening = Listening.on(deaf.getLocalPort(), APPLICATION);
            await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            stopsInTime(listening, "connecting");
            Listening failing = Listening.on(deaf.getLocalPort(), APPLICATION);
            await().atMost(Duration.ofSeconds(2)).until(() -> !failing.failures.isEmpty());
            stopsInTime(failing, "connecting in vain");
        } finally {
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 20, 40, 60, 80, 100, 130, 170, 210})
    void atAnyMomentOfTheLogIn(int millis) throws Exception {
        try (Relay relay = Relay.to("localhost", server.port())) {
            relay.delay(Duration.ofMillis(20));
            Listening listening = Listening.on(relay.port(), APPLICATION);
            await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
            stopsInTime(listening, millis + " ms after the start");
        }
        leavesNothing();
    }

    @Test
    void aRouteThatWasStoppedSubscribesAgainOnOneConnection() throws Exception {
        try (Listening listening = Listening.on(server.port(), APPLICATION)) {
            for (int start = 1; start <= 5; start++) {
                listening.awaitSubscriptions(start);
                server.notify(Listening.CHANNEL, "start " + start);
                listening.awaitReceived(start);
                assertThat(listening.losses).isEmpty();
                listening.context.getRouteController().stopRoute("listen");
                listening.context.getRouteController().startRoute("listen");
            }
            listening.awaitSubscriptions(6);
            assertThat(listening.received).hasSize(5);
            await().untilAsserted(() -> assertThat(server.backends(APPLICATION)).hasSize(1));
        }
        leavesNothing();
    }

    private static void fill(ServerSocket deaf, List<Socket> fillers) throws Exception {
        while (fillers.size() < 20) {
            Socket filler = new Socket();
            fillers.add(filler);
            try {
                filler.connect(deaf.getLocalSocketAddress(), 200);
            } catch (SocketTimeoutException full) {
                return;
            }
        }
    }

    private static void stopsInTime(Listening listening, String state) {
        Duration took = listening.stop();
        LOG.info("Stopped while {} in {} ms", state, took.toMillis());
        assertThat(took).isLessThan(LIMIT);
    }

    private static void leavesNothing() {
        await().untilAsserted(() -> assertThat(server.backends(APPLICATION)).isEmpty());
        await().untilAsserted(
                        () ->
                                assertThat(Thread.getAllStackTraces().keySet())
                                        .extracting(Thread::getName)
                                        .noneMatch(name -> name.contains("pgevent-")));
    }
}
