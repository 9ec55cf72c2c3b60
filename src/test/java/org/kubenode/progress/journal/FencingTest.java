package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.batch.Room;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.StoreFixture;

/** What keeps two replicas from writing one task, and one request from becoming two. */
class FencingTest {

    @TempDir Path folder;

    private Routes open(String kind) {
        return new Routes(
                kind.equals("postgres")
                        ? StoreFixture.onPostgres().migrated()
                        : StoreFixture.onSqlite(folder.resolve("rows.db")).migrated(),
                "polling");
    }

    private static Map<String, Object> claim(boolean expired) {
        Map<String, Object> claim = new HashMap<>();
        claim.put("owner", "next");
        claim.put("lease_ms", 10_000);
        claim.put("room", Room.forAnybody(10));
        claim.put("expired", expired);
        claim.put("clusters", "[\"test\"]");
        return claim;
    }

    private static List<String> nodes(Routes routes) {
        return routes
                .sql("read-messages", 3, Map.of("task_id", "t", "since", 0, "limit", 100))
                .stream()
                .map(row -> Rows.text(row, "current_node"))
                .toList();
    }

    /** The stale owner's next seq fits: only its epoch says that it is not the owner any more. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aStaleOwnerWritesNothingAlthoughItsNextSeqWouldFit(String kind) {
        try (Routes routes = open(kind)) {
            TaskRun stale = routes.start("t", "1", 3);
            List<String> lost = new ArrayList<>();
            stale.listener(
                    new RunListener() {
                        @Override
                        public void lost(String why) {
                            lost.add(why);
                        }
                    });
            routes.record(NodeResult.succeeded(stale, "node-1", null));
            routes.sql("hand-over", 1, Map.of("tasks", "[{\"task_id\":\"t\",\"epoch\":1}]"));
            assertThat(routes.sql("claim-tasks", 8, claim(false))).hasSize(1);

            routes.record(NodeResult.failed(stale, "node-2", "by the stale owner"));
            assertThat(nodes(routes)).containsExactly("node-1");
            assertThat(lost).hasSize(1);
            routes.record(TaskEnd.completed(stale));
            assertThat(
                            routes.store.number(
                                    "SELECT count(*) FROM progress_tasks WHERE status = 'running' AND last_seq = 1"))
                    .isEqualTo(1);

            TaskRun next =
                    new TaskRun(
                            "t",
                            "1",
                            "cordon",
                            "test",
                            2,
                            3,
                            1,
                            1,
                            0,
                            Map.of(),
                            new LeaseClock(Routes.LEASE, System::nanoTime, System.nanoTime()),
                            true);
            routes.record(NodeResult.succeeded(next, "node-2", null));
            assertThat(nodes(routes)).containsExactly("node-1", "node-2");
        }
    }

    /**
     * Neither a heartbeat of the stale owner, nor its giving up, touches the next owner's lease.
     */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aStaleOwnerNeitherRenewsNorGivesUpTheNextOnesLease(String kind) {
        try (Routes routes = open(kind)) {
            routes.create(Routes.task("t", "1", 3).running("gone", -1));
            assertThat(routes.sql("claim-tasks", 8, claim(true))).hasSize(1);
            Map<String, Object> stale =
                    Map.of("tasks", "[{\"task_id\":\"t\",\"epoch\":1}]", "lease_ms", 600_000);
            assertThat(routes.sql("renew-leases", 2, stale)).isEmpty();
            assertThat(routes.sql("hand-over", 1, stale)).isEmpty();
            assertThat(
                            routes.store.number(
                                    "SELECT count(*) FROM progress_tasks WHERE owner = 'next' AND"
                                            + " lease_until IS NOT NULL"))
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void requestsWithOneKeyThatComeAtOnceAreOneTask(String kind) throws Exception {
        try (Routes routes = open(kind)) {
            List<Callable<String>> requests = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                NewTask plain = Routes.task("task-" + i, "1", 3);
                NewTask keyed =
                        new NewTask(
                                plain.taskId(),
                                "1",
                                null,
                                plain.action(),
                                plain.clusterName(),
                                plain.nodeNames(),
                                plain.params(),
                                plain.concurrency(),
                                plain.requestHash(),
                                "one-key",
                                null,
                                plain.createdAt(),
                                null,
                                null,
                                false);
                requests.add(() -> Rows.text(routes.create(keyed.pending()).get(0), "task_id"));
            }
            ExecutorService threads = Executors.newFixedThreadPool(8);
            List<String> taskIds = new ArrayList<>();
            for (Future<String> answer : threads.invokeAll(requests)) {
                taskIds.add(answer.get());
            }
            threads.shutdown();
            assertThat(taskIds.stream().distinct()).hasSize(1);
            assertThat(routes.store.number("SELECT count(*) FROM progress_tasks")).isEqualTo(1);
            assertThat(routes.store.number("SELECT count(*) FROM progress_task_inputs"))
                    .isEqualTo(1);
        }
    }
}
