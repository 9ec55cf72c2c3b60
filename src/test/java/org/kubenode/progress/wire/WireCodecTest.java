package org.kubenode.progress.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireCodecTest {

    private final WireCodec codec = new WireCodec();
    private final ObjectMapper mapper = new ObjectMapper();

    @Test
    void writesAFrameFieldByFieldAsTheContractShowsIt() {
        assertThat(codec.encode(frame(42, null)))
                .isEqualTo(
                        "{\"task_id\":\"0192\",\"user_id\":1,\"type\":\"progress\","
                                + "\"action\":\"cordon\",\"cluster_name\":\"test\",\"epoch\":1,"
                                + "\"seq\":42,\"current\":41,\"total\":100,\"progress\":41.0,"
                                + "\"current_node\":\"node-41\",\"node_status\":\"succeeded\","
                                + "\"node_error\":null,\"success_count\":40,\"failed_count\":1,"
                                + "\"message\":\"Processed node-41 (41/100)\","
                                + "\"timestamp\":\"2026-11-23T10:15:30.100Z\"}");
    }

    @Test
    void readsBackWhatItWrote() {
        Notification one = Notification.of(List.of(frame(42, null)));
        Notification several = Notification.of(List.of(frame(41, null), frame(42, "boom")));
        Notification reference = Notification.reference("0192", "1", 1, 42, FrameType.COMPLETE);

        assertThat(codec.decode(codec.encode(one))).isEqualTo(one);
        assertThat(codec.decode(codec.encode(several))).isEqualTo(several);
        assertThat(codec.decode(codec.encode(reference))).isEqualTo(reference);
        assertThat(codec.peekUser(codec.encode(several))).isEqualTo("1");
    }

    @Test
    void sendsAReferenceWhenTheBytesWouldReachTheLimit() {
        // 2,600 characters of three bytes: the characters fit, the bytes do not.
        Notification large = Notification.of(List.of(frame(42, "节".repeat(2_600))));

        String payload = codec.encode(large);

        assertThat(payload.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(8_000);
        assertThat(codec.decode(payload))
                .isEqualTo(Notification.reference("0192", "1", 1, 42, FrameType.PROGRESS));
    }

    @Test
    void carriesATraceContextBesideTheMessagesAndNeverInThem() {
        String traceparent = "00-019ab2c3d4e57f60818283848586878a-818283848586878a-01";
        Notification one = Notification.of(List.of(frame(42, null)));
        Notification several = Notification.of(List.of(frame(41, null), frame(42, "boom")));

        for (Notification notification : List.of(one, several)) {
            String traced = codec.encode(notification.traced(traceparent));
            assertThat(codec.decode(traced)).isEqualTo(notification.traced(traceparent));
            assertThat(codec.decode(traced).messages()).isEqualTo(notification.messages());
            assertThat(codec.encode(notification)).doesNotContain("traceparent");
        }
    }

    /** How every version before this one reads a field that it does not know. */
    @Test
    void readsPastAFieldThatItDoesNotKnow() {
        Notification one = Notification.of(List.of(frame(42, null)));
        Notification several = Notification.of(List.of(frame(41, null), frame(42, "boom")));
        Notification reference = Notification.reference("0192", "1", 1, 42, FrameType.COMPLETE);

        for (Notification notification : List.of(one, several, reference)) {
            String payload = codec.encode(notification);
            String newer =
                    payload.substring(0, payload.length() - 1)
                            + ",\"of_a_later_version\":{\"a\":[1,\"b\"]}}";
            assertThat(codec.decode(newer)).isEqualTo(notification);
            assertThat(codec.peekUser(newer)).isEqualTo("1");
        }
    }

    @Test
    void leavesTheTraceContextOutRatherThanTheMessage() {
        String traceparent = "00-019ab2c3d4e57f60818283848586878a-818283848586878a-01";
        int empty = codec.encode(Notification.of(List.of(frame(42, "")))).length();
        Notification most = Notification.of(List.of(frame(42, "x".repeat(7_999 - empty))));

        assertThat(codec.encode(most.traced(traceparent))).isEqualTo(codec.encode(most));
    }

    @Test
    void fillsTheNotificationToTheLastByteBelowTheLimit() {
        int empty = codec.encode(Notification.of(List.of(frame(42, "")))).length();

        String most = codec.encode(Notification.of(List.of(frame(42, "x".repeat(7_999 - empty)))));
        String over = codec.encode(Notification.of(List.of(frame(42, "x".repeat(8_000 - empty)))));

        assertThat(most).hasSize(7_999);
        assertThat(codec.decode(over).isReference()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "-7, -7",
        "0, 0",
        "999999999999999999, 999999999999999999",
        "01, '\"01\"'",
        "+1, '\"+1\"'",
        "1.0, '\"1.0\"'",
        "12345678901234567890, '\"12345678901234567890\"'",
        "auth0|abc, '\"auth0|abc\"'"
    })
    void showsAnIntegerUserWhereItIsOne(String userId, String shown) throws Exception {
        Notification reference = Notification.reference("t", userId, 1, 1, FrameType.PROGRESS);

        String payload = codec.encode(reference);

        assertThat(mapper.readTree(payload).get("user_id")).hasToString(shown);
        assertThat(codec.decode(payload).userId()).isEqualTo(userId);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{\"test\":\"data\"}",
                "{\"task_id\":\"t\"",
                "{\"task_id\":1,\"user_id\":1,\"epoch\":1,\"seq\":1,\"type\":\"progress\"}",
                "{\"task_id\":\"t\",\"user_id\":{},\"epoch\":1,\"seq\":1,\"type\":\"progress\"}",
                "{\"task_id\":\"t\",\"user_id\":1,\"epoch\":1,\"seq\":0,\"type\":\"progress\"}",
                "{\"task_id\":\"t\",\"user_id\":1,\"epoch\":1,\"seq\":1,\"type\":\"rubbish\"}",
                "{\"task_id\":\"t\",\"user_id\":1,\"epoch\":1,\"seq\":1e9,\"type\":\"progress\"}",
                "{\"task_id\":\"t\",\"user_id\":1,\"epoch\":1,\"seq\":1,\"type\":\"progress\"}{}",
                "{\"task_id\":\"t\",\"user_id\":1,\"epoch\":1,\"seq\":2,\"messages\":[]}",
                "{\"task_id\":\"t\",\"user_id\":1,\"epoch\":1,\"seq\":2,\"messages\":[1]}",
                "{\"task_id\":\"t\",\"user_id\":1,\"epoch\":1,\"seq\":1,\"type\":\"progress\","
                        + "\"total\":1}",
                "{\"task_id\":\"t\",\"user_id\":1,\"user_id\":2,\"epoch\":1,\"seq\":1,"
                        + "\"type\":\"progress\"}"
            })
    void refusesWhatIsNotANotification(String payload) {
        assertThatThrownBy(() -> codec.decode(payload))
                .isInstanceOf(UnreadableNotificationException.class);
    }

    @Test
    void refusesMessagesThatLeaveAGapOrMixTasks() {
        String several = codec.encode(Notification.of(List.of(frame(41, null), frame(42, null))));

        assertThatThrownBy(() -> codec.decode(several.replace("\"seq\":41", "\"seq\":40")))
                .isInstanceOf(UnreadableNotificationException.class);
        assertThatThrownBy(
                        () ->
                                codec.decode(
                                        several.replaceFirst(
                                                "\\[\\{\"task_id\":\"0192\"",
                                                "[{\"task_id\":\"other\"")))
                .isInstanceOf(UnreadableNotificationException.class);
    }

    @Test
    void marksASnapshotASkipAndWhatIsNotYetDurable() throws Exception {
        List<String> succeeded = IntStream.rangeClosed(1, 40).mapToObj(i -> "node-" + i).toList();
        NodeResults nodes =
                new NodeResults(succeeded, List.of(new NodeResults.Failed("node-47", "timeout")));

        JsonNode snapshot =
                mapper.readTree(codec.encodeWithNodes(frame(42, null), nodes, true, false, 17));

        assertThat(snapshot.get("snapshot").booleanValue()).isTrue();
        assertThat(snapshot.get("durable").booleanValue()).isFalse();
        assertThat(snapshot.get("skipped_from").intValue()).isEqualTo(17);
        assertThat(snapshot.get("success_nodes")).hasSize(40).first().hasToString("\"node-1\"");
        assertThat(snapshot.get("failed_nodes"))
                .hasToString("[{\"node_name\":\"node-47\",\"error\":\"timeout\"}]");
        assertThat(snapshot.has("truncated")).isFalse();
    }

    /** 40 succeeded and 1 failed, say the counts. */
    @Test
    void listsThatDoNotAgreeWithTheCountsSaySo() throws Exception {
        List<String> succeeded = IntStream.rangeClosed(1, 40).mapToObj(i -> "node-" + i).toList();
        List<NodeResults.Failed> failed = List.of(new NodeResults.Failed("node-47", "timeout"));

        for (NodeResults nodes :
                List.of(
                        new NodeResults(succeeded.subList(1, 40), failed),
                        new NodeResults(succeeded, List.of()),
                        NodeResults.NONE)) {
            JsonNode frame =
                    mapper.readTree(codec.encodeWithNodes(frame(42, null), nodes, false, true, 0));
            assertThat(frame.get("truncated").booleanValue()).isTrue();
        }
    }

    @Test
    void cutsNodeListsAndSaysSo() throws Exception {
        List<NodeResults.Failed> failed =
                IntStream.range(0, 5_000)
                        .mapToObj(i -> new NodeResults.Failed("node-" + i, "節".repeat(300)))
                        .toList();

        String text =
                codec.encodeWithNodes(
                        frame(42, null), new NodeResults(List.of("ok"), failed), true, true, 0);

        assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(255_000, 264_000);
        assertThat(mapper.readTree(text).get("truncated").booleanValue()).isTrue();
    }

    private static Frame frame(long seq, String nodeError) {
        return new Frame(
                "0192",
                "1",
                FrameType.PROGRESS,
                "cordon",
                "test",
                1,
                seq,
                41,
                100,
                "node-41",
                nodeError == null ? "succeeded" : "failed",
                nodeError,
                40,
                1,
                "Processed node-41 (41/100)",
                null,
                Instant.parse("2026-11-23T10:15:30.100Z"));
    }
}
