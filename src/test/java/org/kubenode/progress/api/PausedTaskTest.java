package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ApiClient.Answer;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** A batch is paused and goes on, whoever runs it and whoever is asked. */
class PausedTaskTest {

    private static final Duration SOON = Duration.ofSeconds(40);
    private static final Duration A_WHILE = Duration.ofMillis(800);
    private static final String OPERATOR = Tokens.user("operator");

    @TempDir private static Path folder;

    private static Servers.PostgresDatabase database;
    private static ReplicaContext a;
    private static ReplicaContext b;
    private static ReplicaContext onSqlite;

    @BeforeAll
    static void start() {
        database = Servers.database();
        a = replica("pause-a", database.options());
        b = replica("pause-b", database.options());
        onSqlite =
                replica(
                        "pause-c",
                        List.of(
                                "--database.type=sqlite",
                                "--database.path=" + folder.resolve("pause.db")));
    }

    private static ReplicaContext replica(String name, List<String> store) {
        List<String> options = new ArrayList<>(store);
        options.add("--clusters[1].name=slow");
        options.add("--clusters[1].type=simulated");
        options.add("--clusters[1].nodes=100");
        options.add("--clusters[1].latency_ms=100");
        options.add("--clusters[2].name=failing");
        options.add("--clusters[2].type=simulated");
        options.add("--clusters[2].nodes=5");
        options.add("--clusters[2].failing_nodes=node-1,node-2,node-3,node-4,node-5");
        options.add("--clusters[3].name=windowed");
        options.add("--clusters[3].type=simulated");
        options.add("--clusters[3].nodes=100");
        options.add("--clusters[3].latency_ms=300");
        options.add("--clusters[3].windows[0]=0/6 * * * * * 2s UTC");
        options.add("--clusters[4].name=guarded");
        options.add("--clusters[4].type=simulated");
        options.add("--clusters[4].nodes=10");
        options.add("--clusters[4].approval=true");
        options.add("--progress.batch.max_running=1");
        options.add("--progress.lease=2s");
        ReplicaContext started = ReplicaContext.start(name, options);
        await().atMost(SOON)
                .until(
                        () ->
                                started.api(OPERATOR)
                                        .get("/api/v1/progress/status")
                                        .json()
                                        .path("database")
                                        .asText()
                                        .equals("up"));
        return started;
    }

    @AfterAll
    static void end() {
        for (ReplicaContext replica : new ReplicaContext[] {a, b, onSqlite}) {
            if (replica != null) {
                replica.close();
            }
        }
    }

    private static ObjectNode slow(int nodes) {
        return ApiClient.batch("slow", ApiClient.nodes(nodes)).put("concurrency", 2);
    }

    private static Answer post(ReplicaContext replica, String taskId, String what) {
        return replica.api(OPERATOR).post("/api/v1/tasks/" + taskId + "/" + what, "");
    }

    private static void accepted(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
    }

    private static JsonNode task(ReplicaContext replica, String taskId) {
        return replica.api(OPERATOR).task(taskId);
    }

    private static List<String> messages(ReplicaContext replica, String taskId) {
        return replica.api(OPERATOR)
                .get("/api/v1/tasks/" + taskId + "/messages")
                .json()
                .path("messages")
                .findValuesAsText("message");
    }

    private static void awaitCurrent(ReplicaContext replica, String taskId, int current) {
        await().atMost(SOON).until(() -> task(replica, taskId).path("current").asInt() >= current);
    }

    /** What ran when it was paused has ended, and nothing more is done. */
    private static int awaitStill(ReplicaContext replica, String taskId) {
        await().atMost(SOON)
                .until(() -> messages(replica, taskId).contains("Paused by user operator"));
        String running = "/api/v1/tasks/" + taskId + "/nodes?status=running";
        awaitNoNews(replica, taskId);
        assertThat(replica.api(OPERATOR).get(running).json().path("nodes")).isEmpty();
        return task(replica, taskId).path("current").asInt();
    }

    private static void awaitNoNews(ReplicaContext replica, String taskId) {
        AtomicLong last = new AtomicLong(-1);
        await().during(A_WHILE)
                .atMost(SOON)
                .until(
                        () -> {
                            long seq = task(replica, taskId).path("seq").asLong();
                            return last.getAndSet(seq) == seq;
                        });
    }

    private static JsonNode awaitCompleted(ReplicaContext replica, String taskId, int nodes) {
        await().atMost(SOON)
                .until(() -> task(replica, taskId).path("status").asText().equals("completed"));
        JsonNode task = task(replica, taskId);
        assertThat(task.path("success_count").asInt()).isEqualTo(nodes);
        List<Long> seqs = new ArrayList<>();
        replica.api(OPERATOR)
                .get("/api/v1/tasks/" + taskId + "/messages")
                .json()
                .path("messages")
                .forEach(message -> seqs.add(message.path("seq").asLong()));
        assertThat(seqs)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, task.path("seq").asLong()).boxed().toList());
        return task;
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aPausedBatchStartsNoFurtherNodeKeepsItsStatusAndGoesOn(String store) {
        ReplicaContext replica = store.equals("postgres") ? a : onSqlite;
        try (ProgressClient client =
                ProgressClient.connect(replica.port(), OPERATOR, "conflate=0")) {
            String taskId = replica.api(OPERATOR).start("cordon", slow(40));
            awaitCurrent(replica, taskId, 2);
            Answer paused = post(replica, taskId, "pause");
            accepted(paused);
            assertThat(paused.json().path("paused_at").asText()).isNotEmpty();
            assertThat(post(replica, taskId, "pause").status()).isEqualTo(409);
            int current = awaitStill(replica, taskId);
            assertThat(current).isBetween(2, 39);
            JsonNode task = task(replica, taskId);
            assertThat(task.path("status").asText()).isEqualTo("running");
            assertThat(task.path("paused_at")).isEqualTo(paused.json().path("paused_at"));

            Answer resumed = post(replica, taskId, "resume");
            accepted(resumed);
            assertThat(resumed.json().path("paused_at").isNull()).isTrue();
            assertThat(post(replica, taskId, "resume").status()).isEqualTo(409);
            client.awaitEnd(taskId);
            awaitCompleted(replica, taskId, 40);
            assertThat(messages(replica, taskId)).contains("Resumed by user operator");
            assertThat(client.violations()).isEmpty();
            assertThat(client.frames(taskId))
                    .filteredOn(frame -> frame.json().path("message").asText().contains("sumed by"))
                    .singleElement()
                    .satisfies(
                            frame -> {
                                assertThat(frame.type()).isEqualTo("progress");
                                assertThat(frame.json().path("current_node").isNull()).isTrue();
                            });
            assertThat(post(replica, taskId, "pause").status()).isEqualTo(409);
        }
    }

    @Test
    void aPauseAskedOfAnotherReplicaOutlivesTheOwnerAndEndsThere() {
        String taskId = a.api(OPERATOR).start("cordon", slow(40));
        awaitCurrent(a, taskId, 2);
        accepted(post(b, taskId, "pause"));
        int current = awaitStill(b, taskId);

        // Its owner is gone: who takes it over starts nothing.
        JdbcTemplate rows = new JdbcTemplate(new DriverManagerDataSource(database.jdbcUrl()));
        long epoch = task(a, taskId).path("epoch").asLong();
        rows.update(
                "UPDATE progress_tasks SET owner = 'gone', epoch = epoch + 1, lease_until = now()"
                        + " WHERE task_id = ?",
                taskId);
        await().atMost(SOON).until(() -> task(b, taskId).path("epoch").asLong() >= epoch + 2);
        awaitNoNews(b, taskId);
        assertThat(task(b, taskId).path("current").asInt()).isEqualTo(current);

        accepted(post(b, taskId, "resume"));
        awaitCompleted(b, taskId, 40);
    }

    @Test
    void aPausedBatchIsCancelled() {
        String taskId = a.api(OPERATOR).start("cordon", slow(40));
        awaitCurrent(a, taskId, 2);
        accepted(post(a, taskId, "pause"));
        awaitStill(a, taskId);
        accepted(post(b, taskId, "cancel"));
        await().atMost(SOON)
                .until(() -> task(a, taskId).path("status").asText().equals("cancelled"));
    }

    @Test
    void aBatchThatIsHandedOverWhilePausedIsTakenByNobodyUntilItGoesOn() {
        ReplicaContext leaving = replica("pause-d", database.options());
        String taskId = leaving.api(OPERATOR).start("cordon", slow(40));
        awaitCurrent(leaving, taskId, 2);
        accepted(post(leaving, taskId, "pause"));
        int current = awaitStill(a, taskId);
        long epoch = task(a, taskId).path("epoch").asLong();
        leaving.close();
        awaitNoNews(a, taskId);
        assertThat(task(a, taskId).path("epoch").asLong()).isEqualTo(epoch);
        assertThat(task(a, taskId).path("current").asInt()).isEqualTo(current);
        accepted(post(a, taskId, "resume"));
        awaitCompleted(a, taskId, 40);
    }

    /** This replica runs one batch at a time. */
    @Test
    void aPausedBatchKeepsNoPlaceFromOthersAndOneThatIsPausedWhileItWaitsIsNotStarted() {
        ReplicaContext replica = onSqlite;
        String first = replica.api(OPERATOR).start("cordon", slow(60));
        String second = replica.api(OPERATOR).start("cordon", slow(4));
        assertThat(task(replica, second).path("status").asText()).isEqualTo("pending");
        accepted(post(replica, second, "pause"));
        accepted(post(replica, first, "pause"));
        awaitStill(replica, first);
        String third = replica.api(OPERATOR).start("cordon", slow(4));
        awaitCompleted(replica, third, 4);
        JsonNode waiting = task(replica, second);
        assertThat(waiting.path("status").asText()).isEqualTo("pending");
        assertThat(waiting.path("paused_at").isNull()).isFalse();

        accepted(post(replica, second, "resume"));
        awaitCompleted(replica, second, 4);
        String fourth = replica.api(OPERATOR).start("cordon", slow(4));
        accepted(post(replica, first, "cancel"));
        awaitCompleted(replica, fourth, 4);
        // One that is paused while it waits ends when it is cancelled.
        first = replica.api(OPERATOR).start("cordon", slow(60));
        second = replica.api(OPERATOR).start("cordon", slow(4));
        accepted(post(replica, second, "pause"));
        accepted(post(replica, second, "cancel"));
        String cancelled = second;
        await().atMost(SOON)
                .until(() -> task(replica, cancelled).path("status").asText().equals("cancelled"));
        accepted(post(replica, first, "cancel"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aBatchPausesEachTimeSoManyMoreHaveFailed(String store) {
        ReplicaContext replica = store.equals("postgres") ? a : onSqlite;
        ObjectNode body =
                ApiClient.batch("failing", ApiClient.nodes(5))
                        .put("concurrency", 1)
                        .put("pause_after_failures", 2);
        String taskId = replica.api(OPERATOR).start("cordon", body);
        for (int failures = 2; failures <= 4; failures += 2) {
            int expected = failures;
            await().atMost(SOON).until(() -> !task(replica, taskId).path("paused_at").isNull());
            awaitNoNews(replica, taskId);
            JsonNode task = task(replica, taskId);
            assertThat(task.path("failed_count").asInt()).isEqualTo(expected);
            assertThat(task.path("message").asText())
                    .isEqualTo("Paused after 2 failed nodes (pause_after_failures is 2)");
            accepted(post(replica, taskId, "resume"));
        }
        await().atMost(SOON)
                .until(() -> task(replica, taskId).path("status").asText().equals("completed"));
        assertThat(task(replica, taskId).path("failed_count").asInt()).isEqualTo(5);
    }

    /** Each replica runs one batch at a time: what waits for its time keeps no place either. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aBatchWaitsForItsTimeAndHoldsNobodyUpMeanwhile(String store) {
        ReplicaContext replica = store.equals("postgres") ? a : onSqlite;
        Instant startsAt = Instant.now().plusSeconds(4).truncatedTo(ChronoUnit.MILLIS);
        String taskId =
                replica.api(OPERATOR)
                        .start("cordon", slow(4).put("starts_at", startsAt.toString()));
        String never =
                replica.api(OPERATOR)
                        .start(
                                "cordon",
                                slow(4).put("starts_at", startsAt.plusSeconds(3600).toString()));
        JsonNode waiting = task(replica, taskId);
        assertThat(waiting.path("status").asText()).isEqualTo("pending");
        assertThat(Instant.parse(waiting.path("starts_at").asText())).isEqualTo(startsAt);
        // Neither is it started by a pause that ends.
        accepted(post(replica, never, "pause"));
        accepted(post(replica, never, "resume"));
        String next = replica.api(OPERATOR).start("cordon", slow(2));
        assertThat(task(replica, next).path("started_at").isNull()).isFalse();
        JsonNode ended = awaitCompleted(replica, taskId, 4);
        assertThat(Instant.parse(ended.path("started_at").asText())).isAfterOrEqualTo(startsAt);
        assertThat(task(replica, never).path("status").asText()).isEqualTo("pending");
        accepted(post(replica, never, "cancel"));
        await().atMost(SOON)
                .until(() -> task(replica, never).path("status").asText().equals("cancelled"));
    }

    /** A window of two seconds opens every six. */
    @Test
    void aBatchStartsNodesInItsWindowsAloneAndADryRunAtOnce() {
        await().until(() -> Instant.now().getEpochSecond() % 6 == 2);
        ObjectNode body = ApiClient.batch("windowed", ApiClient.nodes(12)).put("concurrency", 1);
        String taskId = onSqlite.api(OPERATOR).start("cordon", body);
        JsonNode waiting = task(onSqlite, taskId);
        assertThat(waiting.path("status").asText()).isEqualTo("pending");
        assertThat(Instant.parse(waiting.path("starts_at").asText()).getEpochSecond() % 6).isZero();
        String dry = onSqlite.api(OPERATOR).start("cordon", body.deepCopy().put("dry_run", true));
        assertThat(task(onSqlite, dry).path("status").asText()).isEqualTo("running");
        accepted(post(onSqlite, dry, "cancel"));

        await().atMost(SOON)
                .until(
                        () ->
                                messages(onSqlite, taskId).stream()
                                        .anyMatch(
                                                text ->
                                                        text.startsWith(
                                                                "Waits for the maintenance window"
                                                                        + " of windowed, which"
                                                                        + " opens at ")));
        // It keeps no place meanwhile.
        String other = onSqlite.api(OPERATOR).start("cordon", slow(2));
        assertThat(task(onSqlite, other).path("status").asText()).isNotEqualTo("pending");
        awaitCompleted(onSqlite, taskId, 12);
        assertThat(messages(onSqlite, taskId)).contains("Goes on: its maintenance window is open");
        JsonNode nodes =
                onSqlite.api(OPERATOR)
                        .get("/api/v1/tasks/" + taskId + "/nodes")
                        .json()
                        .path("nodes");
        assertThat(nodes.findValuesAsText("started_at"))
                .hasSize(12)
                .allSatisfy(
                        at ->
                                assertThat(Instant.parse(at).toEpochMilli() % 6_000)
                                        .isLessThan(3_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aLargeBatchWaitsForASecondPersonAndADryRunDoesNot(String store) {
        ReplicaContext replica = store.equals("postgres") ? a : onSqlite;
        ObjectNode body = ApiClient.batch("guarded", ApiClient.nodes(3));
        String dry = replica.api(OPERATOR).start("cordon", body.deepCopy().put("dry_run", true));
        awaitCompleted(replica, dry, 3);
        String taskId = replica.api(OPERATOR).start("cordon", body);
        assertThat(task(replica, taskId).path("status").asText()).isEqualTo("pending");
        String approve = "/api/v1/tasks/" + taskId + "/approve";
        assertThat(replica.api(Tokens.viewer(9)).post(approve, "").status()).isEqualTo(403);
        assertThat(replica.api(Tokens.admin("operator")).post(approve, "").status()).isEqualTo(403);
        accepted(post(replica, taskId, "pause"));
        accepted(post(replica, taskId, "resume"));
        awaitNoNews(replica, taskId);
        assertThat(task(replica, taskId).path("status").asText()).isEqualTo("pending");

        accepted(post(replica, taskId, "pause"));
        accepted(replica.api(Tokens.admin("chief")).post(approve, ""));
        awaitNoNews(replica, taskId);
        assertThat(task(replica, taskId).path("status").asText()).isEqualTo("pending");
        accepted(post(replica, taskId, "resume"));
        awaitCompleted(replica, taskId, 3);
        assertThat(post(replica, dry, "approve").status()).isEqualTo(403);
        String never = replica.api(OPERATOR).start("cordon", body);
        accepted(post(replica, never, "cancel"));
        await().atMost(SOON)
                .until(() -> task(replica, never).path("status").asText().equals("cancelled"));
    }

    @Test
    void onlyWhoMayChangeATaskPausesIt() {
        String taskId = a.api(OPERATOR).start("cordon", slow(100));
        String pause = "/api/v1/tasks/" + taskId + "/pause";
        assertThat(a.api(Tokens.viewer(9)).post(pause, "").status()).isEqualTo(403);
        assertThat(a.api(Tokens.user("other")).post(pause, "").status()).isEqualTo(404);
        assertThat(a.api(OPERATOR).post(pause + "?now=true", "").status()).isEqualTo(400);
        assertThat(task(a, taskId).path("paused_at").isNull()).isTrue();
        assertThat(messages(a, taskId)).noneMatch(message -> message.startsWith("Paused"));
        accepted(post(a, taskId, "cancel"));
    }
}
