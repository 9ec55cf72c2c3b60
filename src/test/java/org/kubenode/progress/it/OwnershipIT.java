package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * A batch outlives its replica: killed, frozen or stopped, and told from another one. Those that
 * need a replica to be started again come last, and the longest ones are for the full suite.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnershipIT {

    private static final String TOKEN = Tokens.user(1);
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final int NODES = 60;

    private static BatchRows rows;
    private static Relay listen;
    private static ReplicaProcess a;
    private static ReplicaProcess b;

    @BeforeAll
    static void startBoth() throws IOException {
        Servers.PostgresDatabase database = Servers.database();
        rows = new BatchRows(database);
        listen = Relay.to("127.0.0.1", database.port());
        a = replica("a", database).launch();
        b = replica("b", database).launch();
        Fleet.awaitRealtime(a.awaitReady());
        Fleet.awaitRealtime(b.awaitReady());
    }

    private static ReplicaProcess.Builder replica(String name, Servers.PostgresDatabase database) {
        return ReplicaProcess.jar("own-" + name)
                .options(database.options())
                .options(
                        "--database.listen_host=127.0.0.1",
                        "--database.listen_port=" + listen.port(),
                        "--progress.lease=" + LEASE.toMillis(),
                        "--logging.level.org.kubenode.progress.batch=DEBUG")
                .cluster(0, "test", NODES, 200, "node-7")
                .cluster(1, "slow", NODES, 60_000, "");
    }

    @BeforeEach
    void restart() {
        if (!a.isAlive()) {
            Fleet.awaitRealtime(a.restart());
        }
    }

    @AfterAll
    static void endBoth() throws IOException {
        a.close();
        b.close();
        listen.close();
    }

    private static ObjectNode body(String cluster, int concurrency) {
        return ApiClient.batch(cluster, ApiClient.nodes(NODES)).put("concurrency", concurrency);
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    private static void report(String what, Duration took) {
        System.out.printf("measured: %s %d ms%n", what, took.toMillis());
    }

    @Test
    @Order(Integer.MAX_VALUE - 1)
    void aKilledOwnersBatchGoesOnWithinItsLeaseAndTwoSeconds() {
        try (ProgressClient other = ProgressClient.connect(b.port(), TOKEN, "conflate=0");
                ProgressClient moving = ProgressClient.connect(a.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", body("test", 4));
            rows.awaitSeq(taskId, 10);
            a.kill();
            long killed = System.nanoTime();
            moving.reconnect(b.port());
            rows.awaitEpoch(taskId, 2, LEASE.plusSeconds(2));
            report("kill -9 to take-over, lease 3 s:", since(killed));
            JsonNode end = other.awaitEnd(taskId);
            moving.awaitEnd(taskId);
            rows.assertWhole(taskId, NODES, 1);
            BatchRows.assertSawAll(other, taskId, end);
            BatchRows.assertSawAll(moving, taskId, end);
            assertThat(BatchRows.startedTooLate(b)).isEmpty();
            other.ack(taskId);
        }
    }

    @Test
    @Tag("full")
    void anOwnerThatWasFrozenIsRefusedWhenItWakesUp() {
        try (ProgressClient client = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", body("test", 2));
            rows.awaitSeq(taskId, 6);
            a.freeze();
            long frozen = System.nanoTime();
            try {
                rows.awaitEpoch(taskId, 2, LEASE.plusSeconds(2));
                report("SIGSTOP to take-over, lease 3 s:", since(frozen));
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> since(frozen).compareTo(LEASE.plusSeconds(3)) > 0);
            } finally {
                a.thaw();
            }
            String lost = "Task " + taskId + " is no longer run here";
            await().atMost(Duration.ofSeconds(5)).until(() -> a.log().contains(lost));
            JsonNode end = client.awaitEnd(taskId);
            rows.assertWhole(taskId, NODES, 1);
            BatchRows.assertSawAll(client, taskId, end);
            assertThat(BatchRows.startedTooLate(a)).isEmpty();
            client.ack(taskId);
        }
        Fleet.awaitRealtime(a);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void aStoppedOwnerHandsItsBatchesOverAtOnceAndItsSocketsAreToldToGoElsewhere() {
        try (ProgressClient moving = ProgressClient.connect(a.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", body("test", 4));
            rows.awaitSeq(taskId, 10);
            a.signal("TERM");
            long stopped = System.nanoTime();
            // What runs, 200 ms here, and a second.
            rows.awaitEpoch(taskId, 2, Duration.ofSeconds(2));
            report("SIGTERM to take-over, operations of 200 ms:", since(stopped));
            await().atMost(Duration.ofSeconds(5)).until(() -> moving.closed() != null);
            assertThat(moving.closed()).startsWith("1012");
            moving.reconnect(b.port());
            JsonNode end = moving.awaitEnd(taskId);
            rows.assertWhole(taskId, NODES, 1);
            BatchRows.assertSawAll(moving, taskId, end);
            moving.ack(taskId);
            await().atMost(Duration.ofSeconds(20)).until(() -> !a.isAlive());
            report("SIGTERM to the end of the process:", since(stopped));
            assertThat(a.log()).contains("1 tasks are handed over");
        }
    }

    @Test
    void aBatchIsCancelledFromAnotherReplicaWithinASecond() {
        try (ProgressClient client = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", body("slow", 10));
            await().until(() -> a.log().contains("Task " + taskId + " epoch 1 starts node"));
            long asked = System.nanoTime();
            assertThat(b.api(TOKEN).post("/api/v1/tasks/" + taskId + "/cancel", "").status())
                    .isEqualTo(202);
            JsonNode end = client.awaitEnd(taskId, Duration.ofSeconds(5));
            report("cancel at another replica to its terminal message:", since(asked));
            assertThat(end.get("type").asText()).isEqualTo("error");
            assertThat(end.get("error").asText()).isEqualTo("cancelled");
            assertThat(end.get("message").asText()).startsWith("Cancelled after 0 of 60 nodes");
            rows.assertConsistent(taskId);
            client.ack(taskId);

            String retried = retry(b, taskId);
            assertThat(b.api(TOKEN).task(retried).get("total").asInt()).isEqualTo(NODES);
            b.api(TOKEN).post("/api/v1/tasks/" + retried + "/cancel", "");
            client.awaitEnd(retried);
            client.ack(retried);
        }
    }

    @Test
    void aBatchIsCancelledFromAnotherReplicaWhileTheNotifiersReconnect() {
        try (ProgressClient client = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", body("slow", 10));
            await().until(() -> a.log().contains("Task " + taskId + " epoch 1 starts node"));
            listen.refuse();
            try {
                for (ReplicaProcess replica : List.of(a, b)) {
                    await().atMost(Duration.ofSeconds(10))
                            .until(() -> !Fleet.state(replica).equals("REALTIME"));
                }
                long asked = System.nanoTime();
                assertThat(b.api(TOKEN).post("/api/v1/tasks/" + taskId + "/cancel", "").status())
                        .isEqualTo(202);
                JsonNode end = client.awaitEnd(taskId, Duration.ofSeconds(5));
                report("cancel at another replica, notifiers reconnect, to the end:", since(asked));
                assertThat(end.get("error").asText()).isEqualTo("cancelled");
                assertThat(Fleet.state(a)).isNotEqualTo("REALTIME");
                rows.assertConsistent(taskId);
                client.ack(taskId);
            } finally {
                listen.heal();
            }
        }
        Fleet.awaitRealtime(a);
        Fleet.awaitRealtime(b);
    }

    private static String retry(ReplicaProcess replica, String taskId) {
        ApiClient.Answer answer = replica.api(TOKEN).post("/api/v1/tasks/" + taskId + "/retry", "");
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        assertThat(answer.json().get("retry_of").asText()).isEqualTo(taskId);
        return answer.json().get("task_id").asText();
    }

    @Test
    @Tag("full")
    void aFrozenOwnersBatchIsCancelledByWhoTakesItOver() {
        try (ProgressClient client = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", body("slow", 10));
            await().until(() -> a.log().contains("Task " + taskId + " epoch 1 starts node"));
            a.freeze();
            long asked = System.nanoTime();
            try {
                b.api(TOKEN).post("/api/v1/tasks/" + taskId + "/cancel", "");
                JsonNode end = client.awaitEnd(taskId, LEASE.plusSeconds(2));
                report("cancel while the owner is frozen, lease 3 s:", since(asked));
                assertThat(end.get("error").asText()).isEqualTo("cancelled");
                assertThat(end.get("epoch").asLong()).isEqualTo(2);
            } finally {
                a.thaw();
            }
            String lost = "Task " + taskId + " is no longer run here";
            await().atMost(Duration.ofSeconds(5)).until(() -> a.log().contains(lost));
            rows.assertConsistent(taskId);
            client.ack(taskId);
        }
        Fleet.awaitRealtime(a);
    }

    @Test
    @Tag("full")
    void theSameKeyIsOneTaskWhereverItIsSentAndARetryRunsWhatFailed() {
        String request = body("test", 60).toString();
        Set<String> taskIds = new HashSet<>();
        List<CompletableFuture<ApiClient.Answer>> answers =
                List.of(a, b, a, b, a, b).stream()
                        .map(
                                replica ->
                                        CompletableFuture.supplyAsync(
                                                () ->
                                                        replica.api(TOKEN)
                                                                .post(
                                                                        "/api/v1/nodes/batch/cordon",
                                                                        request,
                                                                        "Idempotency-Key",
                                                                        "the-same-key")))
                        .toList();
        for (CompletableFuture<ApiClient.Answer> answer : answers) {
            assertThat(answer.join().status()).isEqualTo(202);
            taskIds.add(answer.join().json().get("task_id").asText());
        }
        assertThat(taskIds).hasSize(1);
        String taskId = taskIds.iterator().next();
        assertThat(
                        b.api(TOKEN)
                                .post(
                                        "/api/v1/nodes/batch/cordon",
                                        body("test", 59).toString(),
                                        "Idempotency-Key",
                                        "the-same-key")
                                .status())
                .isEqualTo(409);
        await().atMost(Duration.ofSeconds(10)).until(() -> rows.ended(taskId));
        rows.assertWhole(taskId, NODES, 1);

        String first = retry(a, taskId);
        String second = retry(b, taskId);
        for (String retried : List.of(first, second)) {
            await().atMost(Duration.ofSeconds(10)).until(() -> rows.ended(retried));
            rows.assertWhole(retried, 1, 1);
        }
    }
}
