package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.NodeResults;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;

/**
 * A batch of sixty nodes beside everything that may happen to its delivery, by random schedules:
 * the lists and the counts of a frame agree, or it says that they were cut; and its end has all.
 */
class ListsAndCountsTest {

    private static final String TASK = "task-1";
    private static final Instant NOW = Instant.parse("2026-11-23T10:00:00.000Z");
    private static final JsonMapper JSON = new JsonMapper();
    private static final int NODES = 60;

    private final List<Step.Read> reads = new ArrayList<>();
    private final List<JsonNode> frames = new ArrayList<>();
    private final List<List<String>> results = new ArrayList<>();
    private final List<Frame> written = new ArrayList<>();
    private final Delivery delivery =
            new Delivery(
                    new WireCodec(),
                    new DeliveryListener() {
                        @Override
                        public void delivered(Frame frame, String path) {}

                        @Override
                        public void duplicatesDropped(int messages) {}

                        @Override
                        public void gapFilled() {}
                    },
                    new Reads(4));
    private Random random;
    private boolean remembers = true;

    /** Goes on between the two questions that a read asks it. */
    private final TaskReader reader =
            new TaskReader(
                    delivery,
                    new LocalTasks() {
                        @Override
                        public Frame state(String taskId) {
                            goOn();
                            return remembers && !ended() ? TaskReader.state(row()) : null;
                        }

                        @Override
                        public NodeResults results(String taskId) {
                            goOn();
                            return TaskReader.nodeResults(results);
                        }

                        @Override
                        public Collection<String> running(String userId, boolean all) {
                            return List.of(TASK);
                        }
                    });

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void listsAndCountsOfAFrameAgree(long seed) throws Exception {
        random = new Random(seed);
        int sockets = 0;
        while (!ended() || sockets < 20) {
            switch (random.nextInt(8)) {
                case 0 -> {
                    Subscriber one = new Subscriber("s" + sockets++, "1", false);
                    delivery.open(one);
                    long since = random.nextBoolean() ? -1 : random.nextInt(written.size() + 1);
                    work(delivery.listed(one, Map.of(TASK, since), NOW));
                }
                case 1, 2 -> answer(random.nextInt(4) == 0);
                case 3 -> goOn();
                default -> {
                    goOn();
                    tell();
                }
            }
        }
        remembers = false;
        tell();
        while (!reads.isEmpty()) {
            answer(false);
        }

        int ends = 0;
        for (JsonNode frame : frames) {
            if (frame.has("success_nodes") && !frame.path("truncated").booleanValue()) {
                assertThat(frame.get("success_nodes"))
                        .as(frame.toString())
                        .hasSize(frame.get("success_count").intValue());
                assertThat(frame.get("failed_nodes"))
                        .as(frame.toString())
                        .hasSize(frame.get("failed_count").intValue());
            }
            if (frame.path("type").asText().equals("complete")) {
                ends++;
                assertThat(frame.has("truncated")).isFalse();
                assertThat(frame.get("current").intValue()).isEqualTo(NODES);
            }
        }
        assertThat(ends).isPositive();
    }

    private boolean ended() {
        return written.size() > NODES;
    }

    /** One node more, or the end. */
    private void goOn() {
        if (ended() || random.nextBoolean()) {
            return;
        }
        int seq = written.size() + 1;
        boolean end = seq > NODES;
        String status = end ? null : seq % 7 == 0 ? "failed" : "succeeded";
        int failed = (end ? NODES : seq) / 7;
        int current = end ? NODES : seq;
        String node = end ? null : "node-" + seq;
        if (!end) {
            results.add(java.util.Arrays.asList(node, status, null));
        }
        written.add(
                new Frame(
                        TASK,
                        "1",
                        end ? FrameType.COMPLETE : FrameType.PROGRESS,
                        "cordon",
                        "test",
                        1,
                        seq,
                        current,
                        NODES,
                        node,
                        status,
                        null,
                        current - failed,
                        failed,
                        "message " + seq,
                        null,
                        NOW));
    }

    /** The last few are announced; others never are. */
    private void tell() {
        if (!written.isEmpty()) {
            int from = Math.max(0, written.size() - 1 - random.nextInt(3));
            Notification news = Notification.of(written.subList(from, written.size()));
            work(delivery.arrived(news, "postgres"));
        }
    }

    /** One statement; or, while the database is away, what is remembered here. */
    private void answer(boolean away) throws Exception {
        if (reads.isEmpty()) {
            return;
        }
        Step.Read read = reads.remove(random.nextInt(reads.size()));
        if (away) {
            List<Feed> turns = reader.local(read);
            if (turns == null) {
                reads.add(read);
            } else {
                work(turns);
            }
            return;
        }
        Map<String, Object> row = row();
        List<Map<String, Object>> messages = new ArrayList<>();
        for (Frame frame : written) {
            if (frame.seq() > read.since() && messages.size() < read.limit()) {
                messages.add(message(frame));
            }
        }
        row.put("messages", JSON.writeValueAsString(messages));
        row.put("nodes", read.nodes() ? JSON.writeValueAsString(results) : null);
        row.put("completed_at", ended() ? NOW : null);
        work(reader.answer(read, row));
    }

    private Map<String, Object> row() {
        Frame last = written.isEmpty() ? null : written.get(written.size() - 1);
        Map<String, Object> row = last == null ? new HashMap<>() : message(last);
        row.put("task_id", TASK);
        row.put("user_id", "1");
        row.put("action", "cordon");
        row.put("cluster_name", "test");
        row.put("status", ended() ? "completed" : "running");
        row.put("epoch", 1);
        row.put("last_seq", written.size());
        row.put("total", NODES);
        row.put("created_at", NOW);
        row.put("message_at", last == null ? null : NOW);
        return row;
    }

    private static Map<String, Object> message(Frame frame) {
        Map<String, Object> row = new HashMap<>();
        row.put("epoch", frame.epoch());
        row.put("seq", frame.seq());
        row.put("type", frame.type().wireName());
        row.put("current", frame.current());
        row.put("success_count", frame.successCount());
        row.put("failed_count", frame.failedCount());
        row.put("current_node", frame.currentNode());
        row.put("node_status", frame.nodeStatus());
        row.put("message", frame.message());
        row.put("error", null);
        row.put("created_at", NOW.toString());
        return row;
    }

    private void work(Feed feed) {
        if (feed != null) {
            work(List.of(feed));
        }
    }

    private void work(List<Feed> turns) {
        for (Feed feed : turns) {
            for (Step step = delivery.next(feed); step != null; step = delivery.next(feed)) {
                if (step instanceof Step.Send send) {
                    send.messages().forEach(message -> frames.add(json(message.text())));
                } else {
                    reads.add((Step.Read) step);
                }
            }
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }
}
