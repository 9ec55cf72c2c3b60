package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;

/** What a client may ask of its own socket or stream, on real ones of the whole application. */
@Timeout(120)
class AskedForTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String SOCKET = "/api/v1/progress/ws";
    private static final String STREAM = "/api/v1/progress/stream";
    private static final String TOKEN = Tokens.user(1);

    private static ReplicaContext replica;

    @BeforeAll
    static void start() {
        replica =
                ReplicaContext.start(
                        "asked",
                        List.of(
                                "--progress.enable_database=false",
                                "--clusters[1].name=other",
                                "--clusters[1].type=simulated",
                                "--clusters[1].nodes=10"));
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    // ---- heartbeats

    @Test
    void aPingIsAnsweredByAHeartbeatWhereHeartbeatsWereAskedFor() throws Exception {
        try (RawSocket asking = connect(TOKEN, "?heartbeat=1")) {
            asking.send(RawSocket.TEXT, bytes("ping"));
            JsonNode answer = JSON.readTree(asking.read().text());
            assertThat(answer.size()).isEqualTo(2);
            assertThat(answer.path("type").asText()).isEqualTo("heartbeat");
            assertThat(Instant.parse(answer.path("timestamp").asText())).isNotNull();
        }
        try (RawSocket silent = connect(TOKEN, "?unknown=1&heartbeat=0")) {
            silent.send(RawSocket.TEXT, bytes("ping"));
            silent.send(RawSocket.TEXT, bytes("{}"));
            assertThat(silent.read().opcode()).isEqualTo(RawSocket.CLOSE);
        }
    }

    // ---- tokens

    @Test
    void aRenewedTokenCountsFromThenOn() throws Exception {
        String soon = Tokens.of(1, "user", Duration.ofSeconds(3), Tokens.SECRET);
        assertThat(closedAfter(TOKEN, "", renewal(soon))).isEqualTo("4401 token expired");
    }

    @Test
    void aTokenThatDoesNotCountClosesTheSocket() throws Exception {
        String expired = Tokens.of(1, "user", Duration.ofSeconds(-5), Tokens.SECRET);
        assertThat(closedAfter(TOKEN, "", renewal(Tokens.user(2)))).startsWith("4403 ");
        assertThat(closedAfter(TOKEN, "", renewal(Tokens.of(1, "guest")))).startsWith("4403 ");
        assertThat(closedAfter(TOKEN, "", renewal(expired))).startsWith("4401 ");
        assertThat(closedAfter(TOKEN, "", renewal("null"))).startsWith("4401 ");
        assertThat(closedAfter(TOKEN, "", "{\"type\":\"token\",\"token\":7}"))
                .isEqualTo("1008 token: token is a text");
        // Who saw everybody's tasks may not any more.
        assertThat(closedAfter(Tokens.viewer(1), "", renewal(TOKEN))).startsWith("4403 ");
    }

    @Test
    void onlyATokenMayHaveMoreThan4Kilobytes() throws Exception {
        String padding = " ".repeat(4_200);
        String another = Tokens.user("x".repeat(128));
        try (RawSocket socket = connect(TOKEN, "?heartbeat=1")) {
            socket.send(RawSocket.TEXT, bytes(renewal(TOKEN) + " ".repeat(16_000)));
            socket.send(RawSocket.TEXT, bytes("ping"));
            assertThat(socket.read().text()).contains("heartbeat");
        }
        assertThat(closedAfter(TOKEN, "", renewal(another) + padding)).startsWith("4403 ");
        assertThat(closedAfter(TOKEN, "", "{\"type\":\"resume\",\"tasks\":{}}" + padding))
                .isEqualTo("1009 a frame has at most 4096 bytes, with a token 17408");
        assertThat(closedAfter(TOKEN, "", renewal(TOKEN) + " ".repeat(17_408))).startsWith("1009 ");
    }

    // ---- less than everything

    @Test
    void aSocketOfSomeTasksOrOneClusterSeesNoOthers() throws Exception {
        String token = Tokens.user(11);
        String before = startOn("test", 3, token);
        try (RawSocket ofTask = connect(token, "?conflate=0&task=" + before + "&task=x");
                RawSocket ofCluster = connect(token, "?conflate=0&cluster=other");
                RawSocket ofNone = connect(token, "?task=x&heartbeat=1")) {
            String elsewhere = startOn("other", 3, token);
            String later = startOn("test", 3, token);
            readUntil(ofCluster, frame -> isEnd(frame, elsewhere));
            awaitCompleted(later, token);
            readUntil(ofTask, frame -> isEnd(frame, before));
            // What is answered next was queued after everything else.
            for (RawSocket socket : List.of(ofTask, ofCluster)) {
                socket.send(RawSocket.TEXT, bytes("{}"));
                assertThat(socket.read().opcode()).isEqualTo(RawSocket.CLOSE);
            }
            ofNone.send(RawSocket.TEXT, bytes("ping"));
            assertThat(ofNone.read().text()).contains("heartbeat");
        }
    }

    @Test
    void onlyFailedNodesAndEndsComeAndTheRestCountsAsSkipped() throws Exception {
        String token = Tokens.user(12);
        try (RawSocket socket = connect(token, "?conflate=0&only=failed");
                Stream<String> stream = stream(token, "?only=failed&cluster=test")) {
            String taskId = startOn("test", 100, token);
            onlyFailures(readUntil(socket, frame -> isEnd(frame, taskId)), taskId);
            List<JsonNode> events = new ArrayList<>();
            Iterator<String> lines = stream.iterator();
            while (events.isEmpty() || !isEnd(events.get(events.size() - 1), taskId)) {
                String line = lines.next();
                if (line.startsWith("data: ")) {
                    events.add(JSON.readTree(line.substring(6)));
                }
            }
            onlyFailures(events, taskId);
        }
    }

    private static void onlyFailures(List<JsonNode> frames, String taskId) {
        List<JsonNode> ofTask =
                frames.stream().filter(f -> f.path("task_id").asText().equals(taskId)).toList();
        Set<String> nodes =
                ofTask.stream()
                        .filter(frame -> !isEnd(frame, taskId))
                        .peek(f -> assertThat(f.path("node_status").asText()).isEqualTo("failed"))
                        .map(frame -> frame.path("current_node").asText())
                        .collect(Collectors.toSet());
        assertThat(nodes).containsExactlyInAnyOrder("node-7", "node-70");
        long previous = 0;
        for (JsonNode frame : ofTask) {
            long seq = frame.path("seq").asLong();
            assertThat(frame.path("skipped_from").asLong(seq)).isEqualTo(previous + 1);
            previous = seq;
        }
        assertThat(previous).isGreaterThanOrEqualTo(101);
    }

    // ---- helpers

    private static String startOn(String cluster, int nodes, String token) {
        return replica.api(token).start("cordon", cluster, nodes);
    }

    private static void awaitCompleted(String taskId, String token) {
        ApiClient api = replica.api(token);
        await().until(() -> api.task(taskId).path("status").asText().equals("completed"));
    }

    private static boolean isEnd(JsonNode frame, String taskId) {
        return frame.path("task_id").asText().equals(taskId)
                && frame.path("type").asText().equals("complete");
    }

    /** Every frame of a task up to the one that is wanted; all of one cluster or task. */
    private static List<JsonNode> readUntil(RawSocket socket, Predicate<JsonNode> last)
            throws IOException {
        List<JsonNode> frames = new ArrayList<>();
        do {
            frames.add(JSON.readTree(socket.read().text()));
        } while (!last.test(frames.get(frames.size() - 1)));
        assertThat(frames.stream().map(f -> f.path("cluster_name").asText()).distinct()).hasSize(1);
        return frames;
    }

    private static RawSocket connect(String token, String query) throws IOException {
        RawSocket socket =
                RawSocket.webSocket(
                        replica.port(), SOCKET + query, 0, "Authorization", "Bearer " + token);
        assertThat(socket.read().text()).contains("\"connected\"");
        return socket;
    }

    private static Stream<String> stream(String token, String query) throws Exception {
        HttpRequest request = replica.api(token).request(STREAM + query).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofLines()).body();
    }

    private static String closedAfter(String token, String query, String text) throws IOException {
        try (RawSocket socket = connect(token, query)) {
            socket.send(RawSocket.TEXT, bytes(text));
            return socket.readClose();
        }
    }

    private static String renewal(String token) {
        return "{\"type\":\"token\",\"token\":\"" + token + "\"}";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
