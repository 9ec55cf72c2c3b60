package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * Replicas of v1.0.0 and of this version share a database while batches run: an upgrade of one
 * after the other, and the way back. {@code mvn -Pupgrade verify}; v1.0.0 is built from its commit.
 */
@Tag("upgrade")
class UpgradeIT {

    private static final String FIRST_RELEASE = "f1dca4a70859c5fc8733bf4ef9924cb94d86c8a8";
    private static final Path FIRST_FOLDER = Path.of("target", "v1.0.0").toAbsolutePath();
    private static final Path FIRST_JAR = FIRST_FOLDER.resolve("target/kube-node-progress.jar");
    private static final String TOKEN = Tokens.user(1);
    private static final String OTHER_TOKEN = Tokens.user(2);
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int NODES = 120;
    private static final int LATENCY_MS = 300;

    private enum Version {
        FIRST,
        PRESENT;

        ReplicaProcess launch(List<String> options) {
            ReplicaProcess.Builder replica =
                    this == FIRST
                            ? ReplicaProcess.jar("v1.0.0", FIRST_JAR)
                            : ReplicaProcess.jar("present");
            return replica.options(options)
                    .options("--progress.lease=" + LEASE.toMillis())
                    .cluster(0, "test", NODES, LATENCY_MS, "node-7")
                    .cluster(1, "slow", 10, 60_000, "")
                    .launch();
        }
    }

    private final Map<ProgressClient, ReplicaProcess> watchers = new LinkedHashMap<>();
    private final List<String> taskIds = new ArrayList<>();

    private final List<ReplicaProcess> started = new CopyOnWriteArrayList<>();
    private Servers.PostgresDatabase database;
    private BatchRows rows;

    @BeforeAll
    static void buildTheFirstRelease() throws Exception {
        if (Files.exists(FIRST_JAR)) {
            return;
        }
        Files.createDirectories(FIRST_FOLDER);
        run(Path.of("").toAbsolutePath(), "git archive -o target/v1.0.0.tar " + FIRST_RELEASE);
        run(FIRST_FOLDER, "tar -xf ../v1.0.0.tar");
        run(
                FIRST_FOLDER,
                "mvn -B -ntp -q -Dmaven.test.skip=true -Dspotless.check.skip=true package");
    }

    private static void run(Path folder, String command) throws Exception {
        Path log = Files.createTempFile("upgrade", ".log");
        Process process =
                new ProcessBuilder("sh", "-c", command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        assertThat(process.waitFor())
                .as("%s: %s (is it a whole clone?)", command, Files.readString(log))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fleet.Loss.class,
            names = {"STOP", "KILL"})
    void replicasAreReplacedOneByOneAndBackWhileBatchesRun(Fleet.Loss how) {
        database = Servers.database();
        rows = new BatchRows(database);
        try {
            CompletableFuture<ReplicaProcess> first =
                    CompletableFuture.supplyAsync(() -> start(Version.FIRST));
            ReplicaProcess b = start(Version.FIRST);
            ReplicaProcess a = first.join();
            for (ReplicaProcess replica : List.of(a, b)) {
                watchers.put(ProgressClient.connect(replica.port(), TOKEN, "conflate=0"), replica);
            }
            a = replace(a, b, how, Version.PRESENT);
            areOneService(a, b);
            b = replace(b, a, how, Version.PRESENT);
            a = replace(a, b, how, Version.FIRST);
            areOneService(a, b);
            b = replace(b, a, how, Version.FIRST);
            nothingIsLost(a, b);
        } finally {
            watchers.keySet().forEach(ProgressClient::close);
            started.forEach(ReplicaProcess::close);
        }
    }

    private ReplicaProcess start(Version version) {
        ReplicaProcess replica = version.launch(database.options());
        started.add(replica);
        replica.awaitReady();
        replica.awaitStatus("state", "REALTIME", PATIENCE);
        return replica;
    }

    /** Loses a replica that runs batches; the other one goes on with them and others meanwhile. */
    private ReplicaProcess replace(
            ReplicaProcess old, ReplicaProcess other, Fleet.Loss how, Version by) {
        List<String> its = List.of(startBatch(old), startBatch(old));
        its.forEach(taskId -> rows.awaitSeq(taskId, 6));
        how.lose(old);
        watchers.forEach(
                (client, at) -> {
                    if (at == old) {
                        client.reconnect(other.port());
                    }
                });
        for (String taskId : its) {
            rows.awaitEpoch(taskId, 2, LEASE.plusSeconds(10));
            assertThat(rows.runsOn(taskId, other)).as("taken over by " + other.name()).isTrue();
        }
        await().atMost(Duration.ofSeconds(40)).until(() -> !old.isAlive());
        CompletableFuture<ReplicaProcess> next = CompletableFuture.supplyAsync(() -> start(by));
        do {
            String taskId = startBatch(other);
            await().atMost(PATIENCE).until(() -> next.isDone() || rows.ended(taskId));
        } while (!next.isDone());
        ProgressClient moves = watchers.keySet().iterator().next();
        watchers.replaceAll((client, at) -> client == moves ? next.join() : other);
        moves.reconnect(next.join().port());
        return next.join();
    }

    private String startBatch(ReplicaProcess at) {
        ObjectNode body =
                ApiClient.batch("test", ApiClient.nodes(NODES))
                        .put("concurrency", 3)
                        .put("reason", "kernel");
        String taskId = at.api(TOKEN).start("cordon", body);
        taskIds.add(taskId);
        return taskId;
    }

    private void nothingIsLost(ReplicaProcess... replicas) {
        for (String taskId : taskIds) {
            await("end of " + taskId).atMost(PATIENCE).until(() -> rows.ended(taskId));
            rows.assertWhole(taskId, NODES, 1);
            for (ProgressClient client : watchers.keySet()) {
                client.awaitEnd(taskId);
                rows.assertAppliedEachOnce(client, taskId);
            }
            for (ReplicaProcess replica : replicas) {
                JsonNode task = replica.api(TOKEN).task(taskId);
                assertThat(task.get("success_nodes")).hasSize(NODES - 1);
                assertThat(task.get("failed_nodes")).hasSize(1);
            }
        }
        watchers.keySet().forEach(client -> assertThat(client.violations()).isEmpty());
    }

    /** What is asked of one is done, known and told by the other. */
    private void areOneService(ReplicaProcess one, ReplicaProcess other) {
        for (List<ReplicaProcess> pair : List.of(List.of(one, other), List.of(other, one))) {
            ReplicaProcess works = pair.get(0);
            ReplicaProcess tells = pair.get(1);
            ApiClient its = works.api(OTHER_TOKEN);
            ApiClient others = tells.api(OTHER_TOKEN);
            try (ProgressClient client =
                    ProgressClient.connect(tells.port(), OTHER_TOKEN, "conflate=0")) {
                String key = works.name() + " " + tells.name();
                ObjectNode body = ApiClient.batch("test", List.of("node-1", "node-7"));
                String taskId = withKey(its, body, key);
                assertThat(withKey(others, body, key)).isEqualTo(taskId);
                BatchRows.assertSawAll(client, taskId, client.awaitEnd(taskId));
                assertThat(sameFields(others, its, "/api/v1/tasks/" + taskId)).isPositive();
                assertThat(sameFields(others, its, "/api/v1/tasks/" + taskId + "/messages"))
                        .isEqualTo(2);

                String retried =
                        others.post("/api/v1/tasks/" + taskId + "/retry", "")
                                .json()
                                .get("task_id")
                                .asText();
                client.awaitEnd(retried);
                assertThat(its.task(retried).get("retry_of").asText()).isEqualTo(taskId);
                assertThat(its.task(retried).get("total").asInt()).isEqualTo(1);

                String slow = its.start("cordon", ApiClient.batch("slow", ApiClient.nodes(10)));
                assertThat(others.post("/api/v1/tasks/" + slow + "/cancel", "").status())
                        .isEqualTo(202);
                assertThat(client.awaitEnd(slow, Duration.ofSeconds(10)).get("error").asText())
                        .isEqualTo("cancelled");

                List<String> all = List.of(taskId, retried, slow);
                all.forEach(client::ack);
                for (String acknowledged : all) {
                    await("ack of " + acknowledged)
                            .until(
                                    () ->
                                            database.number(
                                                            "SELECT count(*) FROM progress_tasks"
                                                                    + " WHERE acknowledged_seq ="
                                                                    + " last_seq AND task_id = '"
                                                                    + acknowledged
                                                                    + "'")
                                                    == 1);
                }
            }
        }
    }

    private static String withKey(ApiClient api, ObjectNode body, String key) {
        ApiClient.Answer answer =
                api.post(
                        "/api/v1/nodes/batch/cordon",
                        body.toString(),
                        "Idempotency-Key",
                        key.replace(' ', '-'));
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        return answer.json().get("task_id").asText();
    }

    /** How many fields two replicas show, of those that both have; they are the same. */
    private static int sameFields(ApiClient one, ApiClient other, String path) {
        JsonNode first = one.get(path).json();
        JsonNode second = other.get(path).json();
        int same = 0;
        for (Map.Entry<String, JsonNode> field : first.properties()) {
            if (second.has(field.getKey())) {
                assertThat(second.get(field.getKey()))
                        .as(field.getKey())
                        .isEqualTo(field.getValue());
                same++;
            }
        }
        return same;
    }

    @Test
    void aFileOfSqliteGoesUpAndBackWhileABatchRuns(@TempDir Path folder) throws IOException {
        List<String> options =
                List.of(
                        "--database.type=sqlite",
                        "--database.path=" + folder.resolve("progress.db"));
        ReplicaProcess replica = Version.FIRST.launch(options).awaitReady();
        ProgressClient client = ProgressClient.connect(replica.port(), TOKEN, "conflate=0");
        try {
            String taskId =
                    replica.api(TOKEN)
                            .start(
                                    "cordon",
                                    ApiClient.batch("test", ApiClient.nodes(NODES))
                                            .put("concurrency", 2));
            long seq = 0;
            for (Version next : List.of(Version.PRESENT, Version.FIRST, Version.PRESENT)) {
                client.awaitSeq(taskId, seq += 8);
                replica.kill();
                replica = next.launch(options).awaitReady();
                client.reconnect(replica.port());
            }
            JsonNode end = client.awaitEnd(taskId, PATIENCE);
            assertThat(end.get("epoch").asInt()).isEqualTo(4);
            assertThat(end.get("success_nodes")).hasSize(NODES - 1);
            assertThat(end.get("failed_nodes")).hasSize(1);
            assertThat(client.violations()).isEmpty();
            assertThat(client.frames(taskId).stream().map(ProgressClient.Received::seq).distinct())
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, end.get("seq").asLong()).boxed().toList());
        } finally {
            client.close();
            replica.close();
        }
    }
}
