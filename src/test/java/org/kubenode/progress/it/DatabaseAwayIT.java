package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** The database is away for everybody from the start, or for the owner of a batch alone. */
@Tag("full")
class DatabaseAwayIT {

    private static final String TOKEN = Tokens.user(1);
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final int NODES = 60;

    private static ReplicaProcess.Builder replica(String name, Servers.PostgresDatabase database) {
        return ReplicaProcess.jar(name)
                .options(database.options())
                .options("--progress.lease=" + LEASE.toMillis())
                .cluster(0, "test", NODES, 400, "node-7")
                .cluster(1, "fast", NODES, 20, "node-7");
    }

    private static void awaitState(ReplicaProcess replica, String state) {
        FaultRig.awaitSteps(
                replica, steps -> steps.last().equals(state), state, Duration.ofSeconds(60));
    }

    private static String database(ReplicaProcess replica) {
        return replica.api(TOKEN).get("/api/v1/progress/status").json().path("database").asText();
    }

    /**
     * The owner loses every line of its own to the database. The other replica takes the batch over
     * and ends it, while the owner shows its own sockets what it did, or waits. In the end both
     * sockets have what the rows have.
     */
    @ParameterizedTest
    @CsvSource({
        "continue, refused",
        "pause, refused",
        "continue, black-holed",
        "pause, black-holed"
    })
    void anOwnerThatLostItsOwnLinkEndsInTheStateOfTheRows(String rule, String link)
            throws Exception {
        Servers.PostgresDatabase direct = Servers.database();
        BatchRows rows = new BatchRows(direct);
        try (Relay relay = Relay.to("127.0.0.1", direct.port())) {
            String option = "--progress.without_database=" + rule;
            ReplicaProcess a = replica("away-a", direct).options(option).launch();
            ReplicaProcess b = replica("away-b", direct.through(relay)).options(option).launch();
            try {
                awaitState(a.awaitReady(), "REALTIME");
                awaitState(b.awaitReady(), "REALTIME");
                try (ProgressClient atA = ProgressClient.connect(a.port(), TOKEN, "conflate=0");
                        ProgressClient atB =
                                ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
                    String taskId =
                            b.api(TOKEN)
                                    .start(
                                            "cordon",
                                            ApiClient.batch("test", ApiClient.nodes(NODES))
                                                    .put("concurrency", 2));
                    rows.awaitSeq(taskId, 6);
                    if (link.equals("refused")) {
                        relay.refuse();
                    } else {
                        relay.blackHole();
                    }
                    await().atMost(Duration.ofSeconds(15)).until(() -> database(b).equals("down"));
                    rows.awaitEpoch(taskId, 2, LEASE.plusSeconds(4));
                    // Both go on now, each with results of its own, where the rule says so.
                    await().atMost(Duration.ofSeconds(20))
                            .until(() -> rows.lastSeq(taskId) >= NODES / 2);
                    assertThat(provisional(atB, taskId)).isEqualTo(true);
                    if (rule.equals("pause")) {
                        long shown = atB.task(taskId).seq();
                        await().during(Duration.ofSeconds(1))
                                .atMost(Duration.ofSeconds(3))
                                .until(() -> atB.task(taskId).seq() == shown);
                    } else {
                        long shown = atB.task(taskId).seq();
                        await().atMost(Duration.ofSeconds(5))
                                .until(() -> atB.task(taskId).seq() > shown);
                    }
                    relay.heal();
                    JsonNode end = atA.awaitEnd(taskId, Duration.ofSeconds(60));
                    rows.assertWhole(taskId, NODES, 1);
                    BatchRows.assertSawAll(atA, taskId, end);
                    await().atMost(Duration.ofSeconds(10))
                            .until(() -> atB.task(taskId).ended() && atB.task(taskId).epoch() == 2);
                    assertThat(atB.violations()).isEmpty();
                    for (ProgressClient client : List.of(atA, atB)) {
                        JsonNode last = client.task(taskId).last();
                        assertThat(last.path("durable").asBoolean(true)).isTrue();
                        assertThat(last.get("seq").asLong()).isEqualTo(rows.lastSeq(taskId));
                        assertThat(last.get("success_count").asInt()).isEqualTo(NODES - 1);
                        assertThat(last.get("failed_nodes")).hasSize(1);
                        assertThat(last.get("success_nodes")).hasSize(NODES - 1);
                    }
                    assertThat(b.log()).contains("Task " + taskId + " is no longer run here");
                    awaitState(b, "REALTIME");
                }
            } finally {
                a.close();
                b.close();
            }
        }
    }

    private static boolean provisional(ProgressClient client, String taskId) {
        return client.frames(taskId).stream()
                .anyMatch(frame -> !frame.json().path("durable").asBoolean(true));
    }

    @Test
    void aBatchOfBeforeTheDatabaseIsInTheRowsAndAtEverySocketOnceItIsThere() throws Exception {
        PgServer server = PgServer.startedWithCommitTimes();
        server.stop();
        Servers.PostgresDatabase database =
                new Servers.PostgresDatabase(server.port(), PgServer.DATABASE);
        ReplicaProcess a = replica("before-a", database).launch();
        ReplicaProcess b = replica("before-b", database).launch();
        try {
            awaitState(a.awaitReady(), "POLLING");
            awaitState(b.awaitReady(), "POLLING");
            try (ProgressClient atA = ProgressClient.connect(a.port(), TOKEN, "conflate=0");
                    ProgressClient atB = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
                ApiClient.Answer accepted =
                        b.api(TOKEN)
                                .post(
                                        "/api/v1/nodes/batch/cordon",
                                        ApiClient.batch("fast", ApiClient.nodes(NODES)).toString());
                assertThat(accepted.status()).isEqualTo(202);
                assertThat(accepted.json().get("durable").asBoolean()).isFalse();
                String taskId = accepted.json().get("task_id").asText();
                JsonNode shown = atB.awaitEnd(taskId);
                assertThat(shown.get("type").asText()).isEqualTo("complete");
                assertThat(shown.get("durable").asBoolean(true)).isFalse();
                assertThat(shown.get("success_count").asInt()).isEqualTo(NODES - 1);
                assertThat(atA.frames(taskId)).isEmpty();
                ApiClient.Answer unknown = a.api(TOKEN).get("/api/v1/tasks/" + taskId);
                assertThat(unknown.status()).isEqualTo(503);
                assertThat(unknown.headers().firstValue("Retry-After")).isPresent();

                server.start();
                JsonNode end = atA.awaitEnd(taskId);
                BatchRows rows = new BatchRows(database);
                rows.assertWhole(taskId, NODES, 1);
                assertThat(end.get("seq").asLong()).isEqualTo(rows.lastSeq(taskId));
                assertThat(end.path("durable").asBoolean(true)).isTrue();
                assertThat(end.get("success_nodes")).hasSize(NODES - 1);
                assertThat(atA.violations()).isEmpty();
                assertThat(atB.violations()).isEmpty();
                assertThat(a.api(TOKEN).task(taskId).get("status").asText()).isEqualTo("completed");
                awaitState(a, "REALTIME");
                awaitState(b, "REALTIME");
            }
        } finally {
            a.close();
            b.close();
            server.close();
        }
    }
}
