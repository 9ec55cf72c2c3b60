package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * {@code docs/websocket-api.md} beside a running server: its examples are sent or compared, each
 * field of its table is seen in a frame and each field of a frame stands in its table, and each of
 * its close codes is brought about. It fails when either of the two changes alone.
 */
class WebSocketApiDocumentTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SOCKET = "/api/v1/progress/ws";
    private static final String TOKEN = Tokens.user(1);

    /** Fields that only a later moment, a slow client or a fault brings. */
    private static final Set<String> EVERY_FRAME_MAY_LACK =
            Set.of(
                    "snapshot",
                    "success_nodes",
                    "failed_nodes",
                    "truncated",
                    "durable",
                    "skipped_from");

    private static String document;
    private static Relay database;
    private static ReplicaContext replica;

    @BeforeAll
    static void start() throws IOException {
        document = Files.readString(Path.of("docs/websocket-api.md"));
        Servers.PostgresDatabase rows = Servers.database();
        database = Relay.to("127.0.0.1", rows.port());
        List<String> options = new ArrayList<>(rows.through(database).options());
        options.add("--progress.websocket.soft_limit=2");
        options.add("--progress.websocket.max_sessions_per_user=10");
        options.add("--clusters[1].name=slow");
        options.add("--clusters[1].type=simulated");
        options.add("--clusters[1].nodes=1000");
        options.add("--clusters[1].latency_ms=50");
        replica = ReplicaContext.start("documented", options);
        await().atMost(Duration.ofSeconds(30)).until(() -> replica.state().equals("REALTIME"));
    }

    @AfterAll
    static void end() throws IOException {
        if (replica != null) {
            replica.close();
        }
        database.close();
    }

    // ---- frames

    @Test
    void theFirstFrameIsAsShown() throws Exception {
        JsonNode shown = JSON.readTree(code("{\"type\":\"connected\""));
        try (RawSocket socket = connect("")) {
            JsonNode first = JSON.readTree(socket.read().text());
            assertThat(names(first)).isEqualTo(names(shown));
            assertThat(types(first)).isEqualTo(types(shown));
        }
    }

    @Test
    void aProgressFrameHasTheFieldsOfTheExampleInItsOrder() throws Exception {
        JsonNode shown = JSON.readTree(section("## Frames from the server", "```json", "```"));
        try (RawSocket socket = connect("?conflate=0")) {
            String taskId = start("test", ApiClient.nodes(10));
            List<JsonNode> frames = readToEnd(socket, taskId);
            for (JsonNode frame : frames) {
                if (is(frame, "progress") && !frame.path("snapshot").asBoolean()) {
                    assertThat(names(frame)).isEqualTo(names(shown));
                    Map<String, JsonNodeType> types = types(frame);
                    // The one error of a node is null where there is none, as in the example.
                    if (frame.path("node_status").asText().equals("failed")) {
                        types.put("node_error", JsonNodeType.NULL);
                    }
                    assertThat(types).isEqualTo(types(shown));
                }
            }
            assertThat(frames).anyMatch(frame -> is(frame, "progress"));
        }
    }

    @Test
    void everyFieldOfAFrameIsInTheTableAndEveryFieldOfTheTableIsInAFrame() throws Exception {
        Set<String> documented = new LinkedHashSet<>();
        Set<String> constants = new LinkedHashSet<>();
        for (List<String> row : table("| field | means |")) {
            for (String term : terms(row.get(0))) {
                documented.add(term.replaceAll(":.*", ""));
                if (term.contains(":")) {
                    constants.add(term);
                }
            }
        }
        Set<String> seen = new LinkedHashSet<>();
        Set<String> seenConstants = new LinkedHashSet<>();
        List<JsonNode> frames = new ArrayList<>();
        frames.addAll(ofASnapshotAndAnEnd());
        frames.addAll(ofACancelledBatch());
        frames.addAll(ofListsThatAreCut());
        frames.addAll(ofASlowClient());
        frames.addAll(withoutTheDatabase());
        for (JsonNode frame : frames) {
            names(frame).forEach(seen::add);
            frame.properties()
                    .forEach(field -> seenConstants.add(field.getKey() + ": " + field.getValue()));
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(documented);
        assertThat(seenConstants).containsAll(constants);
        assertThat(documented).containsAll(EVERY_FRAME_MAY_LACK);

        Set<String> types =
                frames.stream()
                        .map(frame -> frame.get("type").asText())
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(types).containsExactly("complete", "error", "progress");
        assertThat(terms(section("| `type` |", "", "\n"))).containsAll(types);
        Set<String> statuses =
                frames.stream()
                        .map(frame -> frame.path("node_status"))
                        .filter(JsonNode::isTextual)
                        .map(JsonNode::asText)
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(terms(section("| `current_node`", "", "\n"))).containsAll(statuses);
    }

    private List<JsonNode> ofASnapshotAndAnEnd() throws Exception {
        String taskId = start("test", ApiClient.nodes(10));
        awaitStatus(taskId, "completed");
        // Ended and not acknowledged: it comes as a snapshot.
        try (RawSocket socket = connect("")) {
            List<JsonNode> frames = readToEnd(socket, taskId);
            assertThat(frames).allMatch(frame -> frame.path("snapshot").asBoolean());
            return frames;
        }
    }

    private List<JsonNode> ofACancelledBatch() throws Exception {
        try (RawSocket socket = connect("?conflate=0")) {
            String taskId = start("slow", ApiClient.nodes(500));
            List<JsonNode> frames = new ArrayList<>();
            frames.add(readFrame(socket, taskId, frame -> is(frame, "progress")));
            assertThat(api().post("/api/v1/tasks/" + taskId + "/cancel", "").status())
                    .isEqualTo(202);
            frames.add(readFrame(socket, taskId, frame -> is(frame, "error")));
            assertThat(frames.get(1).get("error").asText()).isNotEmpty();
            return frames;
        }
    }

    /** The names of nodes that are not there are long. */
    private List<JsonNode> ofListsThatAreCut() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            names.add("absent-" + i + "-" + "x".repeat(150));
        }
        try (RawSocket socket = connect("")) {
            String taskId = start("test", names);
            List<JsonNode> frames = readToEnd(socket, taskId);
            JsonNode end = frames.get(frames.size() - 1);
            assertThat(end.path("truncated").asBoolean()).isTrue();
            Set<String> ofANode = new LinkedHashSet<>(names(end.get("failed_nodes").get(0)));
            JsonNode shown =
                    JSON.readTree(
                            code("{\"node_name\"")
                                    .replace("\"}", "\":null}")
                                    .replace("\"node_name\",", "\"node_name\":null,"));
            assertThat(ofANode).isEqualTo(new LinkedHashSet<>(names(shown)));
            return frames;
        }
    }

    private List<JsonNode> ofASlowClient() throws Exception {
        try (RawSocket slow =
                RawSocket.webSocket(
                        replica.port(), SOCKET, 4_096, "Authorization", "Bearer " + TOKEN)) {
            assertThat(slow.answer).startsWith("HTTP/1.1 101 ");
            // It reads nothing until the network is full of the ends of long lists.
            List<String> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                tasks.add(start("test", ApiClient.nodes(5_000)));
            }
            for (String taskId : tasks) {
                awaitStatus(taskId, "completed");
            }
            JsonNode skipping = readFrame(slow, null, frame -> frame.has("skipped_from"));
            return List.of(skipping);
        }
    }

    private List<JsonNode> withoutTheDatabase() throws Exception {
        try (RawSocket socket = connect("?conflate=0")) {
            String taskId = start("slow", ApiClient.nodes(300));
            readFrame(socket, taskId, frame -> is(frame, "progress"));
            database.refuse();
            JsonNode notDurable = readFrame(socket, taskId, frame -> frame.has("durable"));
            return List.of(notDurable);
        } finally {
            database.heal();
            await().atMost(Duration.ofSeconds(30)).until(() -> replica.state().equals("REALTIME"));
        }
    }

    // ---- what a client sends

    @Test
    void theFramesOfAClientAreTakenAsShown() throws Exception {
        List<String> shown =
                table("| frame | does |").stream().map(row -> terms(row.get(0)).get(0)).toList();
        assertThat(shown).hasSize(4);
        String taskId = start("test", ApiClient.nodes(3));
        awaitStatus(taskId, "completed");

        String resume =
                shown.get(0).replace("<task_id>", taskId).replace("<last durable seq>", "2");
        try (RawSocket socket = connect("?resume=1&conflate=0")) {
            assertThat(socket.read().text()).contains("\"connected\"");
            socket.send(RawSocket.TEXT, bytes(resume));
            List<Long> seqs = new ArrayList<>();
            readFrame(
                    socket,
                    taskId,
                    frame -> {
                        seqs.add(frame.get("seq").asLong());
                        assertThat(frame.has("snapshot")).isFalse();
                        return is(frame, "complete");
                    });
            assertThat(seqs).containsExactly(3L, 4L);

            // Later: a snapshot.
            socket.send(RawSocket.TEXT, bytes(resume));
            assertThat(readFrame(socket, taskId, frame -> true).get("snapshot").asBoolean())
                    .isTrue();

            // Unknown.
            String nobodys = UUID.randomUUID().toString();
            socket.send(RawSocket.TEXT, bytes(resume.replace(taskId, nobodys)));
            JsonNode gone = readFrame(socket, nobodys, frame -> true);
            assertThat(gone)
                    .isEqualTo(
                            JSON.readTree(code("{\"type\":\"error\"").replace("\u2026", nobodys)));

            socket.send(RawSocket.TEXT, bytes(shown.get(3)));
            socket.send(RawSocket.TEXT, bytes(shown.get(2).replace("\u2026", TOKEN)));
            String ack = shown.get(1).replace("\u2026", taskId).replace(":n}", ":4}");
            socket.send(RawSocket.TEXT, bytes(ack));
            await().until(() -> !dueAgain(taskId));
        }

        // With "more" another frame follows.
        String other = start("test", ApiClient.nodes(3));
        awaitStatus(other, "completed");
        assertThat(document).contains("With `\"more\": true` another frame of it follows");
        try (RawSocket socket = connect("?resume=1&conflate=0")) {
            assertThat(socket.read().text()).contains("\"connected\"");
            ObjectNode first = (ObjectNode) JSON.readTree(resume.replace(taskId, other));
            socket.send(RawSocket.TEXT, bytes(first.put("more", true).toString()));
            socket.send(RawSocket.TEXT, bytes(resume.replace(taskId, other)));
            assertThat(readFrame(socket, other, frame -> true).has("snapshot")).isFalse();
        }
    }

    private boolean dueAgain(String taskId) throws IOException {
        String marker = start("test", ApiClient.nodes(1));
        awaitStatus(marker, "completed");
        try (RawSocket socket = connect("?conflate=0")) {
            Set<String> due = new HashSet<>();
            readFrame(
                    socket,
                    null,
                    frame -> {
                        due.add(frame.path("task_id").asText());
                        return due.contains(marker) || due.contains(taskId);
                    });
            return due.contains(taskId);
        }
    }

    // ---- connecting

    @Test
    void aBadTokenIsAnsweredAsTheTableSays() throws Exception {
        List<List<String>> rows = table("| how | who uses it | when the token is bad |");
        assertThat(rows).hasSize(3);
        String expired = Tokens.of(1, "user", Duration.ofSeconds(-5), Tokens.SECRET);
        String guest = Tokens.of(1, "guest");

        assertThat(rows.get(0).get(0)).contains("`Authorization: Bearer <jwt>`");
        assertThat(rows.get(0).get(2)).isEqualTo("401 or 403 at the handshake");
        assertThat(status(SOCKET, "Authorization", "Bearer " + expired)).isEqualTo(401);
        assertThat(status(SOCKET, "Authorization", "Bearer " + guest)).isEqualTo(403);

        assertThat(terms(rows.get(1).get(0)))
                .containsExactly("progress.v1", "bearer.<jwt>", "progress.v1");
        assertThat(rows.get(1).get(2)).contains("4401 or 4403");
        try (RawSocket good = bySubprotocol(TOKEN)) {
            assertThat(good.answer).contains("Sec-WebSocket-Protocol: progress.v1\r\n");
        }
        assertThat(closedBySubprotocol(expired)).startsWith("4401 ");
        assertThat(closedBySubprotocol(guest)).startsWith("4403 ");

        assertThat(rows.get(2).get(0)).contains("`?token=<jwt>`");
        assertThat(rows.get(2).get(2)).startsWith("401 or 403 at the handshake: ");
        assertThat(status(SOCKET + "?token=" + expired)).isEqualTo(401);
        assertThat(status(SOCKET + "?token=" + guest)).isEqualTo(403);
        assertThat(
                        new ApiClient(replica.port(), null)
                                .get("/api/v1/progress/stream?token=" + expired)
                                .status())
                .isEqualTo(401);
        assertThat(
                        new ApiClient(replica.port(), null)
                                .get("/api/v1/progress/stream?token=" + guest)
                                .status())
                .isEqualTo(403);
        assertThat(document).contains("A page of another origin is refused with 403");
        assertThat(
                        status(
                                SOCKET,
                                "Authorization",
                                "Bearer " + TOKEN,
                                "Origin",
                                "https://elsewhere.example"))
                .isEqualTo(403);
    }

    @Test
    void theParametersAreThoseOfTheTable() throws Exception {
        assertThat(table("| parameter | means |").stream().map(row -> terms(row.get(0)).get(0)))
                .containsExactly(
                        "scope=own",
                        "resume=1",
                        "conflate=0",
                        "heartbeat=1",
                        "task=<id>",
                        "cluster=<name>",
                        "only=failed");
        // The last four: AskedForTest.
        try (RawSocket socket = connect("?heartbeat=1&task=x")) {
            assertThat(socket.read().text()).contains("\"connected\"");
            socket.send(RawSocket.TEXT, bytes("ping"));
            assertThat(names(JSON.readTree(socket.read().text())))
                    .isEqualTo(names(JSON.readTree(code("{\"type\":\"heartbeat\""))));
        }
        String taskId = start("slow", ApiClient.nodes(100));
        try (RawSocket viewer =
                        RawSocket.webSocket(
                                replica.port(),
                                SOCKET + "?conflate=0",
                                0,
                                "Authorization",
                                "Bearer " + Tokens.viewer(9));
                RawSocket own =
                        RawSocket.webSocket(
                                replica.port(),
                                SOCKET + "?scope=own",
                                0,
                                "Authorization",
                                "Bearer " + Tokens.viewer(9))) {
            readFrame(viewer, taskId, frame -> true);
            assertThat(own.read().text()).contains("\"connected\"");
            own.send(RawSocket.TEXT, bytes("{}"));
            // Nothing but the close.
            assertThat(own.read().opcode()).isEqualTo(RawSocket.CLOSE);
        }
        assertThat(status(SOCKET + "?scope=all", "Authorization", "Bearer " + TOKEN))
                .isEqualTo(403);
    }

    // ---- close codes

    @Test
    void everyCloseCodeOfTheTableComesAndNoOtherIsKnown() throws Exception {
        Map<String, List<Callable<String>>> scenarios = new LinkedHashMap<>();
        scenarios.put("1003", List.of(() -> closedAfter(RawSocket.BINARY, new byte[] {1})));
        scenarios.put(
                "1007",
                List.of(
                        () -> closedAfter(RawSocket.TEXT, new byte[] {(byte) 0xc3, 0x28}),
                        () -> closedAfter(RawSocket.TEXT, bytes("not JSON"))));
        scenarios.put(
                "1008",
                List.of(
                        () -> closedAfter(RawSocket.TEXT, bytes("{\"type\":\"hello\"}")),
                        WebSocketApiDocumentTest::closedAfterAFlood));
        scenarios.put("1009", List.of(() -> closedAfter(RawSocket.TEXT, new byte[4 * 1024 + 1])));
        scenarios.put("1012", List.of(WebSocketApiDocumentTest::closedByARestart));
        scenarios.put("1013", List.of(WebSocketApiDocumentTest::closedAmongTooMany));
        scenarios.put("4401", List.of(() -> closedBySubprotocol("rubbish")));
        scenarios.put("4403", List.of(() -> closedBySubprotocol(Tokens.of(1, "guest"))));

        List<List<String>> rows = table("| code | why | what a client does |");
        assertThat(rows.stream().map(row -> row.get(0)))
                .containsExactlyElementsOf(scenarios.keySet());
        for (Map.Entry<String, List<Callable<String>>> scenario : scenarios.entrySet()) {
            for (Callable<String> closed : scenario.getValue()) {
                assertThat(closed.call()).startsWith(scenario.getKey() + " ");
            }
        }
        assertThat(rows.get(3).get(1)).isEqualTo("a frame over 4 KiB, or over 17 KB with a token");
    }

    private static String closedAfter(int opcode, byte[] payload) throws IOException {
        try (RawSocket socket = connect("")) {
            socket.send(opcode, payload);
            return socket.readClose();
        }
    }

    private static String closedAfterAFlood() throws IOException {
        try (RawSocket socket = connect("")) {
            byte[] ping = RawSocket.frame(RawSocket.TEXT, true, bytes("ping"));
            ByteArrayOutputStream flood = new ByteArrayOutputStream();
            for (int i = 0; i < 2_000; i++) {
                flood.writeBytes(ping);
            }
            socket.send(flood.toByteArray());
            return socket.readClose();
        }
    }

    private static String closedByARestart() throws Exception {
        try (ReplicaContext stopping =
                ReplicaContext.start("stopping", List.of("--progress.enable_database=false"))) {
            RawSocket socket =
                    RawSocket.webSocket(
                            stopping.port(), SOCKET, 0, "Authorization", "Bearer " + TOKEN);
            assertThat(socket.read().text()).contains("\"connected\"");
            Thread stop = new Thread(stopping::close);
            stop.start();
            String closed = socket.readClose();
            socket.close();
            stop.join();
            return closed;
        }
    }

    private static String closedAmongTooMany() throws IOException {
        List<RawSocket> sockets = new ArrayList<>();
        String token = Tokens.user("many");
        try {
            for (int i = 0; i < 10; i++) {
                sockets.add(
                        RawSocket.webSocket(
                                replica.port(), SOCKET, 0, "Authorization", "Bearer " + token));
                assertThat(sockets.get(i).read().text()).contains("\"connected\"");
            }
            RawSocket surplus =
                    RawSocket.webSocket(
                            replica.port(), SOCKET, 0, "Authorization", "Bearer " + token);
            sockets.add(surplus);
            return surplus.readClose();
        } finally {
            for (RawSocket socket : sockets) {
                socket.close();
            }
        }
    }

    // ---- helpers

    private static ApiClient api() {
        return replica.api(TOKEN);
    }

    private static String start(String cluster, List<String> nodes) {
        return api().start("cordon", ApiClient.batch(cluster, nodes));
    }

    private static void awaitStatus(String taskId, String status) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api().task(taskId).path("status").asText().equals(status));
    }

    private static RawSocket connect(String query) throws IOException {
        RawSocket socket =
                RawSocket.webSocket(
                        replica.port(), SOCKET + query, 0, "Authorization", "Bearer " + TOKEN);
        assertThat(socket.answer).startsWith("HTTP/1.1 101 ");
        return socket;
    }

    private static RawSocket bySubprotocol(String token) throws IOException {
        return RawSocket.webSocket(
                replica.port(),
                SOCKET,
                0,
                "Sec-WebSocket-Protocol",
                "progress.v1, bearer." + token);
    }

    private static String closedBySubprotocol(String token) throws IOException {
        try (RawSocket socket = bySubprotocol(token)) {
            assertThat(socket.answer).startsWith("HTTP/1.1 101 ");
            return socket.readClose();
        }
    }

    private static int status(String path, String... headers) throws IOException {
        try (RawSocket socket = RawSocket.webSocket(replica.port(), path, 0, headers)) {
            return Integer.parseInt(socket.answer.split(" ")[1]);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean is(JsonNode frame, String type) {
        return frame.path("type").asText().equals(type);
    }

    /** Reads up to the first frame of a task (null: of any) that is wanted. */
    private static JsonNode readFrame(RawSocket socket, String taskId, Predicate<JsonNode> wanted)
            throws IOException {
        for (RawSocket.Frame frame = socket.read(); frame != null; frame = socket.read()) {
            assertThat(frame.opcode()).isNotEqualTo(RawSocket.CLOSE);
            if (frame.opcode() != RawSocket.TEXT) {
                continue;
            }
            JsonNode json = JSON.readTree(frame.text());
            boolean ofTheTask =
                    taskId == null
                            ? json.has("task_id")
                            : taskId.equals(json.path("task_id").asText());
            if (ofTheTask && wanted.test(json)) {
                return json;
            }
        }
        throw new AssertionError("The connection ended");
    }

    private static List<JsonNode> readToEnd(RawSocket socket, String taskId) throws IOException {
        List<JsonNode> frames = new ArrayList<>();
        readFrame(
                socket,
                taskId,
                frame -> {
                    frames.add(frame);
                    return !is(frame, "progress");
                });
        return frames;
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static Map<String, JsonNodeType> types(JsonNode object) {
        Map<String, JsonNodeType> types = new HashMap<>();
        object.properties()
                .forEach(field -> types.put(field.getKey(), field.getValue().getNodeType()));
        return types;
    }

    // ---- the document

    /** What stands between two marks, after a place. */
    private static String section(String place, String from, String to) {
        int start = document.indexOf(from, document.indexOf(place)) + from.length();
        assertThat(document).contains(place);
        return document.substring(start, document.indexOf(to, start));
    }

    /** The code in backquotes that begins so. */
    private static String code(String beginning) {
        int start = document.indexOf('`' + beginning);
        assertThat(start).as("`%s in the document", beginning).isPositive();
        return document.substring(start + 1, document.indexOf('`', start + 1));
    }

    /** The cells of the rows of the table with this head. */
    private static List<List<String>> table(String head) {
        List<List<String>> rows = new ArrayList<>();
        String rest = document.substring(document.indexOf(head + "\n") + head.length() + 1);
        for (String line : rest.lines().skip(1).toList()) {
            if (!line.startsWith("|")) {
                break;
            }
            rows.add(
                    Arrays.stream(line.substring(1, line.length() - 1).split("\\|"))
                            .map(String::strip)
                            .toList());
        }
        assertThat(rows).as(head).isNotEmpty();
        return rows;
    }

    /** What stands in backquotes. */
    private static List<String> terms(String cell) {
        List<String> terms = new ArrayList<>();
        Matcher matcher = Pattern.compile("`([^`]+)`").matcher(cell);
        while (matcher.find()) {
            terms.add(matcher.group(1));
        }
        return terms;
    }
}
