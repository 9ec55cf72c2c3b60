package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;
import org.springframework.jdbc.core.JdbcTemplate;

/** A roll-out that takes a cluster away: one replica still knows it, the other does not. */
class UnknownClusterTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int MANY = 20;

    @TempDir static Path folder;
    private static ReplicaContext before;
    private static ReplicaContext after;
    private static StoreFixture store;
    private static JdbcTemplate rows;

    @BeforeAll
    static void start() {
        after = replica("after");
        before =
                replica(
                        "before",
                        "--clusters[1].name=old",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=2",
                        "--clusters[1].latency_ms=100");
        store = StoreFixture.onSqlite(folder.resolve("rows.db"));
        rows = new JdbcTemplate(store.dataSource());
    }

    @AfterAll
    static void stop() {
        before.close();
        after.close();
        store.close();
    }

    private static ReplicaContext replica(String name, String... clusters) {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "--database.type=sqlite",
                                "--database.path=" + folder.resolve("rows.db"),
                                "--progress.batch.max_running=2",
                                "--progress.batch.unrunnable_after=2s",
                                "--progress.timing.claim=50",
                                "--progress.timing.cancel=50"));
        options.addAll(List.of(clusters));
        ReplicaContext replica = ReplicaContext.start(name, options);
        await().atMost(SOON).until(() -> replica.bean(Database.class).up());
        return replica;
    }

    @Test
    void itsBatchesRunOnTheOneAndEndOnceItIsGone() {
        await().atMost(SOON).until(() -> after.bean(Claims.class).judgesClusters(2_000));
        for (int i = 0; i < 4; i++) {
            waiting("run-" + i, "old");
        }
        await().atMost(SOON).until(() -> count("status = 'completed' AND owner = 'before'") == 4);

        before.close();
        for (int i = 0; i < MANY; i++) {
            waiting("left-" + i, "old");
        }
        // Somebody else knows it, and has no room.
        rows.update(
                "INSERT INTO progress_replicas VALUES ('full',"
                        + " '{\"kept\": \"2999-01-01T00:00:00.000Z\"}', '2999-01-01')");
        waiting("kept", "kept");
        waiting("not-wanted", "kept");
        ApiClient api = after.api(Tokens.user(1));
        String other = api.start("cordon", ApiClient.batch("test", ApiClient.nodes(2)));
        await().atMost(SOON).until(() -> status(other).equals("completed"));
        rows.update(
                "UPDATE progress_tasks SET cancel_requested_at = created_at WHERE task_id ="
                        + " 'not-wanted'");
        await().atMost(SOON).until(() -> status("not-wanted").equals("cancelled"));
        await().atMost(SOON).until(() -> count("status = 'failed'") == MANY);
        assertThat(
                        rows.queryForList(
                                "SELECT DISTINCT error FROM progress_messages WHERE type = 'error'"
                                        + " AND task_id LIKE 'left-%'",
                                String.class))
                .containsExactly(
                        "no replica has known the cluster 'old' for 2 s"
                                + " (progress.batch.unrunnable_after)");
        assertThat(status("kept")).isEqualTo("pending");
        await().atMost(SOON).until(() -> !after.bean(RunningBatches.class).any());
    }

    @ParameterizedTest
    @ValueSource(strings = {"node_names", "params"})
    void whatIsNoJsonEndsWithTheReason(String column) {
        String taskId = "spoiled-" + column;
        waiting(taskId, "later");
        rows.update(
                "UPDATE progress_task_inputs SET " + column + " = '[' WHERE task_id = ?", taskId);
        rows.update("UPDATE progress_tasks SET cluster_name = 'test' WHERE task_id = ?", taskId);
        await().atMost(SOON).until(() -> status(taskId).equals("failed"));
        assertThat(
                        rows.queryForObject(
                                "SELECT error FROM progress_messages WHERE task_id = ?",
                                String.class,
                                taskId))
                .startsWith("its rows cannot be read: ");
    }

    private void waiting(String taskId, String cluster) {
        NewTask task =
                new NewTask(
                        taskId,
                        "1",
                        null,
                        "cordon",
                        cluster,
                        List.of("node-1", "node-2"),
                        Map.of(),
                        2,
                        "hash",
                        null,
                        null,
                        Instant.now().truncatedTo(ChronoUnit.MILLIS),
                        null,
                        null,
                        false);
        after.send("direct:store-task", new HashMap<>(task.pending()), Map.of());
    }

    private String status(String taskId) {
        return rows.queryForObject(
                "SELECT status FROM progress_tasks WHERE task_id = ?", String.class, taskId);
    }

    private int count(String which) {
        return rows.queryForObject(
                "SELECT count(*) FROM progress_tasks WHERE " + which, Integer.class);
    }
}
