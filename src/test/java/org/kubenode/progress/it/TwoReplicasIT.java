package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** The main job: replica B works, and the socket that replica A holds shows every step. */
class TwoReplicasIT {

    private static final String TOKEN = Tokens.user(1);

    private static ReplicaProcess a;
    private static ReplicaProcess b;

    @BeforeAll
    static void startBoth() {
        Servers.PostgresDatabase database = Servers.database();
        a = replica("a", database).launch();
        b = replica("b", database).launch();
        a.awaitReady();
        b.awaitReady();
        for (ReplicaProcess replica : List.of(a, b)) {
            replica.awaitStatus("state", "REALTIME", Duration.ofSeconds(20));
        }
    }

    private static ReplicaProcess.Builder replica(String name, Servers.PostgresDatabase database) {
        return ReplicaProcess.jar("two-" + name)
                .options(database.options())
                .cluster(0, "fast", 5_000, 0, "node-7,node-70")
                .cluster(1, "middle", 5_000, 5, "node-7,node-70")
                .cluster(2, "test", 5_000, 20, "node-7,node-70");
    }

    @AfterAll
    static void endBoth() {
        a.close();
        b.close();
    }

    @ParameterizedTest
    @CsvSource({
        "fast, 100",
        "middle, 100",
        "test, 100",
        "fast, 1000",
        "middle, 1000",
        "fast, 5000"
    })
    void everyStepOfOneReplicaReachesTheSocketOfTheOther(String cluster, int nodes) {
        try (ProgressClient client = ProgressClient.connect(a.port(), TOKEN, "conflate=0")) {
            String taskId = b.api(TOKEN).start("cordon", cluster, nodes);
            JsonNode end = client.awaitEnd(taskId, Duration.ofSeconds(120));
            assertComplete(client, taskId, end, nodes);
            client.ack(taskId);
        }
    }

    @Test
    void twentyBatchesAtOnceLoseNothingAndRepeatNothing() {
        try (ProgressClient client = ProgressClient.connect(a.port(), TOKEN, "conflate=0")) {
            List<String> taskIds = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ApiClient api = (i % 2 == 0 ? a : b).api(TOKEN);
                taskIds.add(api.start("cordon", "middle", 200));
            }
            for (String taskId : taskIds) {
                JsonNode end = client.awaitEnd(taskId, Duration.ofSeconds(120));
                assertComplete(client, taskId, end, 200);
                client.ack(taskId);
            }
        }
    }

    private static void assertComplete(
            ProgressClient client, String taskId, JsonNode end, int nodes) {
        assertThat(client.violations()).isEmpty();
        List<Long> seqs =
                client.frames(taskId).stream()
                        .filter(frame -> !frame.snapshot())
                        .map(ProgressClient.Received::seq)
                        .toList();
        assertThat(seqs)
                .isEqualTo(LongStream.rangeClosed(1, end.get("seq").asLong()).boxed().toList());
        assertThat(end.get("type").asText()).isEqualTo("complete");
        assertThat(end.get("current").asInt()).isEqualTo(nodes);
        assertThat(end.get("total").asInt()).isEqualTo(nodes);
        assertThat(end.get("success_count").asInt()).isEqualTo(nodes - 2);
        assertThat(end.get("failed_count").asInt()).isEqualTo(2);
        assertThat(texts(end.get("failed_nodes"), "node_name"))
                .containsExactlyInAnyOrder("node-7", "node-70");
        Set<String> told = new HashSet<>();
        for (ProgressClient.Received frame : client.frames(taskId)) {
            if (frame.type().equals("progress") && !frame.json().get("current_node").isNull()) {
                assertThat(told.add(frame.json().get("current_node").asText()))
                        .as("each node once")
                        .isTrue();
            }
        }
        assertThat(told).containsExactlyInAnyOrderElementsOf(ApiClient.nodes(nodes));
        JsonNode row = a.api(TOKEN).task(taskId);
        assertThat(row.get("status").asText()).isEqualTo("completed");
        assertThat(row.get("seq")).isEqualTo(end.get("seq"));
        assertThat(row.get("success_nodes")).hasSize(nodes - 2);
    }

    private static List<String> texts(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(item -> item.get(field).asText())
                .toList();
    }
}
