package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.StoredTask;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;

/**
 * What every transport keeps, whatever carries the notifications: two replicas on one store, what
 * one writes reaches the sockets of the other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TransportContract {

    /** An operation that fails with more text than a message may have, of three bytes each. */
    private static final String LOUD_OPERATION =
            """
            - route:
                id: node-shout
                description: Fails with a long error.
                group: node-operations
                routeConfigurationId: node-errors
                from:
                  uri: direct:node-shout
                  steps:
                    - throwException:
                        id: shout
                        exceptionType: java.lang.IllegalStateException
                        message: "%s"
            """
                    .formatted("\u7bc0\u9ede ".repeat(200));

    private ReplicaContext a;
    private ReplicaContext b;
    private String user;

    /**
     * The options that both replicas share: store, transport, servers.
     *
     * @param folder for files of the store
     */
    abstract List<String> options(Path folder) throws Exception;

    /** Whether several replicas can share the store. */
    boolean distributed() {
        return true;
    }

    /** Where the circuit ends up. */
    String state() {
        return "REALTIME";
    }

    /** Whether there is a transport, and not only the poll. */
    private boolean carries() {
        return state().equals("REALTIME");
    }

    void stopServers() throws Exception {}

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        Path routes = Files.createDirectories(folder.resolve("routes"));
        Files.writeString(routes.resolve("29-node-shout.camel.yaml"), LOUD_OPERATION);
        List<String> options = new ArrayList<>(options(folder));
        options.add("--progress.routes_dir=" + routes);
        if (carries()) {
            // So seldom that what is claimed was claimed because of a call.
            options.add("--progress.timing.claim=1m");
        }
        a = ReplicaContext.start("a", options);
        b = distributed() ? ReplicaContext.start("b", options) : a;
        for (ReplicaContext replica : List.of(a, b)) {
            await().atMost(Duration.ofSeconds(30)).until(() -> replica.state().equals(state()));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> replica.api(Tokens.user(0)).get("/api/v1/tasks").status() == 200);
        }
    }

    @AfterAll
    void stop() throws Exception {
        if (a != null) {
            a.close();
        }
        if (b != null && b != a) {
            b.close();
        }
        stopServers();
    }

    private String token() {
        user = "u-" + UUID.randomUUID();
        return Tokens.user(user);
    }

    /** Sends a payload as the replica b would, where there is anything to send it by. */
    private void publish(String userId, Object payload) {
        if (b.camel().hasEndpoint("direct:notify") != null
                && b.camel().getRoutes().stream()
                        .anyMatch(
                                route ->
                                        route.getEndpoint()
                                                .getEndpointUri()
                                                .equals("direct://notify"))) {
            b.send("direct:notify", payload, Map.of("user_id", userId));
        }
    }

    /** Also as if it had come on the channel itself, with every byte as it is. */
    private void publishAndReceive(String userId, Object payload) {
        if (payload instanceof String text) {
            publish(userId, text);
        }
        a.send("direct:receive-notification", payload, Map.of());
    }

    private static List<Long> seqs(ProgressClient client, String taskId) {
        return client.frames(taskId).stream()
                .filter(frame -> !frame.snapshot())
                .map(ProgressClient.Received::seq)
                .toList();
    }

    private static List<Long> oneTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void everyMessageArrivesInOrderAndOnce() {
        String token = token();
        try (ProgressClient onA = ProgressClient.connect(a.port(), token, "conflate=0");
                ProgressClient onB = ProgressClient.connect(b.port(), token, "conflate=0")) {
            String taskId = b.api(token).start("cordon", "test", 100);
            for (ProgressClient client : List.of(onA, onB)) {
                JsonNode end = client.awaitEnd(taskId);
                assertThat(end.get("success_count").asInt()).isEqualTo(98);
                assertThat(end.get("failed_count").asInt()).isEqualTo(2);
                assertThat(client.violations()).isEmpty();
                assertThat(client.task(taskId).seq()).isEqualTo(end.get("seq").asLong());
            }
            if (onA.frames(taskId).stream().noneMatch(ProgressClient.Received::snapshot)) {
                assertThat(seqs(onA, taskId)).isEqualTo(oneTo(onA.task(taskId).seq()));
            }
        }
    }

    @Test
    void batchesOfBothReplicasReachBothInOrder() {
        String token = token();
        try (ProgressClient onA = ProgressClient.connect(a.port(), token, "conflate=0");
                ProgressClient onB = ProgressClient.connect(b.port(), token, "conflate=0")) {
            List<String> taskIds = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                taskIds.add((i % 2 == 0 ? a : b).api(token).start("cordon", "test", 150));
            }
            for (String taskId : taskIds) {
                assertThat(onA.awaitEnd(taskId).get("current").asInt()).isEqualTo(150);
                assertThat(onB.awaitEnd(taskId)).isEqualTo(onA.awaitEnd(taskId));
            }
            assertThat(onA.violations()).isEmpty();
            assertThat(onB.violations()).isEmpty();
        }
    }

    @Test
    void thousandNodesWithLongErrorsOfManyBytesArriveWhole() {
        String token = token();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            String taskId =
                    b.api(token)
                            .start(
                                    "shout",
                                    ApiClient.batch("test", ApiClient.nodes(1_000))
                                            .put("concurrency", 100));
            JsonNode end = client.awaitEnd(taskId, Duration.ofSeconds(90));
            assertThat(client.violations()).isEmpty();
            assertThat(end.get("failed_count").asInt()).isEqualTo(1_000);
            assertThat(end.path("truncated").asBoolean()).isTrue();
            JsonNode rows = a.api(token).get("/api/v1/tasks/" + taskId + "/messages").json();
            assertThat(rows.get("last_seq")).isEqualTo(end.get("seq"));
            Map<Long, JsonNode> bySeq = new java.util.HashMap<>();
            rows.get("messages").forEach(row -> bySeq.put(row.get("seq").asLong(), row));
            for (ProgressClient.Received frame : client.frames(taskId)) {
                if (!frame.snapshot() && !frame.terminal()) {
                    assertThat(frame.json()).isEqualTo(bySeq.get(frame.seq()));
                    assertThat(
                                    frame.json()
                                            .get("node_error")
                                            .asText()
                                            .getBytes(StandardCharsets.UTF_8)
                                            .length)
                            .isBetween(1_000, 1_024);
                }
            }
        }
    }

    @Test
    void payloadPastEightThousandBytesBecomesAReferenceAndIsReadFromTheRows() throws SQLException {
        String token = token();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            StoredTask task = new StoredTask(user, a.bean(DataSource.class));
            List<Frame> frames = task.write(1, 60);
            String payload = StoredTask.payload(frames);
            assertThat(payload).doesNotContain("messages").hasSizeLessThan(8_000);
            publish(user, payload);
            client.awaitSeq(task.taskId, 60);
            assertThat(client.violations()).isEmpty();
        }
    }

    @Test
    void gapIsFilledFromTheRowsAndWhatComesTwiceIsDropped() throws SQLException {
        String token = token();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            StoredTask task = new StoredTask(user, a.bean(DataSource.class));
            publish(user, StoredTask.payload(task.write(1, 1)));
            client.awaitSeq(task.taskId, 1);
            task.write(2, 8);
            List<Frame> ninth = task.write(9, 9);
            publish(user, StoredTask.payload(ninth));
            client.awaitSeq(task.taskId, 9);
            publishAndReceive(user, StoredTask.payload(ninth));
            publishAndReceive(user, StoredTask.payload(List.of(task.frame(4))));
            publishAndReceive(user, StoredTask.payload(task.write(10, 10)));
            client.awaitSeq(task.taskId, 10);
            assertThat(client.violations()).isEmpty();
            if (client.frames(task.taskId).stream().noneMatch(ProgressClient.Received::snapshot)) {
                assertThat(seqs(client, task.taskId)).isEqualTo(oneTo(10));
            }
        }
    }

    @Test
    void notificationsOutOfOrderAreSorted() throws SQLException {
        String token = token();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            StoredTask task = new StoredTask(user, a.bean(DataSource.class));
            List<Frame> frames = task.write(1, 5);
            for (int at : List.of(4, 1, 0, 3, 2)) {
                publish(user, StoredTask.payload(List.of(frames.get(at))));
            }
            client.awaitSeq(task.taskId, 5);
            assertThat(client.violations()).isEmpty();
        }
    }

    @Test
    void rubbishOnTheChannelIsDropped() throws SQLException {
        String token = token();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            StoredTask task = new StoredTask(user, a.bean(DataSource.class));
            publish(user, StoredTask.payload(task.write(1, 1)));
            client.awaitSeq(task.taskId, 1);
            String frame = StoredTask.payload(List.of(task.frame(2)));
            for (String rubbish :
                    List.of(
                            "{\"test\":\"data\"}",
                            "rubbish",
                            "[]",
                            "null",
                            "{",
                            "{\"user_id\":\"" + user + "\"}",
                            "{\"user_id\":\"" + user + "\",\"seq\":\"x\"}",
                            frame.substring(0, frame.length() - 1),
                            frame + "x",
                            frame.replace("\"epoch\":1", "\"epoch\":-1"),
                            frame.replace("\"seq\":2", "\"seq\":99999999999999999999"),
                            frame.replace("\"type\":\"progress\"", "\"type\":\"gone\""),
                            frame.replace(task.taskId, "no-such-task"),
                            "{\"probe\":\"a\"}",
                            "[".repeat(3_000))) {
                publishAndReceive(user, rubbish);
            }
            a.send(
                    "direct:receive-notification",
                    new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, (byte) 0xff, '"', '}'},
                    Map.of());
            a.send("direct:receive-notification", new byte[0], Map.of());
            publishAndReceive(user, StoredTask.payload(task.write(2, 2)));
            client.awaitSeq(task.taskId, 2);
            assertThat(client.violations()).isEmpty();
            // Its due tasks may be listed before the first message is there, or after it.
            assertThat(client.frames(task.taskId))
                    .extracting(ProgressClient.Received::seq)
                    .filteredOn(seq -> seq > 0)
                    .containsExactly(1L, 2L);
            assertThat(a.state()).isEqualTo(state());
        }
    }

    @Test
    void foreignUserInAPayloadGetsNothing() throws SQLException {
        String token = token();
        String thief = "thief-" + user;
        try (ProgressClient owner = ProgressClient.connect(a.port(), token, "conflate=0");
                ProgressClient stranger =
                        ProgressClient.connect(a.port(), Tokens.user(thief), "conflate=0")) {
            StoredTask task = new StoredTask(user, a.bean(DataSource.class));
            task.write(1, 1);
            publishAndReceive(thief, StoredTask.payload(List.of(task.frame(1, thief))));
            publishAndReceive(
                    thief,
                    new WireCodec()
                            .encode(
                                    Notification.reference(
                                            task.taskId, thief, 1, 1, FrameType.PROGRESS)));
            publishAndReceive(user, StoredTask.payload(List.of(task.frame(1))));
            owner.awaitSeq(task.taskId, 1);
            task.write(2, 2);
            publishAndReceive(thief, StoredTask.payload(List.of(task.frame(2, thief))));
            publishAndReceive(user, StoredTask.payload(task.write(3, 3)));
            owner.awaitSeq(task.taskId, 3);
            assertThat(owner.violations()).isEmpty();
            assertThat(stranger.frames()).hasSize(1);
        }
    }

    @Test
    void forgedSeqIsDropped() throws SQLException {
        String token = token();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            StoredTask task = new StoredTask(user, a.bean(DataSource.class));
            publish(user, StoredTask.payload(task.write(1, 2)));
            client.awaitSeq(task.taskId, 2);
            publishAndReceive(user, StoredTask.payload(List.of(task.frame(5_000))));
            publishAndReceive(
                    user,
                    new WireCodec()
                            .encode(
                                    Notification.reference(
                                            task.taskId, user, 1, 9_000, FrameType.COMPLETE)));
            publishAndReceive(user, StoredTask.payload(task.write(3, 4)));
            client.awaitSeq(task.taskId, 4);
            assertThat(client.violations()).isEmpty();
            assertThat(client.frames(task.taskId))
                    .allSatisfy(frame -> assertThat(frame.seq()).isLessThanOrEqualTo(4));
            assertThat(client.task(task.taskId).ended()).isFalse();
        }
    }

    @Test
    void tasksThatWaitAreClaimedAsSoonAsAReplicaCalls() {
        String token = token();
        NewTask task =
                new NewTask(
                        UUID.randomUUID().toString(),
                        user,
                        null,
                        "cordon",
                        "test",
                        ApiClient.nodes(5),
                        Map.of(),
                        5,
                        "hash",
                        null,
                        null,
                        Instant.now().truncatedTo(ChronoUnit.MILLIS),
                        null,
                        null,
                        false);
        b.send("direct:store-task", task.pending(), Map.of());
        if (carries()) {
            b.send("seda:call-for-replicas", null, Map.of());
        }
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                a.api(token)
                                        .task(task.taskId())
                                        .path("status")
                                        .asText()
                                        .equals("completed"));
    }

    @Test
    void clientThatComesBackOnTheOtherReplicaGetsExactlyTheRest() throws IOException {
        String token = token();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            String taskId = b.api(token).start("cordon", "test", 1_000);
            client.awaitSeq(taskId, 1);
            client.reconnect(b.port());
            client.awaitSeq(taskId, 300);
            client.reconnect(a.port());
            JsonNode end = client.awaitEnd(taskId);
            assertThat(client.violations()).isEmpty();
            assertThat(end.get("current").asInt()).isEqualTo(1_000);
        }
    }
}
