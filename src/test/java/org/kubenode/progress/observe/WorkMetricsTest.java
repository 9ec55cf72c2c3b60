package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;
import org.springframework.jdbc.core.JdbcTemplate;

/** What the metrics say of the work, on a replica with room for one batch. */
class WorkMetricsTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private static final String BATCH_COUNT =
            "progress_batch_duration_seconds_count{action=\"cordon\",cluster=\"test\",outcome=\"completed\"}";

    private static ReplicaContext replica;
    private static String exposition;
    private static ApiClient admin;

    @BeforeAll
    static void start() {
        replica =
                ReplicaContext.start(
                        "work",
                        List.of(
                                "--progress.enable_database=false",
                                "--progress.batch.max_running=1",
                                "--progress.batch.max_operations=5",
                                "--progress.timing.waiting=100ms",
                                "--clusters[1].name=slow",
                                "--clusters[1].type=simulated",
                                "--clusters[1].nodes=3",
                                "--clusters[1].concurrency=3",
                                "--clusters[1].latency_ms=60000"));
        admin = replica.api(Tokens.admin("operator"));
        await().atMost(SOON)
                .until(
                        () ->
                                admin.get("/api/v1/progress/status")
                                        .json()
                                        .path("database")
                                        .asText()
                                        .equals("none"));
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @Test
    void resultsTimesWhatWaitsAndPlacesAreToldByCluster() {
        String slow = admin.start("cordon", "slow", 3);
        admin.start("cordon", "test", 8);

        await().atMost(SOON)
                .until(() -> value("progress_waiting_oldest_seconds{cluster=\"test\"}") > 1);
        assertThat(sample("progress_waiting_batches{cluster=\"test\"}")).isOne();
        assertThat(sample("progress_waiting_batches{cluster=\"slow\"}")).isZero();
        assertThat(sample("progress_cluster_places{cluster=\"slow\",state=\"taken\"}"))
                .isEqualTo(3);
        assertThat(sample("progress_cluster_places{cluster=\"slow\",state=\"free\"}")).isZero();
        assertThat(sample("progress_cluster_places{cluster=\"slow\",state=\"withheld\"}")).isZero();
        assertThat(sample("progress_places{kind=\"operations\",state=\"taken\"}")).isEqualTo(3);
        assertThat(sample("progress_places{kind=\"operations\",state=\"free\"}")).isEqualTo(2);
        assertThat(sample("progress_places{kind=\"batches\",state=\"taken\"}")).isOne();
        assertThat(sample("progress_places{kind=\"batches\",state=\"free\"}")).isZero();

        admin.post("/api/v1/tasks/" + slow + "/cancel", "");
        await().atMost(SOON).until(() -> value(BATCH_COUNT) == 1);
        await().atMost(SOON).until(() -> value("progress_waiting_batches{cluster=\"test\"}") == 0);
        exposition = admin.get("/actuator/prometheus").body();
        assertThat(batches("duration_seconds_sum", "test", "completed")).isBetween(1.0, 60.0);
        assertThat(batches("duration_seconds_count", "slow", "cancelled")).isOne();
        assertThat(sample("progress_batch_pending_seconds_sum{cluster=\"test\"}"))
                .isBetween(1.0, 60.0);
        assertThat(sample("progress_batch_pending_seconds_sum{cluster=\"slow\"}")).isLessThan(1);
        assertThat(results("test", "succeeded")).isEqualTo(7);
        assertThat(results("test", "failed")).isOne();
        assertThat(results("slow", "interrupted")).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatNoReplicaRunsWaitsAndWhatRunsOrEndedDoesNot(boolean postgres, @TempDir Path folder)
            throws IOException {
        try (StoreFixture store =
                (postgres
                                ? StoreFixture.onPostgres()
                                : StoreFixture.onSqlite(folder.resolve("rows.db")))
                        .migrated()) {
            task(store, "pending", "a", ago(store, 600), "NULL", "NULL");
            task(store, "young", "a", ago(store, 10), "NULL", "NULL");
            task(store, "expired", "b", ago(store, 600), ago(store, 60), "NULL");
            task(store, "running", "b", ago(store, 600), ago(store, -60), "NULL");
            task(store, "ended", "c", ago(store, 600), "NULL", ago(store, 0));

            String sql =
                    Files.readString(
                            Path.of("src/main/resources/sql", store.folder(), "waiting-tasks.sql"));
            List<Map<String, Object>> rows =
                    new JdbcTemplate(store.dataSource()).queryForList(sql + " ORDER BY 1");

            assertThat(rows).extracting(row -> row.get("cluster_name")).containsExactly("a", "b");
            assertThat(rows)
                    .extracting(row -> ((Number) row.get("waiting")).intValue())
                    .containsExactly(2, 1);
            assertThat(((Number) rows.get(0).get("oldest")).doubleValue()).isBetween(595.0, 660.0);
            assertThat(((Number) rows.get(1).get("oldest")).doubleValue()).isBetween(55.0, 120.0);
        }
    }

    private static void task(
            StoreFixture store,
            String id,
            String cluster,
            String updated,
            String lease,
            String completed) {
        store.execute(
                """
                INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total,
                  created_at, updated_at, lease_until, completed_at)
                VALUES ('%s', '1', 'cordon', '%s', 'running', 1, %s, %s, %s, %s)
                """
                        .formatted(id, cluster, updated, updated, lease, completed));
    }

    private static String ago(StoreFixture store, int seconds) {
        return store.folder().equals("postgres")
                ? "now() - interval '%d seconds'".formatted(seconds)
                : "strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '%d seconds')".formatted(-seconds);
    }

    private static double results(String cluster, String outcome) {
        return sample(
                "progress_node_results_total{action=\"cordon\",cluster=\"%s\",outcome=\"%s\"}"
                        .formatted(cluster, outcome));
    }

    private static double batches(String suffix, String cluster, String outcome) {
        return sample(
                "progress_batch_%s{action=\"cordon\",cluster=\"%s\",outcome=\"%s\"}"
                        .formatted(suffix, cluster, outcome));
    }

    private static double value(String sample) {
        exposition = admin.get("/actuator/prometheus").body();
        return sample(sample);
    }

    /** As it was last looked at; NaN where there is no such sample. */
    private static double sample(String sample) {
        return exposition
                .lines()
                .filter(line -> line.startsWith(sample + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }
}
