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
import java.util.UUID;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
                                "--progress.batch.unrunnable_after=2s",
                                "--progress.timing.cancel=50",
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
                null,
                null,
                false);
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
                "UPDATE progress_messages SET change = '{\"reason\": {\"from\": \"a\", \"to\": \"b\"}}'"
                        + " WHERE task_id = 'orphan-1' AND current_node = 'node-6'");
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
                                "SELECT change #>> '{reason,from}' FROM progress_messages WHERE"
                                        + " task_id = 'orphan-1' AND node_final AND current_node ="
                                        + " 'node-6'",
                                String.class))
                .as("what the earlier owner changed stands in the final row")
                .isEqualTo("a");
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
    void aRollGoesOnAtTheStepThatIsNotRecorded() {
        NewTask task = task("rolled-1", 3);
        Map<String, Object> row = new HashMap<>(task.running("gone", 600_000));
        row.put("action", "roll");
        row.put("params", "{\"max_unavailable\": 2}");
        store(row);
        rows.update(
                "INSERT INTO progress_messages (task_id, epoch, seq, user_id, type, action,"
                        + " current, total, success_count, failed_count, current_node, node_status,"
                        + " node_final, message, created_at, step, change) SELECT 'rolled-1', 1, n,"
                        + " '1', 'progress', 'roll', 0, 3, 0, 0, 'node-1', 'running', false, step,"
                        + " now(), step, change::jsonb FROM (VALUES"
                        + " (1, 'drain', '{\"boot_id\": {\"from\": \"boot-0\", \"to\": null}}'),"
                        + " (2, 'step', null)) m(n, step, change)");
        rows.update(
                "UPDATE progress_tasks SET last_seq = 2, lease_until = now() - interval '1 ms'"
                        + " WHERE task_id = 'rolled-1'");
        await().atMost(SOON).until(() -> status("rolled-1").equals("completed"));
        String steps =
                "SELECT step FROM progress_messages WHERE task_id = 'rolled-1' AND epoch = 2 AND"
                        + " step IS NOT NULL AND current_node = ? ORDER BY seq";
        assertThat(rows.queryForList(steps, String.class, "node-1")).containsExactly("ready");
        assertThat(rows.queryForList(steps, String.class, "node-2"))
                .containsExactly("drain", "step", "ready");
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE progress_task_inputs SET params = '[1]'",
                "UPDATE progress_task_inputs SET node_names = '{}'",
                "UPDATE progress_task_inputs SET node_names = '[null]'",
                "DELETE FROM progress_task_inputs"
            })
    void whatCannotBeReadEndsWithTheReasonAndHoldsNobodyUp(String spoil) {
        String spoiled = UUID.randomUUID().toString();
        String sound = UUID.randomUUID().toString();
        store(task(spoiled, 2).running("gone", 600_000));
        store(task(sound, 2).running("gone", 600_000));
        rows.update(spoil + " WHERE task_id = ?", spoiled);
        rows.update(
                "UPDATE progress_tasks SET lease_until = now() - interval '1 ms' WHERE task_id IN"
                        + " (?, ?)",
                spoiled,
                sound);
        await().atMost(SOON).until(() -> status(spoiled).equals("failed"));
        await().atMost(SOON).until(() -> status(sound).equals("completed"));
        assertThat(error(spoiled)).startsWith("its rows cannot be read: ");
        await().atMost(SOON).until(() -> !replica.getBean(RunningBatches.class).any());
    }

    private static String error(String taskId) {
        return rows.queryForObject(
                "SELECT error FROM progress_messages WHERE type = 'error' AND task_id = ?",
                String.class,
                taskId);
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

    @Test
    void aTaskWhoseClusterNobodyKnowsEndsOnceAllWhoMayKnowItAreGone() {
        await().atMost(SOON).until(() -> replica.getBean(Claims.class).judgesClusters(2_000));
        // A replica of 1.0.0 writes no row; another one is full, and gone.
        store(task("of-old-version", 2).running("old", 600_000));
        rows.update(
                "INSERT INTO progress_replicas VALUES ('other',"
                        + " jsonb_build_object('other', now() + interval '1 h'), now())");
        waitingForAnHour("unknown-1", "unknown");
        waitingForAnHour("queued-1", "other");
        awaitLookedAt("looked-1");
        assertThat(List.of(status("unknown-1"), status("queued-1"))).containsOnly("pending");

        rows.update("UPDATE progress_tasks SET completed_at = now() WHERE owner = 'old'");
        await().atMost(SOON).until(() -> status("unknown-1").equals("failed"));
        assertThat(error("unknown-1"))
                .isEqualTo(
                        "no replica has known the cluster 'unknown' for 2 s"
                                + " (progress.batch.unrunnable_after)");
        assertThat(
                        rows.queryForMap(
                                "SELECT owner, epoch, last_seq FROM progress_tasks WHERE task_id ="
                                        + " 'unknown-1'"))
                .containsEntry("owner", "survivor")
                .containsEntry("epoch", 1L)
                .containsEntry("last_seq", 1L);
        awaitLookedAt("looked-2");
        assertThat(status("queued-1")).isEqualTo("pending");

        rows.update(
                "UPDATE progress_replicas SET clusters = jsonb_build_object('other', now() -"
                        + " interval '3 s') WHERE replica = 'other'");
        await().atMost(SOON).until(() -> status("queued-1").equals("failed"));

        // Where its own clusters cannot be told, those of others cannot either.
        rows.execute("ALTER TABLE progress_replicas ADD CHECK (replica = 'other') NOT VALID");
        rows.update("DELETE FROM progress_replicas");
        waitingForAnHour("unknown-2", "unknown");
        awaitLookedAt("looked-3");
        assertThat(status("unknown-2")).isEqualTo("pending");
        rows.execute(
                "ALTER TABLE progress_replicas DROP CONSTRAINT progress_replicas_replica_check");
        await().atMost(SOON).until(() -> status("unknown-2").equals("failed"));
        assertThat(replica.getBean(RunningBatches.class).any()).isFalse();
    }

    private static void waitingForAnHour(String taskId, String cluster) {
        Map<String, Object> row = new HashMap<>(task(taskId, 2).pending());
        row.put("cluster_name", cluster);
        row.put("created_at", "2026-01-01T00:00:00.000Z");
        store(row);
    }

    /** The statement that ends a cancelled task has looked at all others that wait. */
    private static void awaitLookedAt(String taskId) {
        waitingForAnHour(taskId, "other");
        rows.update(
                "UPDATE progress_tasks SET cancel_requested_at = now() WHERE task_id = ?", taskId);
        await().atMost(SOON).until(() -> status(taskId).equals("cancelled"));
    }
}
