package org.kubenode.progress.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * An operator's client: it keeps every frame, applies them by the client's whole algorithm (a frame
 * counts when its epoch and seq are higher than the last applied of its task; a snapshot with an
 * equal or higher pair replaces the state), and writes down every breach of the order that each
 * connection promises: for each task, {@code seq} is the previous + 1, or {@code skipped_from} is,
 * or the frame is a snapshot. {@link #reconnect} goes on with {@code resume=1}.
 */
public final class ProgressClient implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final String token;
    private final String query;
    private final List<Received> frames = new ArrayList<>();
    private final Map<String, Applied> tasks = new ConcurrentHashMap<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private volatile Connection connection;
    private int connections;
    private volatile int count;
    private volatile long lastNanos;

    private ProgressClient(String token, String query) {
        this.token = token;
        this.query = query;
    }

    /**
     * A frame as it came.
     *
     * @param nanos {@link System#nanoTime} when its last byte was here
     * @param connection the client's first is 1
     */
    public record Received(JsonNode json, long nanos, int connection) {

        public String type() {
            return json.path("type").asText();
        }

        public String taskId() {
            return json.path("task_id").asText();
        }

        public long seq() {
            return json.path("seq").asLong();
        }

        public boolean snapshot() {
            return json.path("snapshot").asBoolean();
        }

        public boolean terminal() {
            return type().equals("complete") || type().equals("error");
        }
    }

    /**
     * What the client's algorithm made of a task's frames.
     *
     * @param last the last frame that counted
     * @param durableSeq the seq of the last one that was durable
     * @param count how many counted
     */
    public record Applied(JsonNode last, long epoch, long seq, long durableSeq, int count) {

        public boolean ended() {
            String type = last.path("type").asText();
            return type.equals("complete") || type.equals("error");
        }
    }

    /** Connects and waits for {@code connected}. */
    public static ProgressClient connect(int port, String token) {
        return connect(port, token, "");
    }

    /**
     * Connects and waits for {@code connected}.
     *
     * @param query such as {@code conflate=0&scope=all}, or empty
     */
    public static ProgressClient connect(int port, String token, String query) {
        ProgressClient client = new ProgressClient(token, query);
        client.open(port, query);
        return client;
    }

    /** Leaves the present connection, if any, and goes on from there, on any replica. */
    public void reconnect(int port) {
        disconnect();
        open(port, query.isEmpty() ? "resume=1" : query + "&resume=1");
        ObjectNode resume = ApiClient.JSON.createObjectNode().put("type", "resume");
        ObjectNode named = resume.putObject("tasks");
        tasks.forEach(
                (taskId, task) -> {
                    if (!task.ended() || task.durableSeq < task.seq) {
                        named.put(taskId, task.durableSeq);
                        connection.expected.put(taskId, task.durableSeq);
                    }
                });
        send(resume.toString());
    }

    private void open(int port, String withQuery) {
        Connection opened = new Connection(++connections);
        connection = opened;
        opened.socket =
                HTTP.newWebSocketBuilder()
                        .header("Authorization", "Bearer " + token)
                        .connectTimeout(Duration.ofSeconds(10))
                        .buildAsync(
                                URI.create(
                                        "ws://127.0.0.1:%d/api/v1/progress/ws%s"
                                                .formatted(
                                                        port,
                                                        withQuery.isEmpty()
                                                                ? ""
                                                                : "?" + withQuery)),
                                opened)
                        .orTimeout(15, TimeUnit.SECONDS)
                        .join();
        await("connected", () -> opened.greeted);
    }

    /** Ends the connection without a word, as a lost link would. */
    public void disconnect() {
        Connection last = connection;
        if (last != null) {
            last.over = true;
            last.socket.abort();
        }
    }

    public void send(String text) {
        connection.socket.sendText(text, true).orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Acknowledges the end of a task. */
    public void ack(String taskId) {
        send(
                ApiClient.JSON
                        .createObjectNode()
                        .put("type", "ack")
                        .put("task_id", taskId)
                        .put("seq", tasks.get(taskId).seq)
                        .toString());
    }

    /** Code and reason with which the server closed this connection; null while it is open. */
    public String closed() {
        return connection.closed;
    }

    /** Every frame so far. */
    public List<Received> frames() {
        synchronized (frames) {
            return List.copyOf(frames);
        }
    }

    /** How many frames there are so far. */
    public int count() {
        return count;
    }

    /** When the last of them was here, by {@link System#nanoTime}. */
    public long lastNanos() {
        return lastNanos;
    }

    /** Every frame of a task so far. */
    public List<Received> frames(String taskId) {
        return frames().stream().filter(frame -> frame.taskId().equals(taskId)).toList();
    }

    /** What is known of a task, or null. */
    public Applied task(String taskId) {
        return tasks.get(taskId);
    }

    /** What broke the order so far; empty is right. */
    public List<String> violations() {
        return List.copyOf(violations);
    }

    /** Waits until a task has ended here, and gives its last frame. */
    public JsonNode awaitEnd(String taskId) {
        return awaitEnd(taskId, PATIENCE);
    }

    public JsonNode awaitEnd(String taskId, Duration atMost) {
        await(
                "end of " + taskId,
                atMost,
                () -> tasks.containsKey(taskId) && tasks.get(taskId).ended());
        return tasks.get(taskId).last;
    }

    /** Waits until the client has applied a task up to {@code seq}. */
    public void awaitSeq(String taskId, long seq) {
        await(
                "seq " + seq + " of " + taskId,
                () -> tasks.containsKey(taskId) && tasks.get(taskId).seq >= seq);
    }

    private void await(String what, Callable<Boolean> condition) {
        await(what, PATIENCE, condition);
    }

    private void await(String what, Duration atMost, Callable<Boolean> condition) {
        Awaitility.await(what + " on " + this)
                .atMost(atMost)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(condition);
    }

    @Override
    public String toString() {
        Connection now = connection;
        return "connection %d (%s)".formatted(now.number, now.closed == null ? "open" : now.closed);
    }

    @Override
    public void close() {
        disconnect();
    }

    private synchronized void received(Connection from, String text, long nanos) {
        if (from.over) {
            return;
        }
        JsonNode json;
        try {
            json = ApiClient.JSON.readTree(text);
        } catch (JsonProcessingException e) {
            violations.add("not JSON: " + text);
            return;
        }
        Received frame = new Received(json, nanos, from.number);
        synchronized (frames) {
            frames.add(frame);
            lastNanos = nanos;
            count = frames.size();
        }
        if (!from.greeted) {
            if (!frame.type().equals("connected")) {
                violations.add("before connected: " + text);
            }
            from.greeted = true;
        } else if (json.has("seq")) {
            from.check(frame);
            apply(frame);
        }
    }

    private void apply(Received frame) {
        JsonNode json = frame.json();
        long epoch = json.path("epoch").asLong();
        long seq = frame.seq();
        boolean durable = json.path("durable").asBoolean(true);
        tasks.compute(
                frame.taskId(),
                (id, task) -> {
                    if (task == null) {
                        return new Applied(json, epoch, seq, durable ? seq : 0, 1);
                    }
                    int order =
                            epoch != task.epoch
                                    ? Long.compare(epoch, task.epoch)
                                    : Long.compare(seq, task.seq);
                    if (order < 0 || order == 0 && !frame.snapshot()) {
                        return task;
                    }
                    return new Applied(
                            json, epoch, seq, durable ? seq : task.durableSeq, task.count + 1);
                });
    }

    private final class Connection implements WebSocket.Listener {

        private final int number;

        /** The last seq of each task that this connection has brought, or was told of. */
        private final Map<String, Long> expected = new ConcurrentHashMap<>();

        /** Of the last message of each task that this connection has brought. */
        private final Map<String, Long> epochs = new ConcurrentHashMap<>();

        private final StringBuilder text = new StringBuilder();
        private WebSocket socket;
        private volatile boolean greeted;
        private volatile boolean over;
        private volatile String closed;

        private Connection(int number) {
            this.number = number;
        }

        private void check(Received frame) {
            String taskId = frame.taskId();
            long previous = expected.getOrDefault(taskId, 0L);
            long from = frame.json().path("skipped_from").asLong(frame.seq());
            long epoch = frame.json().path("epoch").asLong();
            // What an owner that was cut off showed may never have become durable: the state under
            // the next owner takes its place, further back.
            boolean nextOwner = epoch > epochs.getOrDefault(taskId, epoch);
            if (frame.snapshot() ? frame.seq() < previous && !nextOwner : from != previous + 1) {
                violations.add(
                        "connection %d: task %s went from seq %d to %s"
                                .formatted(number, taskId, previous, frame.json()));
            }
            expected.put(taskId, frame.seq());
            epochs.put(taskId, epoch);
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                long nanos = System.nanoTime();
                String whole = text.toString();
                text.setLength(0);
                received(this, whole, nanos);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            violations.add("a binary frame");
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            closed = code + " " + reason;
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            // A ProtocolException says why in its cause alone.
            closed = "error " + error + (error.getCause() == null ? "" : ", " + error.getCause());
        }
    }
}
