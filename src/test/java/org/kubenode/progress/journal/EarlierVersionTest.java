package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.wire.WireCodec;

/**
 * Replicas of v1.0.0 go on beside newer ones: every statement of that release runs on the tables as
 * they are now, and what it wrote before and after the migration is found like any other row.
 */
class EarlierVersionTest {

    private static final String NOW = WireCodec.timestamp(Instant.parse("2026-11-23T10:15:30Z"));

    @TempDir Path folder;

    private final Set<String> run = new TreeSet<>();
    private StoreFixture store;
    private Routes routes;

    @AfterEach
    void close() {
        if (routes != null) {
            routes.close();
        } else if (store != null) {
            store.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void everyStatementOfTheFirstReleaseRunsOnTheTablesOfToday(String kind) {
        store =
                kind.equals("postgres")
                        ? StoreFixture.onPostgres()
                        : StoreFixture.onSqlite(folder.resolve("rows.db"));
        store.migratedBy("v1.0.0");
        store.execute(
                "INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total,"
                        + " last_seq, created_at, updated_at, completed_at) VALUES ('0001', '1',"
                        + " 'drain', 'prod', 'completed', 2, 1, '%1$s', '%1$s', '%1$s')"
                                .formatted(NOW));
        store.execute(
                "INSERT INTO progress_task_inputs VALUES ('0001', '[\"node-1\", \"node-2\"]',"
                        + " '{\"reason\": \"kernel \\\"6\\\"\"}', 2, 'hash')");
        store.execute(
                "INSERT INTO progress_messages VALUES ('0001', 1, 1, '1', 'progress', 'drain', 1,"
                        + " 2, 1, 0, 'node-1', 'succeeded', NULL, %s, 'Processed', NULL, '%s')"
                                .formatted(kind.equals("postgres") ? "true" : "1", NOW));

        store.migrated();
        routes = new Routes(store, "polling");
        assertThat(copies("0001")).containsExactly("1", "prod", "drain", "kernel \"6\"");
        assertThat(tasksOf("node-2")).containsExactly("0001");

        writes();
        reads();
        // Its own migrations find the tables ahead of them, and leave them so.
        store.migratedBy("v1.0.0");
        assertThat(run).containsExactlyElementsOf(statements(kind));
        assertThat(store.number("SELECT count(*) FROM progress_task_inputs")).isEqualTo(2);
        assertThat(tasksOf("node-2")).containsExactly("0002", "0003");
    }

    private void writes() {
        v1("check-database", 0, Map.of());
        v1("create-task", 16, task("0002", null).running("old", 10_000));
        v1("create-task", 16, task("0003", "key").pending());
        if (store.folder().equals("sqlite")) {
            assertThat(v1("create-task-outcome", 4, task("0004", "key").pending()))
                    .extracting(row -> row.get("task_id"))
                    .containsExactly("0003");
        }
        assertThat(copies("0002")).containsExactly("1", "test", "cordon", "why");
        assertThat(tasksOf("node-2")).containsExactly("0001", "0002", "0003");
        v1("count-waiting", 2, Map.of("batch", task("0004", null)));
        written(1, 1, null, message(1, "progress", "\"node-1\"", true));
        written(2, 2, "completed", message(2, "complete", "null", false));
        assertThat(store.number("SELECT count(*) FROM progress_messages WHERE task_id = '0002'"))
                .isEqualTo(2);
        assertThat(
                        v1(
                                "claim-tasks",
                                4,
                                with(
                                        "owner",
                                        "old",
                                        "lease_ms",
                                        10_000,
                                        "limit",
                                        5,
                                        "expired",
                                        true)))
                .singleElement()
                .satisfies(row -> assertThat(Rows.text(row, "node_names")).contains("node-2"));
        Map<String, Object> held = with("tasks", held("0003", 1), "lease_ms", 10_000);
        assertThat(v1("renew-leases", 2, held)).hasSize(1);
        assertThat(v1("cancel-task", 3, with("task_id", "0003", "user_id", null, "now", NOW)))
                .hasSize(1);
        assertThat(v1("find-cancelled", 1, held)).hasSize(1);
        assertThat(v1("hand-over", 1, held)).hasSize(1);
        assertThat(v1("ack-task", 3, with("task_id", "0002", "user_id", "1", "seq", 2))).hasSize(1);
        if (store.folder().equals("postgres")) {
            v1("notify", 1, with("payload", "{}"));
        }
    }

    private void reads() {
        Map<String, Object> second =
                with("task_id", "0002", "user_id", "1", "since", 0, "seq", 2, "limit", 10);
        assertThat(v1("find-task", 2, second)).hasSize(1);
        List<Map<String, Object>> messages = v1("read-messages", 3, second);
        assertThat(messages.stream().map(Rows::frame).toList())
                .extracting(frame -> frame.seq())
                .containsExactly(1L, 2L);
        assertThat(v1("read-node-results", 2, second)).hasSize(1);
        assertThat(v1("untried-nodes", 1, second)).hasSize(1);
        assertThat(v1("retry-nodes", 2, second)).hasSize(1);
        assertThat(
                        v1(
                                "list-tasks",
                                4,
                                with("user_id", "1", "status", null, "before", null, "limit", 10)))
                .hasSize(3);
        assertThat(v1("due-tasks", 2, with("user_id", "1", "window_ms", 600_000))).hasSize(1);
        assertThat(v1("find-news", 2, with("users", "[\"1\"]", "window_ms", 600_000))).isNotEmpty();
        assertThat(
                        v1(
                                "find-late",
                                3,
                                with(
                                        "suspects",
                                        "[{\"task_id\":\"0002\",\"seq\":1}]",
                                        "written_after",
                                        WireCodec.timestamp(Instant.EPOCH),
                                        "written_before",
                                        WireCodec.timestamp(Instant.now().plusSeconds(60)))))
                .hasSize(1);
        assertThat(v1("remove-finished", 2, with("retention_ms", 600_000, "limit", 10)))
                .extracting(row -> row.get("task_id"))
                .containsExactly("0001");
    }

    private void written(long seq, int current, String status, String message) {
        String task =
                """
                [{"task_id":"0002","epoch":1,"first_seq":%1$d,"last_seq":%1$d,"current":%2$d,"success_count":%2$d,
                  "failed_count":0,"status":%3$s,"completed_at":%4$s,"updated_at":"%5$s","notification":null,
                  "messages":[%6$s]}]"""
                        .formatted(
                                seq,
                                current,
                                status == null ? "null" : '"' + status + '"',
                                status == null
                                        ? "null"
                                        : '"' + WireCodec.timestamp(Instant.now()) + '"',
                                NOW,
                                message);
        Map<String, Object> write = with("tasks", task, "lease_ms", 10_000);
        List<Map<String, Object>> outcome = v1("write-progress", 2, write);
        if (store.folder().equals("sqlite")) {
            outcome = v1("write-progress-outcome", 1, write);
        }
        assertThat(outcome)
                .singleElement()
                .satisfies(row -> assertThat(Rows.truth(row, "written")).isTrue());
    }

    private static String message(long seq, String type, String node, boolean last) {
        return """
               {"seq":%d,"type":"%s","current":1,"success_count":1,"failed_count":0,"current_node":%s,
                "node_status":%s,"node_error":null,"node_final":%s,"message":"m","error":null,"created_at":"%s"}"""
                .formatted(seq, type, node, last ? "\"succeeded\"" : "null", last, NOW);
    }

    private static String held(String taskId, long epoch) {
        return "[{\"task_id\":\"%s\",\"epoch\":%d}]".formatted(taskId, epoch);
    }

    private static NewTask task(String taskId, String key) {
        return new NewTask(
                taskId,
                "1",
                null,
                "cordon",
                "test",
                List.of("node-1", "node-2"),
                Map.of("reason", "why"),
                2,
                "hash",
                key,
                null,
                Instant.parse(NOW),
                null,
                null,
                false);
    }

    /** Runs a statement of v1.0.0 as its routes did. */
    private List<Map<String, Object>> v1(
            String step, int parameters, Map<String, Object> properties) {
        run.add(step + ".sql");
        return routes.sql("v1.0.0/sql", step, parameters, properties);
    }

    private static List<String> statements(String kind) {
        File[] files = Path.of("src/test/resources/v1.0.0/sql", kind).toFile().listFiles();
        return Arrays.stream(files).map(File::getName).sorted().toList();
    }

    private List<Object> copies(String taskId) {
        Map<String, Object> row =
                routes.query(
                                "SELECT user_id, cluster_name, action, reason FROM"
                                        + " progress_task_inputs WHERE task_id = '"
                                        + taskId
                                        + "'")
                        .get(0);
        return Arrays.asList(
                row.get("user_id"), row.get("cluster_name"), row.get("action"), row.get("reason"));
    }

    private List<Object> tasksOf(String node) {
        String sql =
                store.folder().equals("postgres")
                        ? "SELECT task_id FROM progress_task_inputs WHERE node_names @> '[\"%s\"]'"
                        : "SELECT task_id FROM progress_task_nodes WHERE node_name = '%s'";
        return routes.query(sql.formatted(node) + " ORDER BY task_id").stream()
                .map(row -> row.get("task_id"))
                .toList();
    }

    /** A map that may hold nulls. */
    private static Map<String, Object> with(Object... pairs) {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
