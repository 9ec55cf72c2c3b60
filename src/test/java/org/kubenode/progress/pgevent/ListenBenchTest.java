package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From just before the statement to the listener's callback, one message at a time, 300 bytes,
 * fsync on; then the whole component with a route behind it.
 */
@Tag("bench")
class ListenBenchTest {

    private static final Logger LOG = LoggerFactory.getLogger(ListenBenchTest.class);
    private static final int WARM_UP = 3_000;
    private static final int MESSAGES = 6_000;
    private static final String PADDING = "x".repeat(290);

    private static PgServer server;

    @BeforeAll
    static void startDurableServer() throws Exception {
        server = PgServer.started();
        server.execute(
                "ALTER SYSTEM SET fsync = on",
                "ALTER SYSTEM SET synchronous_commit = on",
                "SELECT pg_reload_conf()",
                "CREATE TABLE bench (body text)");
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "pgjdbc,false", "vertx,false", "r2dbc,false", "component,false",
        "pgjdbc,true", "vertx,true", "r2dbc,true", "component,true"
    })
    void latency(String driver, boolean insert) throws Exception {
        Arrivals arrivals = new Arrivals();
        try (AutoCloseable listener = listen(driver, arrivals);
                Connection connection = server.connect();
                PreparedStatement statement =
                        connection.prepareStatement(
                                insert
                                        ? "WITH row AS (INSERT INTO bench VALUES (?) RETURNING body)"
                                                + " SELECT pg_notify('progress_update', body) FROM row"
                                        : "SELECT pg_notify('progress_update', ?)")) {
            assertThat(listener).isNotNull();
            measure(statement, arrivals, WARM_UP, new Histogram(3));
            Histogram micros = new Histogram(3);
            measure(statement, arrivals, MESSAGES, micros);
            LOG.info(
                    "{} {}: p50 {} µs, p99 {} µs, max {} µs",
                    driver,
                    insert ? "insert + notify" : "notify",
                    micros.getValueAtPercentile(50),
                    micros.getValueAtPercentile(99),
                    micros.getMaxValue());
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
