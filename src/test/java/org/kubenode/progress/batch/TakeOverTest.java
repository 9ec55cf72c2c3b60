package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.WholeApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/** A replica goes on with what others left: the whole application on a real database. */
class TakeOverTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private static StoreFixture store;
    private static JdbcTemplate rows;
    private static ConfigurableApplicationContext replica;

    @BeforeAll
    static void start() throws Exception {
        store = StoreFixture.onPostgres();
        rows = new JdbcTemplate(store.dataSource());
        replica =
                new SpringApplicationBuilder(WholeApplication.class)
                        .run(
                                "--server.port=0",
                                "--database.host=localhost",
                                "--database.port=" + StoreFixture.server().getPort(),
                                "--database.database=" + store.databaseName(),
                                "--jwt.secret=0123456789abcdef0123456789abcdef",
                                "--progress.lease=1000",
                                "--progress.replica=survivor",
                                "--clusters[0].name=test",
                                "--clusters[0].type=simulated",
                                "--clusters[0].nodes=100",
                                "--clusters[0].latency_ms=5",
                                "--logging.file.name=");
    }

    @AfterAll
    static void stop() {
        if (replica != null) {
            replica.close();
        }
        store.close();
    }

    private static void store(Map<String, Object> row) {
        await().atMost(SOON)
                .until(() -> replica.getBean(org.kubenode.progress.store.Database.class).up());
        replica.getBean(ProducerTemplate.class)
                .requestBody("direct:store-task", new HashMap<>(row));
    }

    private static NewTask task(String taskId, int nodes) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= nodes; i++) {
            names.add("node-" + i);
        }
        return new NewTask(
                taskId,
                "1",
                null,
                "cordon",
                "test",
                names,
                Map.of(),
                5,
                "hash",
                null,
                null,
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                null);
    }

    private static String status(String taskId) {
        return rows.queryForObject(
                "SELECT status FROM progress_tasks WHERE task_id = ?", String.class, taskId);
    }

    @Test
    void aPendingTaskIsTakenAndRun() {
        store(task("pending-1", 10).pending());
        await().atMost(SOON).until(() -> status("pending-1").equals("completed"));
        assertThat(
                        rows.queryForList(
                                "SELECT seq FROM progress_messages WHERE task_id = 'pending-1'"
                                        + " ORDER BY seq",
                                Long.class))
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
    }

    @Test
    void aTaskWhoseOwnerIsGoneGoesOnWithTheUntriedNodes() {
        store(task("orphan-1", 10).running("gone", 600_000));
        rows.update(
                "INSERT INTO progress_messages SELECT 'orphan-1', 1, n, '1', 'progress', 'cordon', n, 10,"
                        + " n, 0, 'node-' || n, 'succeeded', NULL, true, 'Processed', NULL, now()"
                        + " FROM generate_series(1, 4) n");
        rows.update(
                "INSERT INTO progress_messages SELECT 'orphan-1', 1, n, '1', 'progress', 'cordon', 4, 10,"
                        + " 4, 0, 'node-' || n, status, NULL, false, 'No result', NULL, now() FROM"
                        + " (VALUES (5, 'interrupted'), (6, 'running')) m(n, status)");
        rows.update(
                "UPDATE progress_tasks SET last_seq = 6, current = 4, success_count = 4,"
                        + " lease_until = now() - interval '1 ms' WHERE task_id = 'orphan-1'");
        await().atMost(SOON).until(() -> status("orphan-1").equals("completed"));
        Map<String, Object> task =
                rows.queryForMap("SELECT * FROM progress_tasks WHERE task_id = 'orphan-1'");
        assertThat(task)
                .containsEntry("epoch", 2L)
                .containsEntry("last_seq", 13L)
                .containsEntry("success_count", 10)
                .containsEntry("owner", "survivor");
        assertThat(
                        rows.queryForList(
                                "SELECT attempts FROM progress_messages WHERE task_id = 'orphan-1'"
                                        + " AND node_final AND epoch = 2 AND started_at <="
                                        + " created_at ORDER BY length(current_node), current_node",
                                Integer.class))
                .containsExactly(2, 2, 1, 1, 1, 1);
        assertThat(
                        rows.queryForObject(
                                "SELECT count(DISTINCT current_node) FROM progress_messages WHERE"
                                        + " task_id = 'orphan-1' AND node_final",
                                Long.class))
                .isEqualTo(10);
        assertThat(
                        rows.queryForObject(
                                "SELECT count(*) FROM progress_messages WHERE task_id = 'orphan-1'"
                                        + " AND node_final",
                                Long.class))
                .isEqualTo(10);
    }

    @Test
    void aTaskCancelledWhileItWaitedEndsWithoutTouchingANode() {
        Map<String, Object> row = task("cancelled-1", 10).running("gone", 600_000);
        store(row);
        rows.update(
                "UPDATE progress_tasks SET cancel_requested_at = now(), lease_until = NULL, owner ="
                        + " NULL WHERE task_id = 'cancelled-1'");
        await().atMost(SOON).until(() -> status("cancelled-1").equals("cancelled"));
        assertThat(
                        rows.queryForList(
                                "SELECT message FROM progress_messages WHERE task_id ="
                                        + " 'cancelled-1'",
                                String.class))
                .containsExactly("Cancelled after 0 of 10 nodes: 0 succeeded, 0 failed");
    }

    @Test
    void whatCannotBeReadEndsWithTheReasonAndHoldsNobodyUp() {
        store(task("unreadable-1", 2).running("gone", 600_000));
        store(task("unreadable-2", 2).running("gone", 600_000));
        rows.update(
                "UPDATE progress_task_inputs SET params = '[1]' WHERE task_id = 'unreadable-1'");
        rows.update(
                "UPDATE progress_tasks SET lease_until = now() - interval '1 ms' WHERE task_id LIKE"
                        + " 'unreadable-%'");
        await().atMost(SOON).until(() -> status("unreadable-1").equals("failed"));
        await().atMost(SOON).until(() -> status("unreadable-2").equals("completed"));
        assertThat(
                        rows.queryForObject(
                                "SELECT error FROM progress_messages WHERE task_id ="
                                        + " 'unreadable-1'",
                                String.class))
                .startsWith("its rows cannot be read: ");
        await().atMost(SOON).until(() -> !replica.getBean(Batches.class).any());
    }

    /** Another replica may know it. */
    @Test
    void aTaskOfAClusterThatNobodyHereKnowsIsNotClaimed() {
        Map<String, Object> elsewhere = new HashMap<>(task("elsewhere-1", 2).pending());
        elsewhere.put("cluster_name", "elsewhere");
        store(elsewhere);
        store(task("elsewhere-2", 2).pending());
        await().atMost(SOON).until(() -> status("elsewhere-2").equals("completed"));
        assertThat(status("elsewhere-1")).isEqualTo("pending");
    }
}
