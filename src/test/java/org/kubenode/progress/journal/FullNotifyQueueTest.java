package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.notify.NotifyQueue;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.store.StoreFixture;

/**
 * A session in another database of the server listens and leaves its transaction open: nothing of
 * the queue of notifications is freed, and in the end every commit that notifies is refused.
 */
class FullNotifyQueueTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private static PgServer server;
    private Connection holder;
    private final List<String> refused = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void startServer() throws Exception {
        server = PgServer.startedWithASmallNotifyQueue();
        server.execute("CREATE DATABASE elsewhere");
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @BeforeEach
    void freeWhatNobodyHolds() throws SQLException {
        server.execute("SELECT pg_notification_queue_usage()");
    }

    @AfterEach
    void letGo() throws SQLException {
        if (holder != null) {
            holder.close();
        }
    }

    /** Returns what the server says once its queue is full. */
    static SQLException fill(PgServer server) throws SQLException {
        while (true) {
            try {
                server.notify("nobody", "x".repeat(7_900));
            } catch (SQLException full) {
                return full;
            }
        }
    }

    static Connection hold(PgServer server) throws SQLException {
        String url = "jdbc:postgresql://localhost:" + server.port() + "/elsewhere";
        Connection holder = DriverManager.getConnection(url, "postgres", "");
        try (Statement statement = holder.createStatement()) {
            statement.execute("SET application_name = 'forgotten'");
            statement.execute("LISTEN anything");
        }
        holder.setAutoCommit(false);
        try (Statement statement = holder.createStatement()) {
            statement.execute("SELECT 1");
        }
        return holder;
    }

    @Test
    void rowsAreWrittenWithoutNotificationsAndNobodyIsBlamed() throws Exception {
        try (Routes routes =
                new Routes(
                        StoreFixture.onPostgres(server.port(), PgServer.DATABASE).migrated(),
                        "postgres")) {
            holder = hold(server);
            assertThat(fill(server).getSQLState()).isEqualTo("54000");
            List<TaskRun> runs = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                TaskRun run = routes.start("full-%02d".formatted(i), "1", 60);
                run.listener(new Refusals());
                runs.add(run);
            }
            // Groups of those that were refused with their notification and of those that were not.
            for (int node = 1; node <= 60; node++) {
                for (TaskRun run : runs) {
                    routes.journal.add(NodeResult.succeeded(run, "node-" + node, "done"));
                    if (run == runs.get(node % 20)) {
                        routes.template.sendBody("direct:write-progress", null);
                    }
                }
            }
            await().atMost(SOON).until(() -> routes.journal.backlog() == 0);

            assertThat(refused).isEmpty();
            assertThat(
                            routes.store.number(
                                    "SELECT count(*) FROM progress_messages WHERE task_id LIKE 'full-%'"))
                    .isEqualTo(1_200);
            assertThat(routes.journal.figures().notified()).isZero();
            assertThat(routes.journal.figures().notNotified()).isPositive();

            holder.close();
            // The look frees what nobody holds any more; without one the server goes on refusing.
            await().atMost(SOON)
                    .until(
                            () -> {
                                routes.sql("notify-queue", 0, Map.of());
                                routes.journal.add(
                                        NodeResult.succeeded(runs.get(0), "again", "done"));
                                routes.template.sendBody("direct:write-progress", null);
                                return routes.journal.figures().notified() > 0;
                            });
        }
    }

    @Test
    void theSessionThatHoldsItBackIsNamed() throws Exception {
        try (Routes routes =
                new Routes(
                        StoreFixture.onPostgres(server.port(), PgServer.DATABASE).migrated(),
                        "postgres")) {
            holder = hold(server);
            fill(server);
            Map<String, Object> row = routes.sql("notify-queue", 0, Map.of()).get(0);
            assertThat(((Number) row.get("usage")).doubleValue()).isGreaterThan(0.9);
            assertThat(row)
                    .containsEntry("application", "forgotten")
                    .containsEntry("database", "elsewhere");
            PrometheusMeterRegistry registry =
                    new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            NotifyQueue queue = new NotifyQueue();
            queue.bindTo(registry);
            queue.seen(row);
            assertThat(registry.scrape())
                    .containsPattern(
                            "progress_notify_queue\\{application=\"forgotten\",database=\"elsewhere\",.*(0\\.9|1\\.0)");
        }
    }

    private final class Refusals implements RunListener {

        @Override
        public void refused(String why) {
            refused.add(why);
        }

        @Override
        public void lost(String why) {
            refused.add(why);
        }
    }
}
