package org.kubenode.progress.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Our default database has the name of kube-node-manager's, whose tables are named as ours. */
@ExtendWith(OutputCaptureExtension.class)
class TablesOfAnotherProgramTest {

    private static final String TASKS =
            "CREATE TABLE progress_tasks (id bigint PRIMARY KEY, task_id text, user_id bigint,"
                    + " success_nodes text)";
    private static final String MESSAGES =
            "CREATE TABLE progress_messages (id bigint PRIMARY KEY, task_id text, processed"
                    + " boolean)";
    private static final String LINE =
            "it holds tables of another program (progress_tasks, progress_messages), as"
                    + " kube-node-manager's does; give database.schema, or another database";

    @TempDir Path folder;

    private static void fill(StoreFixture store) {
        store.execute(TASKS);
        store.execute(MESSAGES);
        store.execute("INSERT INTO progress_tasks VALUES (1, 'theirs', 1, '[]')");
    }

    private static void isNamedAndLeftAlone(StoreFixture store) {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(store.migrations()::run).hasMessage(LINE);
        }
        assertThat(store.migrations().due()).isTrue();
        assertThat(store.number("SELECT count(*) FROM progress_tasks")).isOne();
        assertThatThrownBy(() -> store.number("SELECT count(*) FROM progress_schema_history"))
                .hasMessageContaining("progress_schema_history");
        store.execute("ALTER TABLE progress_tasks RENAME TO their_tasks");
        store.execute("ALTER TABLE progress_messages RENAME TO their_messages");
        store.migrations().run();
        assertThat(store.migrations().due()).isFalse();
        assertThat(store.number("SELECT count(*) FROM progress_tasks")).isZero();
        assertThat(store.number("SELECT count(*) FROM their_tasks")).isOne();
    }

    @Test
    void areNamedAndLeftAloneInPostgres() {
        try (StoreFixture store = StoreFixture.onPostgres()) {
            fill(store);
            isNamedAndLeftAlone(store);
        }
    }

    @Test
    void areNamedAndLeftAloneInSqlite() {
        try (StoreFixture store = StoreFixture.onSqlite(folder.resolve("theirs.db"))) {
            fill(store);
            isNamedAndLeftAlone(store);
        }
    }

    @Test
    void ofAnotherSchemaAreNotMeant() {
        Servers.PostgresDatabase database = Servers.database();
        database.execute("CREATE SCHEMA progressxours");
        database.execute("SET search_path = progressxours; " + TASKS);
        try (StoreFixture store =
                StoreFixture.onPostgres(database.port(), database.name(), "progress_ours")) {
            store.migrated();
            assertThat(
                            store.number(
                                    "SELECT count(*) FROM information_schema.tables WHERE"
                                            + " table_schema = 'progress_ours' AND table_name LIKE"
                                            + " 'progress%'"))
                    .isGreaterThan(5);
        }
    }

    /** A whole replica: one line, however long, and beside them once it has a schema. */
    @Test
    void areOneLineAndOursStandBesideThemInASchema(CapturedOutput output) {
        Servers.PostgresDatabase database = Servers.database();
        database.execute(TASKS);
        database.execute(MESSAGES);
        database.execute("INSERT INTO progress_tasks VALUES (1, 'theirs', 1, '[]')");
        try (ReplicaContext replica = ReplicaContext.start("beside", database.options())) {
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> replica.bean(Database.class).reason().equals(LINE));
            // The next check, and the one after it.
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            assertThat(output.getAll().lines().filter(line -> line.contains("another program")))
                    .hasSize(1);
            assertThat(output.getAll()).doesNotContain("already exists");
        }
        List<String> options = new ArrayList<>(database.options());
        options.add("--database.schema=node_progress");
        try (ReplicaContext replica = ReplicaContext.start("beside", options)) {
            await().atMost(Duration.ofSeconds(20)).until(() -> replica.bean(Database.class).up());
            try (ProgressClient client = ProgressClient.connect(replica.port(), Tokens.user(1))) {
                String task =
                        new ApiClient(replica.port(), Tokens.user(1)).start("cordon", "test", 20);
                assertThat(client.awaitEnd(task).path("success_count").asInt()).isEqualTo(19);
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> replica.state().equals("REALTIME"));
        }
        assertThat(database.number("SELECT count(*) FROM node_progress.progress_tasks")).isOne();
        assertThat(database.number("SELECT count(*) FROM node_progress.progress_messages"))
                .isGreaterThan(20);
        assertThat(database.number("SELECT count(*) FROM public.progress_tasks")).isOne();
    }
}
