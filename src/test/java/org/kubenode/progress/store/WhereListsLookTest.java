package org.kubenode.progress.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Lists and histories are looked for by indexes of what is written once. */
class WhereListsLookTest {

    private static StoreFixture store;

    @BeforeAll
    static void start() {
        store = StoreFixture.onPostgres().migrated();
        store.execute(
                "INSERT INTO progress_tasks (task_id, user_id, action, cluster_name, status, total,"
                        + " created_at, updated_at, completed_at) SELECT lpad(i::text, 8, '0'),"
                        + " 'u' || i % 500, 'cordon', 'test', 'completed', 1, now(), now(), now()"
                        + " FROM generate_series(1, 5000) AS i");
        store.execute(
                "INSERT INTO progress_task_inputs (task_id, node_names, params, concurrency,"
                        + " request_hash) SELECT task_id, jsonb_build_array('node-' || user_id,"
                        + " 'other-' || task_id), '{}', 1, 'hash' FROM progress_tasks");
        store.execute("VACUUM ANALYZE progress_tasks");
        store.execute("VACUUM ANALYZE progress_task_inputs");
    }

    @AfterAll
    static void end() {
        store.close();
    }

    @Test
    void ofANodeByTheIndexOfNodes() throws Exception {
        assertThat(looked("list-tasks", "node", "node-u7"))
                .contains("progress_task_inputs_by_node");
        assertThat(looked("node-history", "node", "node-u7"))
                .contains("progress_task_inputs_by_node");
    }

    @Test
    void ofAUserByTheIndexOfUsers() throws Exception {
        assertThat(looked("list-tasks", "userId", "u7")).contains("progress_task_inputs_by_user");
    }

    /** The plan of a request for one thing, but for what is not asked. */
    private static String looked(String step, String filter, String value)
            throws SQLException, IOException {
        String sql;
        try (InputStream file =
                WhereListsLookTest.class.getResourceAsStream("/sql/postgres/" + step + ".sql")) {
            sql = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
        Map<String, String> given =
                Map.of(filter, value, "cluster", "test", "fetch", "10", "fromId", "0", "toId", "g");
        sql =
                Pattern.compile(":#\\$\\{exchangeProperty\\.request\\.(\\w+)}")
                        .matcher(sql.replaceAll("(?m)^--.*$", ""))
                        .replaceAll(
                                name ->
                                        given.containsKey(name.group(1))
                                                ? "'" + given.get(name.group(1)) + "'"
                                                : "NULL");
        StringBuilder plan = new StringBuilder();
        try (Connection connection = store.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet lines = statement.executeQuery("EXPLAIN ANALYZE " + sql)) {
            while (lines.next()) {
                if (!lines.getString(1).contains("never executed")) {
                    plan.append(lines.getString(1)).append('\n');
                }
            }
        }
        return plan.toString();
    }
}
