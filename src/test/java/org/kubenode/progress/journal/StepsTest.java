package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.batch.Room;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.wire.WireCodec;

/** Each step of SQL on each store, as routes call it. */
class StepsTest {

    @TempDir Path folder;

    private Routes routes;

    private void open(String kind) {
        StoreFixture store =
                kind.equals("postgres")
                        ? StoreFixture.onPostgres()
                        : StoreFixture.onSqlite(folder.resolve("rows.db"));
        routes = new Routes(store.migrated(), "polling");
    }

    @AfterEach
    void close() {
        routes.close();
    }

    /** A map that may hold nulls. */
    private static Map<String, Object> with(Object... pairs) {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static List<String> ids(List<Map<String, Object>> rows) {
        return rows.stream()
                .map(row -> Rows.text(row, "task_id"))
                .filter(Objects::nonNull)
                .toList();
    }

    private static NewTask keyed(String taskId, String key, String hash) {
        return new NewTask(
                taskId,
                "1",
                null,
                "cordon",
                "test",
                List.of("node-1", "node-2"),
                Map.of("reason", "a \"b\""),
                10,
                hash,
                key,
                null,
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                null,
                null,
                false);
    }

    private long count(String table) {
        return routes.store.number("SELECT count(*) FROM " + table);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void theSameKeyGivesTheSameTaskAndAnotherBodyAConflict(String kind) {
        open(kind);
        Map<String, Object> first = routes.create(keyed("a", "k", "h").pending()).get(0);
        assertThat(Rows.truth(first, "created")).isTrue();
        assertThat(Rows.truth(first, "conflict")).isFalse();
        assertThat(Rows.text(first, "status")).isEqualTo("pending");
        assertThat(Rows.number(first, "epoch")).isZero();

        Map<String, Object> again = routes.create(keyed("b", "k", "h").pending()).get(0);
        assertThat(Rows.text(again, "task_id")).isEqualTo("a");
        assertThat(Rows.truth(again, "created")).isFalse();
        assertThat(Rows.truth(again, "conflict")).isFalse();

        Map<String, Object> other = routes.create(keyed("c", "k", "other").pending()).get(0);
        assertThat(Rows.truth(other, "conflict")).isTrue();

        // Repeated after an unknown outcome: its own row, with no conflict.
        Map<String, Object> repeated = routes.create(keyed("a", "k", "h").pending()).get(0);
        assertThat(Rows.truth(repeated, "created")).isTrue();
        assertThat(count("progress_tasks")).isEqualTo(1);
        assertThat(count("progress_task_inputs")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void isDueWhileItRunsAndAfterItsEndUntilItsOwnUserAcknowledges(String kind) {
        open(kind);
        TaskRun run = routes.start("0001", "1", 1);
        routes.start("0002", "2", 1);
        Map<String, Object> own = with("user_id", "1", "window_ms", 600_000);
        Map<String, Object> all = with("user_id", null, "window_ms", 600_000);
        assertThat(ids(routes.sql("due-tasks", 2, own))).containsExactly("0001");
        assertThat(ids(routes.sql("due-tasks", 2, all))).containsExactlyInAnyOrder("0002", "0001");
        routes.record(NodeResult.succeeded(run, "node-1", null));
        routes.record(TaskEnd.completed(run));
        assertThat(ids(routes.sql("due-tasks", 2, all))).containsExactlyInAnyOrder("0002", "0001");
        assertThat(ids(routes.sql("due-tasks", 2, with("user_id", "1", "window_ms", 0)))).isEmpty();

        assertThat(routes.sql("ack-task", 3, with("task_id", "0001", "user_id", "2", "seq", 2)))
                .isEmpty();
        assertThat(routes.sql("ack-task", 3, with("task_id", "0001", "user_id", "1", "seq", 1)))
                .isEmpty();
        assertThat(routes.sql("ack-task", 3, with("task_id", "0002", "user_id", "2", "seq", 0)))
                .isEmpty();
        assertThat(routes.sql("ack-task", 3, with("task_id", "0001", "user_id", "1", "seq", 2)))
                .hasSize(1);
        assertThat(ids(routes.sql("due-tasks", 2, own))).isEmpty();
    }

    /** By the clock that gives a task its end, whichever replica asks; also where none is due. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void theListOfDueTasksSaysWhenItWasAskedFor(String kind) {
        open(kind);
        Map<String, Object> own = with("user_id", "1", "window_ms", 600_000);
        Instant before = Rows.instant(routes.sql("due-tasks", 2, own).get(0), "listed_at");
        TaskRun run = routes.start("0001", "1", 1);
        routes.record(TaskEnd.completed(run));
        Instant after = Rows.instant(routes.sql("due-tasks", 2, own).get(0), "listed_at");
        Map<String, Object> everybody = with("users", null, "window_ms", 60_000);
        Instant end = Rows.instant(routes.sql("find-news", 2, everybody).get(0), "completed_at");

        assertThat(end).isBetween(before, after);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void newsTellsHowFarTheTasksOfTheNamedUsersAre(String kind) {
        open(kind);
        TaskRun run = routes.start("0001", "1", 2);
        routes.start("0002", "a \"2\"", 1);
        routes.start("0003", "3", 1);
        routes.record(NodeResult.succeeded(run, "node-1", null));
        Map<String, Object> some = with("users", "[\"1\", \"a \\\"2\\\"\"]", "window_ms", 60_000);
        List<Map<String, Object>> rows = routes.sql("find-news", 2, some);
        assertThat(ids(rows)).containsExactlyInAnyOrder("0001", "0002");
        Map<String, Object> first =
                rows.stream().filter(row -> "0001".equals(row.get("task_id"))).findFirst().get();
        assertThat(Rows.number(first, "last_seq")).isEqualTo(1);
        assertThat(Rows.number(first, "epoch")).isEqualTo(1);
        assertThat(ids(routes.sql("find-news", 2, with("users", null, "window_ms", 60_000))))
                .containsExactlyInAnyOrder("0001", "0002", "0003");
        assertThat(routes.sql("find-news", 2, with("users", "[]", "window_ms", 60_000))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aWishToCancelReachesTheOwnerByItsNextWriteItsHeartbeatAndTheWatch(String kind) {
        open(kind);
        TaskRun run = routes.start("0001", "1", 5);
        List<Instant> told = new ArrayList<>();
        run.listener(
                new RunListener() {
                    @Override
                    public void cancelRequested(Instant at) {
                        told.add(at);
                    }
                });
        Instant now = Instant.parse("2026-11-23T10:15:30.120Z");
        Map<String, Object> wish =
                with(
                        "task_id",
                        "0001",
                        "user_id",
                        "2",
                        "now",
                        WireCodec.timestamp(now),
                        "cancelled_by",
                        "Ann");
        assertThat(routes.sql("cancel-task", 4, wish)).isEmpty();
        wish.put("user_id", "1");
        assertThat(routes.sql("cancel-task", 4, wish)).hasSize(1);
        wish.put("now", WireCodec.timestamp(now.plusSeconds(9)));
        assertThat(routes.sql("cancel-task", 4, wish)).hasSize(1);

        routes.record(NodeResult.succeeded(run, "node-1", null));
        assertThat(told).isNotEmpty().containsOnly(now);
        int before = told.size();
        HeldTasks.Renewal renewal = routes.heldTasks.renewal();
        routes.heldTasks.renewed(renewal, routes.sql("renew-leases", 2, renewal.parameters()));
        assertThat(told.size()).isGreaterThan(before);
        before = told.size();
        routes.heldTasks.wishes(routes.sql("find-wishes", 1, renewal.parameters()));
        assertThat(told.size()).isGreaterThan(before);

        routes.record(TaskEnd.cancelled(run));
        assertThat(routes.sql("cancel-task", 4, wish)).isEmpty();
        assertThat(
                        Rows.text(
                                routes.sql("find-task", 2, with("task_id", "0001", "user_id", null))
                                        .get(0),
                                "status"))
                .isEqualTo("cancelled");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void claimsPendingAndHandedOverTasksAtOnceAndExpiredOnesOnlyWhenAsked(String kind) {
        open(kind);
        routes.create(Routes.task("0001", "1", 3).pending());
        TaskRun handed = routes.start("0002", "1", 3);
        routes.record(NodeResult.succeeded(handed, "node-2", null));
        routes.start("0003", "1", 3);
        routes.create(Routes.task("0004", "1", 3).running("gone", -1));
        assertThat(
                        routes.sql(
                                "hand-over",
                                1,
                                with(
                                        "tasks",
                                        "[{\"task_id\":\"0002\",\"epoch\":1},"
                                                + "{\"task_id\":\"0003\",\"epoch\":9}]")))
                .hasSize(1);

        Map<String, Object> claim = claim(10);
        claim.put("clusters", "[\"test\"]");
        List<Map<String, Object>> claimed = routes.sql("claim-tasks", 8, claim);
        assertThat(ids(claimed)).containsExactlyInAnyOrder("0001", "0002");
        Map<String, Object> second =
                claimed.stream().filter(row -> "0002".equals(row.get("task_id"))).findFirst().get();
        assertThat(Rows.number(second, "epoch")).isEqualTo(2);
        assertThat(Rows.number(second, "last_seq")).isEqualTo(1);
        assertThat(Rows.text(second, "owner")).isEqualTo("me");
        assertThat(Rows.text(second, "status")).isEqualTo("running");
        assertThat(Rows.text(second, "node_names")).contains("node-3");
        assertThat(Rows.number(second, "concurrency")).isEqualTo(10);
        assertThat(
                        routes.sql("untried-nodes", 2, with("task_id", "0002")).stream()
                                .map(row -> row.get("node_name"))
                                .toList())
                .containsExactly("node-1", "node-3");
        assertThat(routes.sql("claim-tasks", 8, claim)).isEmpty();
        claim.put("expired", true);
        assertThat(ids(routes.sql("claim-tasks", 8, claim))).containsExactly("0004");

        // The stale owner is refused.
        List<String> lost = new ArrayList<>();
        handed.listener(
                new RunListener() {
                    @Override
                    public void lost(String why) {
                        lost.add(why);
                    }
                });
        routes.record(NodeResult.succeeded(handed, "node-1", null));
        assertThat(lost).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void claimsFairlyBetweenUsersAndOldestFirst(String kind) {
        open(kind);
        for (int i = 1; i <= 4; i++) {
            routes.create(Routes.task("000" + i, "1", 1).pending());
        }
        routes.create(Routes.task("0005", "2", 1).pending());
        routes.create(Routes.task("0006", "2", 1).pending());
        Map<String, Object> claim = claim(3);
        claim.put("clusters", "[\"other\"]");
        assertThat(routes.sql("claim-tasks", 8, claim)).isEmpty();
        claim.put("clusters", "[\"other\", \"test\"]");
        assertThat(ids(routes.sql("claim-tasks", 8, claim)))
                .containsExactlyInAnyOrder("0001", "0005", "0002");
        claim.put("room", Room.forAnybody(1));
        assertThat(ids(routes.sql("claim-tasks", 8, claim))).containsExactly("0006");
    }

    private static Map<String, Object> claim(int limit) {
        Map<String, Object> claim = with("owner", "me", "lease_ms", 10_000, "expired", false);
        claim.put("room", Room.forAnybody(limit));
        claim.put("clusters", "[\"other\", \"test\"]");
        return claim;
    }

    private void waiting(String taskId, String userId, String cluster) {
        Map<String, Object> row = new HashMap<>(Routes.task(taskId, userId, 1).pending());
        row.put("cluster_name", cluster);
        routes.create(row);
    }

    private List<String> claimed(Room room) {
        Map<String, Object> claim = claim(0);
        claim.put("room", room);
        return ids(routes.sql("claim-tasks", 8, claim));
    }

    /** Also those of one user: what waits for a cluster does not wait for all before it. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void claimsFairlyBetweenClusters(String kind) {
        open(kind);
        for (int i = 1; i <= 4; i++) {
            waiting("000" + i, "1", "test");
        }
        waiting("0005", "2", "test");
        waiting("0006", "1", "other");
        waiting("0007", "3", "other");
        waiting("0008", "3", "other");
        assertThat(claimed(Room.forAnybody(1))).containsExactly("0001");
        assertThat(claimed(Room.forAnybody(1))).containsExactly("0007");
        // User 1 and the cluster test have one each: both turns count.
        assertThat(claimed(Room.forAnybody(2))).containsExactlyInAnyOrder("0005", "0006");
        assertThat(claimed(Room.forAnybody(1))).containsExactly("0008");
        assertThat(claimed(Room.forAnybody(9))).containsExactly("0002", "0003", "0004");
    }

    /** Of a replica whose places are taken but for the last. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void theLastPlacesAreForUsersAndClustersOfWhichNothingRuns(String kind) {
        open(kind);
        routes.create(Routes.task("0001", "1", 1).running("elsewhere", 60_000));
        waiting("0002", "1", "test");
        waiting("0003", "1", "other");
        waiting("0004", "2", "test");
        waiting("0005", "2", "test");
        waiting("0006", "3", "other");
        waiting("0007", "3", "other");
        assertThat(claimed(new Room(1, 1, "test", 0))).containsExactly("0006");
        assertThat(claimed(new Room(9, 1, "test", 0))).isEmpty();
        assertThat(claimed(new Room(9, 1, "", 0))).containsExactly("0004");
        assertThat(claimed(new Room(9, 1, "", 1))).isEmpty();
        routes.store.execute("DELETE FROM progress_tasks WHERE user_id = '3'");
        assertThat(claimed(new Room(9, 0, "", 1))).containsExactly("0003");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void whatWaitsIsCountedForTheUserAndTheCluster(String kind) {
        open(kind);
        waiting("0001", "1", "test");
        waiting("0002", "1", "other");
        waiting("0003", "2", "test");
        routes.create(keyed("0004", "key", "hash").running("me", 10_000));
        assertThat(waitingBefore(Routes.task("0005", "1", 1))).containsExactly(3L, 2L, 2L);
        assertThat(waitingBefore(keyed("0005", "another", "hash"))).containsExactly(3L, 2L, 2L);
        assertThat(waitingBefore(keyed("0005", "key", "hash"))).containsExactly(0L, 0L, 0L);
    }

    private List<Long> waitingBefore(NewTask task) {
        Map<String, Object> row = routes.sql("count-waiting", 4, with("batch", task)).get(0);
        return Stream.of("waiting", "of_user", "of_cluster")
                .map(column -> Rows.number(row, column))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aNewSessionIsShownTheFiftyThatEndedLastHoweverLongAgoTheyBegan(String kind) {
        open(kind);
        TaskRun longest = routes.start("0001", "1", 1);
        for (int i = 2; i <= 51; i++) {
            routes.record(TaskEnd.completed(routes.start("%04d".formatted(i), "1", 1)));
        }
        assertThat(due()).hasSize(51);
        routes.store.execute(
                "UPDATE progress_tasks SET completed_at = '%s' WHERE task_id = '0002'"
                        .formatted(WireCodec.timestamp(Instant.now().minusSeconds(60))));
        routes.record(TaskEnd.completed(longest));
        assertThat(due()).hasSize(50).contains("0001").doesNotContain("0002");
    }

    private List<String> due() {
        return ids(routes.sql("due-tasks", 2, with("user_id", "1", "window_ms", 600_000)));
    }

    /** By the clock that the window is measured with, not by that of the replica. */
    @Test
    void onPostgresATaskHasEndedWhenTheDatabaseSaysSo() {
        StoreFixture store = StoreFixture.onPostgres().migrated();
        Clock late = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-30));
        routes = new Routes(store, "polling", 10_000, late);
        routes.record(TaskEnd.completed(routes.start("0001", "1", 1)));
        assertThat(due()).containsExactly("0001");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void retriesWhatFailedOrWasNotTried(String kind) {
        open(kind);
        TaskRun run = routes.start("0001", "1", 4);
        routes.record(NodeResult.succeeded(run, "node-1", null));
        routes.record(NodeResult.failed(run, "node-3", "no"));
        routes.record(TaskEnd.cancelled(run));
        Map<String, Object> row =
                routes.sql("retry-nodes", 2, with("task_id", "0001", "user_id", "1")).get(0);
        assertThat(Rows.text(row, "node_names").replace(" ", ""))
                .isEqualTo("[\"node-2\",\"node-3\",\"node-4\"]");
        assertThat(row.get("completed_at")).isNotNull();
        Map<String, Object> read = with("task_id", "0001", "user_id", null, "since", 1, "limit", 2);
        read.put("nodes", true);
        Map<String, Object> whole = routes.sql("read-task", 5, read).get(0);
        assertThat(Rows.text(whole, "nodes").replace(" ", ""))
                .isEqualTo("[[\"node-3\",\"failed\",\"no\"],[\"node-1\",\"succeeded\",null]]");
        assertThat(Rows.text(whole, "messages").replace(" ", ""))
                .contains("\"seq\":2,", "\"seq\":3,")
                .doesNotContain("\"seq\":1,");
        read.put("nodes", false);
        assertThat(routes.sql("read-task", 5, read).get(0).get("nodes")).isNull();
        read.put("user_id", "2");
        assertThat(routes.sql("read-task", 5, read)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aPlanIsKeptByTheOwnerAloneOverAllOwnersUntilTheTaskIsReduced(String kind) {
        open(kind);
        TaskRun run = routes.start("0001", "1", 3);
        plan("0001", 2, "{\"default/x\":{\"plan\":\"evict\"}}");
        assertThat(count("progress_task_plans")).as("no owner").isZero();
        plan("0001", 1, "{\"default/a\":{\"plan\":\"evict\"},\"default/b\":{\"plan\":\"evict\"}}");
        plan("0001", 1, "{\"default/b\":{\"plan\":\"evict\",\"outcome\":\"evicted\"}}");
        Map<String, Object> asked = with("task_id", "0001", "names", "[\"node-1\",\"node-2\"]");
        Map<String, Object> row = routes.sql("read-plans", 2, asked).get(0);
        assertThat(row.get("pods").toString().replace(" ", ""))
                .isEqualTo(
                        "{\"default/a\":{\"plan\":\"evict\"},"
                                + "\"default/b\":{\"plan\":\"evict\",\"outcome\":\"evicted\"}}");
        assertThat(row.get("budgets").toString()).contains("default/web");
        assertThat(routes.sql("plan-budgets", 1, asked)).hasSize(1);
        asked.put("names", "[\"node-2\"]");
        assertThat(routes.sql("read-plans", 2, asked)).isEmpty();

        routes.record(TaskEnd.completed(run));
        assertThat(count("progress_task_plans")).isEqualTo(1);
        routes.sql("reduce-finished", 2, with("retention_ms", -1_000, "limit", 10));
        assertThat(count("progress_task_plans")).as("reduced").isZero();
        plan("0001", 1, "{}");
        routes.sql("remove-finished", 2, with("retention_ms", -1_000, "limit", 10));
        assertThat(count("progress_task_plans")).as("removed").isZero();
    }

    private void plan(String taskId, long epoch, String pods) {
        Map<String, Object> row =
                with("task_id", taskId, "epoch", epoch, "node_name", "node-1", "pods", pods);
        row.put("left_out", 0);
        row.put("budgets", "{\"default/web\":{\"allowed\":1,\"pods\":1}}");
        routes.sql("store-plan", 6, row);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void whoGoesOnLearnsWhatWasChangedOfANodeBefore(String kind) {
        open(kind);
        TaskRun run = routes.start("0001", "1", 3);
        routes.record(changed(run, "node-1", "{\"reason\":{\"from\":null,\"to\":\"a\"}}"));
        routes.record(changed(run, "node-1", "{\"reason\":{\"from\":null,\"to\":\"b\"}}"));
        routes.record(changed(run, "node-1", null));
        routes.record(changed(run, "node-2", null));
        routes.record(changed(run, "node-1", null).ofStep("drain"));
        routes.record(changed(run, "node-1", null).ofStep("step"));
        routes.record(changed(run, "node-1", null).ofStep("step"));
        List<Map<String, Object>> rows = routes.sql("untried-nodes", 2, with("task_id", "0001"));
        assertThat(rows).hasSize(3);
        assertThat(rows.get(0).get("change").toString()).contains("\"b\"").contains("null");
        assertThat(rows.get(0).get("steps").toString().split(","))
                .containsExactlyInAnyOrder("drain", "step");
        assertThat(rows.get(1)).containsEntry("change", null).containsEntry("steps", null);
        assertThat(rows.get(2)).containsEntry("change", null);
    }

    private static NodeResult changed(TaskRun run, String node, String change) {
        return new NodeResult(
                run, node, NodeResult.Status.RUNNING, "goes on", null, 0, change, null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aFinishedTaskIsReducedToItsLastMessageAndTheLastOfEachNode(String kind) {
        open(kind);
        TaskRun run = routes.start("0001", "1", 3);
        routes.record(NodeResult.interim(run, "node-1", "waits"));
        routes.record(NodeResult.succeeded(run, "node-1", null));
        routes.record(NodeResult.interim(run, "node-2", "waits"));
        routes.record(NodeResult.interim(run, "node-2", "waits on"));
        routes.record(NodeResult.failed(run, "node-3", "no"));
        routes.record(TaskEnd.cancelled(run));
        routes.record(NodeResult.interim(routes.start("0002", "1", 1), "node-1", "waits"));

        Map<String, Object> young = with("retention_ms", 60_000, "limit", 10);
        assertThat(routes.sql("reduce-finished", 2, young)).isEmpty();
        Map<String, Object> old = with("retention_ms", -1_000, "limit", 10);
        assertThat(ids(routes.sql("reduce-finished", 2, old))).containsExactly("0001");
        assertThat(routes.sql("reduce-finished", 2, old)).isEmpty();
        assertThat(
                        routes
                                .sql(
                                        "read-messages",
                                        3,
                                        with("task_id", "0001", "since", 0, "limit", 10))
                                .stream()
                                .map(row -> Rows.number(row, "seq"))
                                .toList())
                .containsExactly(2L, 4L, 5L, 6L);
        assertThat(count("progress_messages WHERE task_id = '0002'")).isEqualTo(1);
        // A read that names an earlier seq waits for no message that is gone.
        Map<String, Object> row =
                routes.sql("find-task", 2, with("task_id", "0001", "user_id", null)).get(0);
        assertThat(row.get("reduced_at")).isNotNull();
        assertThat(routes.sql("remove-finished", 2, old)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void removesFinishedTasksWholeAndInPieces(String kind) {
        open(kind);
        for (int i = 1; i <= 3; i++) {
            TaskRun run = routes.start("000" + i, "1", 1);
            routes.record(NodeResult.succeeded(run, "node-1", null));
            if (i < 3) {
                routes.record(TaskEnd.completed(run));
            }
        }
        Map<String, Object> young = with("retention_ms", 60_000, "limit", 10);
        assertThat(routes.sql("remove-finished", 2, young)).isEmpty();
        Map<String, Object> old = with("retention_ms", -1_000, "limit", 1);
        assertThat(routes.sql("remove-finished", 2, old)).hasSize(1);
        assertThat(routes.sql("remove-finished", 2, old)).hasSize(1);
        assertThat(routes.sql("remove-finished", 2, old)).isEmpty();
        assertThat(count("progress_tasks")).isEqualTo(1);
        assertThat(count("progress_task_inputs")).isEqualTo(1);
        assertThat(count("progress_messages")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aHeartbeatFindsTasksThatAreNotHeldAnyMore(String kind) {
        open(kind);
        routes.start("0001", "1", 1);
        TaskRun gone = routes.start("0002", "1", 1);
        routes.store.execute("UPDATE progress_tasks SET epoch = 5 WHERE task_id = '0002'");
        HeldTasks.Renewal renewal = routes.heldTasks.renewal();
        assertThat(
                        routes.heldTasks.renewed(
                                renewal, routes.sql("renew-leases", 2, renewal.parameters())))
                .containsExactly(gone);
    }
}
