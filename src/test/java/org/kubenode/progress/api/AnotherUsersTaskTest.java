package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ApiClient.Answer;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** A user tries a task of another user by every door, on each set of SQL. */
class AnotherUsersTaskTest {

    private static final String OWNER = Tokens.user("owner");
    private static final String THIEF = Tokens.user("thief");

    enum Store {
        MEMORY,
        POSTGRES
    }

    private static ReplicaProcess memory;
    private static ReplicaProcess postgres;

    @BeforeAll
    static void start() {
        memory = replica("doors-memory").options("--progress.enable_database=false").launch();
        postgres = replica("doors-postgres").options(Servers.database().options()).launch();
        memory.awaitReady();
        postgres.awaitReady();
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                postgres.api(OWNER)
                                        .get("/api/v1/progress/status")
                                        .json()
                                        .path("database")
                                        .asText()
                                        .equals("up"));
    }

    private static ReplicaProcess.Builder replica(String name) {
        return ReplicaProcess.classes(name)
                .cluster(0, "test", 100, 0, "node-1")
                .cluster(1, "slow", 100, 3_000, "");
    }

    @AfterAll
    static void end() {
        memory.close();
        postgres.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyDoorIsClosed(Store store) {
        ReplicaProcess replica = store == Store.MEMORY ? memory : postgres;
        ApiClient owner = replica.api(OWNER);
        ApiClient thief = replica.api(THIEF);
        String ended = owner.start("cordon", "test", 3);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> owner.task(ended).path("status").asText().equals("completed"));
        String running = owner.start("cordon", "slow", 100);
        long endedSeq = owner.task(ended).get("seq").asLong();

        for (String taskId : List.of(ended, running)) {
            String task = "/api/v1/tasks/" + taskId;
            Answer unknown = thief.get("/api/v1/tasks/0190b0a0-0000-7000-8000-000000000000");
            for (Answer answer :
                    List.of(
                            thief.get(task),
                            thief.get(task + "/messages"),
                            thief.get(task + "/messages?since=0"),
                            thief.get(task + "/nodes"),
                            thief.get(task + "/nodes?status=failed"),
                            thief.get(task + "/plan"),
                            thief.post(task + "/cancel", ""),
                            thief.post(task + "/retry", ""),
                            thief.post(task + "/ack", ""))) {
                assertThat(answer.status()).as(answer.body()).isEqualTo(404);
                assertThat(answer.body()).as("as for no task at all").isEqualTo(unknown.body());
            }
        }
        assertThat(thief.get("/api/v1/tasks").json().get("tasks")).isEmpty();
        for (String query :
                List.of("user=owner", "node=node-1", "cluster=test", "status=running", "q=owner")) {
            assertThat(thief.get("/api/v1/tasks?" + query).json().get("tasks")).as(query).isEmpty();
        }
        String history = "/api/v1/clusters/test/nodes/node-1/history";
        assertThat(thief.get(history).json().get("history")).isEmpty();
        assertThat(owner.get(history).json().get("history")).isNotEmpty();
        assertThat(thief.get("/api/v1/tasks?before=" + running).json().get("tasks")).isEmpty();
        assertThat(thief.get("/api/v1/tasks?scope=all").status()).isEqualTo(403);
        assertThatThrownBy(() -> ProgressClient.connect(replica.port(), THIEF, "scope=all"))
                .hasMessageContaining("WebSocketHandshakeException");

        try (ProgressClient socket = ProgressClient.connect(replica.port(), THIEF);
                ProgressClient ownSocket = ProgressClient.connect(replica.port(), OWNER)) {
            ownSocket.awaitEnd(ended);
            socket.send(
                    "{\"type\":\"ack\",\"task_id\":\"%s\",\"seq\":%d}".formatted(ended, endedSeq));
            socket.send(
                    "{\"type\":\"resume\",\"tasks\":{\"%s\":0,\"%s\":0}}"
                            .formatted(ended, running));
            await().atMost(Duration.ofSeconds(20)).until(() -> socket.frames().size() >= 3);
            assertThat(socket.frames().subList(1, 3))
                    .allSatisfy(
                            frame -> {
                                JsonNode json = frame.json();
                                assertThat(json.path("type").asText()).isEqualTo("error");
                                assertThat(json.path("error").asText()).isEqualTo("unknown task");
                                assertThat(json.path("gone").asBoolean()).isTrue();
                                assertThat(json.has("seq")).isFalse();
                            });
            owner.post("/api/v1/tasks/" + running + "/cancel", "");
            ownSocket.awaitEnd(running);
            assertThat(ownSocket.violations()).isEmpty();
            assertThat(socket.frames()).hasSize(3);
        }
        try (ProgressClient again = ProgressClient.connect(replica.port(), OWNER)) {
            // The stranger's acknowledgement counted for nothing.
            again.awaitEnd(ended);
        }
        assertThat(owner.task(running).get("status").asText()).isEqualTo("cancelled");
    }
}
