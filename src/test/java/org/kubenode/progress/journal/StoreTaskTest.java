package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.StoreFixture;
import org.springframework.dao.DataRetrievalFailureException;

/** A task that cannot be stored is not tried for ever, and keeps no other from being stored. */
class StoreTaskTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir Path folder;

    private StoreFixture store;
    private Routes routes;

    private void open(String kind) {
        store =
                kind.equals("postgres")
                        ? StoreFixture.onPostgres()
                        : StoreFixture.onSqlite(folder.resolve("rows.db"));
        routes = new Routes(store.migrated(), "polling");
    }

    @AfterEach
    void close() {
        routes.close();
    }

    private static Map<String, Object> row(String taskId) {
        return new HashMap<>(Routes.task(taskId, "1", 2).running("test", Routes.LEASE.toMillis()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aTaskThatIsNeitherStoredNorFoundIsAnErrorAfterTenTries(String kind) throws SQLException {
        open(kind);
        Map<String, Object> wrong = row("task-1");
        if (kind.equals("postgres")) {
            // A task without its inputs, as nothing here leaves one behind.
            routes.create(wrong);
            store.execute("DELETE FROM progress_task_inputs WHERE task_id = 'task-1'");
        } else {
            // INSERT OR IGNORE passes over what a CHECK refuses.
            wrong.put("status", "wrong");
        }
        assertThatThrownBy(() -> routes.create(wrong))
                .hasRootCauseInstanceOf(DataRetrievalFailureException.class)
                .hasRootCauseMessage("the task was neither stored nor found, in ten tries");
        // The next one is not counted on from there.
        assertThat(routes.create(row("task-2"))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void anAcceptedTaskThatTheDatabaseNeverTakesIsGivenUpAndTheNextIsStored(String kind) {
        open(kind);
        List<String> lost = new ArrayList<>();
        TaskRun wrong = accepted("task-1", lost);
        TaskRun right = accepted("task-2", lost);
        Map<String, Object> noStatement = row("task-1");
        noStatement.remove("node_names");
        routes.acceptedTasks.add(noStatement, wrong);
        routes.acceptedTasks.add(row("task-2"), right);
        await().atMost(SOON).until(right::stored);
        assertThat(wrong.stored()).isFalse();
        assertThat(wrong.lost()).isTrue();
        assertThat(lost).singleElement().asString().startsWith("it could not be stored: ");
        await().atMost(SOON).until(() -> routes.store.database().up());
        assertThat(routes.acceptedTasks.any()).isFalse();
        assertThat(routes.heldTasks.all()).containsExactly(right);
    }

    private TaskRun accepted(String taskId, List<String> lost) {
        TaskRun run =
                new TaskRun(
                        taskId,
                        "1",
                        "cordon",
                        "test",
                        1,
                        2,
                        0,
                        0,
                        0,
                        Map.of(),
                        new LeaseClock(Routes.LEASE, System::nanoTime, System.nanoTime()),
                        false);
        run.listener(
                new RunListener() {
                    @Override
                    public void lost(String why) {
                        lost.add(why);
                    }
                });
        routes.heldTasks.add(run);
        return run;
    }
}
