package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.store.StoreFixture;

/**
 * Another connection keeps the write lock of a SQLite file, as another process would (SQLite knows
 * no difference): readers are served, and no lease can be renewed.
 */
class LockedSqliteTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir private Path folder;

    @Test
    void isDownUntilItTakesWritesAndThenRenewsBeforeAnythingIsJudged() throws Exception {
        Path file = folder.resolve("progress.db");
        try (Routes routes = new Routes(StoreFixture.onSqlite(file).migrated(), "polling");
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            await().atMost(SOON).until(routes.store.database()::up);
            TaskRun run = routes.start("t1", "7", 3);
            statement.execute("BEGIN IMMEDIATE");

            await().atMost(SOON).until(() -> !routes.store.database().up());
            assertThat(routes.store.database().reason()).containsIgnoringCase("locked");
            await().atMost(SOON).until(routes.journal::held);
            assertThat(routes.journal.add(NodeResult.succeeded(run, "node-1", "done")))
                    .isEqualTo(Journal.SHOW);
            await().atMost(Duration.ofSeconds(30)).until(() -> run.lease().left().isNegative());

            statement.execute("COMMIT");
            await().atMost(SOON).until(routes.store.database()::up);

            // Who claims what ran out waits for a whole lease of health; by then it is renewed.
            assertThat(run.lease().left()).isPositive();
            assertThat(routes.store.database().healthyFor()).isLessThan(Duration.ofSeconds(10));
            await().atMost(SOON).until(() -> routes.journal.backlog() == 0);
            assertThat(run.lost()).isFalse();
            assertThat(routes.store.number("SELECT epoch FROM progress_tasks")).isEqualTo(1);
            assertThat(routes.store.number("SELECT last_seq FROM progress_tasks")).isEqualTo(1);
        }
    }
}
