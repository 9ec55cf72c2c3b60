package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Nothing is lost and nothing overtakes, however fast the server and however slow the route. */
class OrderTest {

    private static final String APPLICATION = "kube-node-manager-order-listen";

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
    void keepsTheOrderOfABurstOfTwentyThousand() throws Exception {
        try (Listening listening = Listening.on(server.port(), APPLICATION)) {
            listening.awaitSubscriptions(1);
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement()) {
                for (int start = 1; start <= 20_000; start += 100) {
                    statement.execute(
                            "SELECT pg_notify('progress_update', n::text) FROM generate_series("
                                    + start
                                    + ", "
                                    + (start + 99)
                                    + ") n");
                }
            }
            listening.awaitReceived(20_000);
            assertThat(listening.received).isEqualTo(numbers(20_000));
            assertThat(listening.losses).isEmpty();
        }
    }

    @Test
    void aSlowRouteHoldsTheServerBackAndIsNotTakenForADeadLink() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Listening listening =
                Listening.on(
                        Listening.settings(APPLICATION),
                        Listening.uri(server.port())
                                + "?queueSize=10&pingInterval=100&pingTimeout=200",
                        body -> awaitRelease(release))) {
            listening.awaitSubscriptions(1);
            // 16 MB, far more than the two sockets hold.
            server.execute(
                    "SELECT pg_notify('progress_update', rpad(n::text || ' ', 7999, 'x'))"
                            + " FROM generate_series(1, 2000) n");
            await().during(Duration.ofSeconds(2))
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> listening.losses.isEmpty());
            release.countDown();
            listening.awaitReceived(2_000);
            assertThat(listening.received.stream().map(body -> body.split(" ")[0]))
                    .containsExactlyElementsOf(numbers(2_000));
            assertThat(listening.losses).isEmpty();
        } finally {
            release.countDown();
        }
    }

    @Test
    void aFailureInTheRouteHarmsOnlyItsOwnNotification() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        try (Listening listening =
                Listening.on(
                        Listening.settings(APPLICATION),
                        Listening.uri(server.port()),
                        body -> {
                            if (seen.incrementAndGet() == 2) {
                                throw new IllegalStateException("the second one is bad");
                            }
                            if (seen.get() == 3) {
                                throw new NoClassDefFoundError("and the third one worse");
                            }
                        })) {
            listening.awaitSubscriptions(1);
            for (String body : List.of("1", "2", "3", "4")) {
                server.notify(Listening.CHANNEL, body);
            }
            listening.awaitReceived(2);
            assertThat(listening.received).containsExactly("1", "4");
        }
    }

    @Test
    void carriesAnyTextAndNamesTheChannel() throws Exception {
        String text = "{\"message\":\"Zażółć gęślą 🚀 \\u0041 'quoted'\"}\n";
        try (Listening listening = Listening.on(server.port(), APPLICATION)) {
            listening.awaitSubscriptions(1);
            server.notify(Listening.CHANNEL, text);
            listening.awaitReceived(1);
            assertThat(listening.received).containsExactly(text);
            assertThat(listening.channels).containsExactly(Listening.CHANNEL);
            assertThat(listening.names)
                    .containsExactly(
                            "pgevent://localhost:" + server.port() + "/postgres/progress_update");
        }
    }

    @Test
    void quotesTheChannelSoThatItsCaseAndSignsCount() throws Exception {
        try (Listening listening =
                Listening.on(
                        Listening.settings(APPLICATION),
                        "pgevent:localhost:" + server.port() + "/postgres/Odd%22Name%20x",
                        body -> {})) {
            listening.awaitSubscriptions(1);
            server.notify("odd\"name x", "folded");
            server.notify("Odd\"Name x", "as written");
            listening.awaitReceived(1);
            assertThat(listening.received).containsExactly("as written");
            assertThat(listening.channels).containsExactly("Odd\"Name x");
        }
    }

    private static List<String> numbers(int last) {
        return IntStream.rangeClosed(1, last).mapToObj(Integer::toString).toList();
    }

    private static void awaitRelease(CountDownLatch release) {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
