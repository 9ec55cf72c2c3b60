package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From just before the statement to the listener's callback, one message at a time, 300 bytes,
 * fsync on; then the whole component with a route behind it.
 */
@Tag("bench")
@Tag("full")
class ListenBenchTest {

    private static final Logger LOG = LoggerFactory.getLogger(ListenBenchTest.class);
    private static final int ROUNDS = 5;
    private static final int WARM_UP = 500;
    private static final int MESSAGES = 2_000;
    private static final Map<String, String> STATEMENTS =
            Map.of(
                    "notify",
                    "SELECT pg_notify('progress_update', ?)",
                    "insert + notify",
                    "WITH row AS (INSERT INTO bench VALUES (?) RETURNING body)"
                            + " SELECT pg_notify('progress_update', body) FROM row");
    private static final String PADDING = "x".repeat(290);

    private static PgServer server;

    @BeforeAll
    static void startDurableServer() throws Exception {
        server = PgServer.startedDurable();
        assertThat(server.show("fsync")).isEqualTo("on");
        assertThat(server.show("synchronous_commit")).isEqualTo("on");
        server.execute("CREATE TABLE bench (body text)");
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @Test
    void latency() throws Exception {
        Map<String, List<Histogram>> results = new TreeMap<>();
        // In turn, so that neither a busy moment of the machine nor the warm-up favours one.
        for (int round = 0; round < ROUNDS; round++) {
            for (String statement : STATEMENTS.keySet()) {
                for (String driver : List.of("pgjdbc", "vertx", "r2dbc", "component")) {
                    results.computeIfAbsent(statement + ", " + driver, key -> new ArrayList<>())
                            .add(round(driver, STATEMENTS.get(statement)));
                }
            }
        }
        results.forEach(
                (what, rounds) ->
                        LOG.info(
                                "{}: p50 {} µs, p99 {} µs (a round each)",
                                what,
                                percentiles(rounds, 50),
                                percentiles(rounds, 99)));
    }

    private static List<Long> percentiles(List<Histogram> rounds, double percentile) {
        return rounds.stream().map(round -> round.getValueAtPercentile(percentile)).toList();
    }

    private static Histogram round(String driver, String sql) throws Exception {
        Arrivals arrivals = new Arrivals();
        try (AutoCloseable listener = listen(driver, arrivals);
                Connection connection = server.connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            assertThat(listener).isNotNull();
            measure(statement, arrivals, WARM_UP, new Histogram(3));
            Histogram micros = new Histogram(3);
            measure(statement, arrivals, MESSAGES, micros);
            return micros;
        }
    }

    private static void measure(
            PreparedStatement statement, Arrivals arrivals, int count, Histogram micros)
            throws SQLException, InterruptedException {
        for (int n = 0; n < count; n++) {
            String payload = n + " " + PADDING;
            statement.setString(1, payload);
            long before = System.nanoTime();
            statement.execute();
            micros.recordValue((arrivals.await(payload) - before) / 1_000);
        }
    }

    private static AutoCloseable listen(String driver, Arrivals arrivals) throws Exception {
        return switch (driver) {
            case "pgjdbc" -> pgjdbc(arrivals::arrived);
            case "vertx" -> vertx(arrivals::arrived);
            case "r2dbc" -> r2dbc(arrivals::arrived);
            default -> component(arrivals::arrived);
        };
    }

    private static AutoCloseable pgjdbc(BiConsumer<String, Long> arrived) throws Exception {
        Connection connection = server.connect();
        connection.createStatement().execute("LISTEN progress_update");
        PGConnection notified = connection.unwrap(PGConnection.class);
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                while (!Thread.currentThread().isInterrupted()) {
                                    for (PGNotification n : notified.getNotifications(100)) {
                                        arrived.accept(n.getParameter(), System.nanoTime());
                                    }
                                }
                            } catch (SQLException closed) {
                                LOG.debug("The listener ended", closed);
                            }
                        });
        thread.start();
        return () -> {
            thread.interrupt();
            thread.join();
            connection.close();
        };
    }

    private static AutoCloseable vertx(BiConsumer<String, Long> arrived) throws Exception {
        Vertx vertx = Vertx.vertx();
        PgConnectOptions options =
                new PgConnectOptions()
                        .setHost("localhost")
                        .setPort(server.port())
                        .setDatabase(PgServer.DATABASE)
                        .setUser("postgres");
        PgConnection connection =
                PgConnection.connect(vertx, options)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(5, TimeUnit.SECONDS);
        connection.notificationHandler(n -> arrived.accept(n.getPayload(), System.nanoTime()));
        connection
                .query("LISTEN progress_update")
                .execute()
                .toCompletionStage()
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
        return () ->
                vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    private static AutoCloseable r2dbc(BiConsumer<String, Long> arrived) throws Exception {
        PgLink link =
                new PgLink(
                        new PgEventAddress(
                                "localhost", server.port(), PgServer.DATABASE, Listening.CHANNEL),
                        Listening.settings("bench-listen"),
                        payload -> arrived.accept(payload, System.nanoTime()));
        link.open(Duration.ofSeconds(5));
        return link::abort;
    }

    private static AutoCloseable component(BiConsumer<String, Long> arrived) throws Exception {
        return Listening.on(
                        Listening.settings("bench-listen"),
                        Listening.uri(server.port()),
                        body -> arrived.accept(body, System.nanoTime()))
                .awaitSubscriptions(1);
    }

    private static final class Arrivals {
        private final Semaphore arrival = new Semaphore(0);
        private volatile String payload;
        private volatile long at;

        void arrived(String what, long when) {
            payload = what;
            at = when;
            arrival.release();
        }

        long await(String expected) throws InterruptedException {
            assertThat(arrival.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
            assertThat(payload).isEqualTo(expected);
            return at;
        }
    }
}
