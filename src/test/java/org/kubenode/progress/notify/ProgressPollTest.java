package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.wire.Notification;

/** The poll of the rows on both stores. */
class ProgressPollTest {

    @TempDir private Path folder;
    private StoreFixture rows;
    private NotifierApp app;

    private void store(String store) {
        rows =
                "postgres".equals(store)
                        ? StoreFixture.onPostgres()
                        : StoreFixture.onSqlite(folder.resolve("progress.db"));
    }

    private void start(String... more) throws Exception {
        List<String> settings = new ArrayList<>(List.of(more));
        settings.add("progress.replica=r1");
        if ("postgres".equals(rows.folder())) {
            settings.add("database.host=127.0.0.1");
            settings.add("database.port=" + StoreFixture.server().getPort());
            settings.add("database.database=" + rows.databaseName());
        } else {
            settings.add("database.type=sqlite");
            settings.add("database.path=" + folder.resolve("progress.db"));
        }
        app = NotifierApp.start(settings.toArray(String[]::new));
    }

    @AfterEach
    void stop() {
        if (app != null) {
            app.close();
        }
        if (rows != null) {
            rows.close();
        }
    }

    private void task(String id, String user, String status, int seq, Instant end) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        rows.execute(
                "INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total,"
                        + " epoch, last_seq, created_at, updated_at, completed_at) VALUES ('%s', '%s',"
                                .formatted(id, user)
                        + " 'cordon', 'test', '%s', 10, 1, %d, '%s', '%s', %s)"
                                .formatted(
                                        status,
                                        seq,
                                        now,
                                        now,
                                        end == null
                                                ? "NULL"
                                                : "'" + end.truncatedTo(ChronoUnit.MILLIS) + "'"));
    }

    private void awaitPolled(String... taskIds) {
        await().atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () ->
                                assertThat(app.edge.polled)
                                        .extracting(Notification::taskId)
                                        .containsExactlyInAnyOrder(taskIds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void bringsWhatTheConnectedUsersLack(String store) throws Exception {
        store(store);
        rows.migrated();
        start("progress.notify_type=polling");
        app.awaitState(POLLING);
        assertThat(app.logged(Level.INFO, "Using polling mode for progress updates")).hasSize(1);
        app.edge.users.addAll(List.of("7", "a\"b', ü"));

        task("mine", "7", "running", 3, null);
        task("odd", "a\"b'', ü", "running", 1, null);
        task("foreign", "8", "running", 3, null);
        task("new", "7", "pending", 0, null);
        task("ended", "7", "completed", 4, Instant.now().minusSeconds(30));
        task("long-ended", "7", "completed", 4, Instant.now().minusSeconds(3_600));

        awaitPolled("mine", "odd", "ended");
        rows.execute("UPDATE progress_tasks SET last_seq = 5 WHERE task_id = 'mine'");
        awaitPolled("mine", "odd", "ended", "mine");

        app.edge.all = true;
        awaitPolled("mine", "odd", "ended", "mine", "foreign");
        assertThat(app.circuit.snapshot().degradations()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void asksNothingWhileNobodyIsHere(String store) throws Exception {
        store(store);
        // Without tables every query fails, and would be heard of.
        start("progress.notify_type=polling");
        Instant end = Instant.now().plusSeconds(2);
        await().atMost(Duration.ofSeconds(4)).until(() -> Instant.now().isAfter(end));
        assertThat(app.logged(Level.WARN, "The poll of the rows failed")).isEmpty();

        app.edge.users.add("7");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> !app.logged(Level.WARN, "The poll of the rows failed").isEmpty());
        rows.migrated();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> !app.logged(Level.INFO, "works again").isEmpty());
        assertThat(app.logged(Level.WARN, "The poll of the rows failed")).hasSize(1);
    }

    @Test
    void onPostgresItIsOneIndexedQuery() throws Exception {
        store("postgres");
        rows.migrated();
        rows.execute(
                "INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total,"
                        + " created_at, updated_at, completed_at) SELECT 't' || i, 'u' || i % 500,"
                        + " 'cordon', 'test', 'completed', 1, now() - interval '1 day',"
                        + " now() - interval '1 day', now() - interval '1 day'"
                        + " FROM generate_series(1, 20000) AS i");
        rows.execute("VACUUM ANALYZE progress_tasks");
        String sql =
                new String(
                                getClass()
                                        .getResourceAsStream("/sql/postgres/find-news.sql")
                                        .readAllBytes(),
                                java.nio.charset.StandardCharsets.UTF_8)
                        .replaceAll("(?m)^--.*$", "");
        for (String users : List.of("'[\"u1\", \"u2\"]'", "NULL")) {
            String plan =
                    explain(
                            sql.replace(":#${exchangeProperty.users}", users)
                                    .replace(":#${exchangeProperty.window_ms}", "600000"));
            assertThat(plan).doesNotContain("Seq Scan on progress_tasks");
        }
    }

    private String explain(String sql) throws Exception {
        StringBuilder plan = new StringBuilder();
        try (Connection connection = rows.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet lines = statement.executeQuery("EXPLAIN " + sql)) {
            while (lines.next()) {
                plan.append(lines.getString(1)).append('\n');
            }
        }
        return plan.toString();
    }

    @Test
    void inMemoryNotificationsStayInTheProcess() {
        app = NotifierApp.start("progress.enable_database=false", "progress.replica=r1");
        app.awaitState(REALTIME);
        assertThat(app.circuit.snapshot().type()).isEqualTo("memory");
        String payload = NotifierApp.reference("t1", "7", 1);
        app.publish("7", payload);
        assertThat(app.edge.received).containsExactly(payload);
    }
}
