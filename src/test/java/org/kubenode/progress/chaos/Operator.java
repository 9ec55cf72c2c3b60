package org.kubenode.progress.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.Tokens;

/**
 * A client that comes back whenever its connection ends, on whichever replica answers, and resumes.
 * It writes down what it receives and judges nothing.
 */
final class Operator implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private static final int NAMED_AT_ONCE = 50;

    private final String name;
    private final String user;
    private final boolean all;
    private final String query;
    private final Stage stage;
    private final History history;
    private final Relay relay;
    private final String token;
    private final Thread thread;
    private final Map<String, Known> tasks = new ConcurrentHashMap<>();
    private volatile int home;
    private volatile boolean over;
    private volatile Connection connection;
    private int connections;

    /** What was applied of a task by the client's algorithm. */
    private record Known(long epoch, long seq, long durableSeq, boolean ended) {}

    /**
     * @param all whether it is a viewer of everybody's tasks
     * @param query such as {@code conflate=0}, or empty
     * @param home the replica that it tries first
     */
    Operator(
            Stage stage,
            History history,
            String name,
            String user,
            boolean all,
            String query,
            int home)
            throws java.io.IOException {
        this.stage = stage;
        this.history = history;
        this.name = name;
        this.user = user;
        this.all = all;
        this.query = query;
        this.home = home;
        this.token = Tokens.of(user, all ? "viewer" : "user", Duration.ofHours(12), Tokens.SECRET);
        this.relay = Relay.narrow("127.0.0.1", stage.port(home));
        this.thread = new Thread(this::stayConnected, "operator-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    String name() {
        return name;
    }

    Relay link() {
        return relay;
    }

    /** Ends its connection without a word; it comes back to the same replica. */
    void cut() {
        relay.cut();
    }

    /** The same, but it comes back to another replica. */
    void move() {
        home = (home + 1) % stage.replicas();
        relay.cut();
    }

    /**
     * Whether it has seen the end of a task, this one. Not whether that was durable: who was shown
     * a message before it was is not shown it again.
     */
    boolean ended(String taskId, long epoch, long seq) {
        Known known = tasks.get(taskId);
        return known != null && known.ended && known.epoch == epoch && known.seq == seq;
    }

    boolean maySee(String owner) {
        return all || user.equals(owner);
    }

    private void stayConnected() {
        for (int attempt = 0; !over; attempt++) {
            int replica = (home + (attempt < 3 ? 0 : attempt)) % stage.replicas();
            try {
                Connection opened = open(replica);
                attempt = -1;
                awaitEnd(opened);
            } catch (RuntimeException notNow) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(150));
            }
        }
    }

    /** Until it ended, or its link did: the client is not always told. */
    private void awaitEnd(Connection opened) {
        while (!opened.closed.isDone()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            if (relay.connections() == 0) {
                opened.end("its link ended");
            }
        }
    }

    private Connection open(int replica) {
        relay.redirect(stage.port(replica));
        boolean resume = connections > 0;
        Connection opened = new Connection(++connections);
        connection = opened;
        String parameters = resume ? query + (query.isEmpty() ? "" : "&") + "resume=1" : query;
        WebSocket socket =
                HTTP.newWebSocketBuilder()
                        .header("Authorization", "Bearer " + token)
                        .connectTimeout(Duration.ofSeconds(3))
                        .buildAsync(
                                URI.create(
                                        "ws://127.0.0.1:%d/api/v1/progress/ws?%s"
                                                .formatted(relay.port(), parameters)),
                                opened)
                        .orTimeout(4, TimeUnit.SECONDS)
                        .join();
        try {
            String greeting = opened.greeted.orTimeout(4, TimeUnit.SECONDS).join();
            Map<String, Long> resumed = resume ? places() : Map.of();
            history.add(
                    new Event.Opened(
                            History.now(), name, opened.number, user, all, greeting, resumed));
            opened.goOn.complete(null);
            if (resume) {
                say(socket, resumed);
            }
            return opened;
        } catch (RuntimeException e) {
            socket.abort();
            throw e;
        }
    }

    private Map<String, Long> places() {
        Map<String, Long> places = new HashMap<>();
        tasks.forEach(
                (taskId, known) -> {
                    if (!known.ended || known.durableSeq < known.seq) {
                        places.put(taskId, known.durableSeq);
                    }
                });
        return places;
    }

    private static void say(WebSocket socket, Map<String, Long> places) {
        ObjectNode resume = resume();
        int named = 0;
        for (Map.Entry<String, Long> place : places.entrySet()) {
            ((ObjectNode) resume.get("tasks")).put(place.getKey(), place.getValue());
            if (++named % NAMED_AT_ONCE == 0 && named < places.size()) {
                send(socket, resume.put("more", true));
                resume = resume();
            }
        }
        send(socket, resume);
    }

    private static ObjectNode resume() {
        ObjectNode resume = JSON.createObjectNode().put("type", "resume");
        resume.putObject("tasks");
        return resume;
    }

    private static void send(WebSocket socket, ObjectNode message) {
        socket.sendText(message.toString(), true).orTimeout(4, TimeUnit.SECONDS).join();
    }

    private void received(Connection from, String text) throws JsonProcessingException {
        JsonNode json = JSON.readTree(text);
        if (!from.greeted.isDone()) {
            from.greeted.complete(json.path("replica").asText());
            // Nothing more of it before the history knows the connection.
            from.goOn.orTimeout(10, TimeUnit.SECONDS).join();
            return;
        }
        Event.Framed frame =
                new Event.Framed(
                        History.now(),
                        name,
                        from.number,
                        json.path("user_id").asText(),
                        json.path("type").asText(),
                        json.path("task_id").asText(),
                        json.path("epoch").asLong(),
                        json.path("seq").asLong(),
                        json.path("skipped_from").asLong(),
                        json.path("snapshot").asBoolean(),
                        json.path("durable").asBoolean(true),
                        json.path("gone").asBoolean(),
                        json.path("current_node").asText(null),
                        lists(json));
        history.add(frame);
        if (!all && frame.terminal() && frame.durable() && !frame.gone() && acknowledges(frame)) {
            acknowledge(frame);
        }
        if (frame.gone()) {
            tasks.remove(frame.taskId());
        } else if (!frame.taskId().isEmpty()) {
            tasks.merge(frame.taskId(), known(null, frame), (known, first) -> known(known, frame));
        }
    }

    private static Event.Lists lists(JsonNode json) {
        return json.has("success_nodes")
                ? new Event.Lists(
                        json.path("success_count").asInt(),
                        json.path("failed_count").asInt(),
                        json.path("success_nodes").size(),
                        json.path("failed_nodes").size(),
                        json.path("truncated").asBoolean())
                : null;
    }

    /** Every third task: the others are shown to whoever comes later. */
    private static boolean acknowledges(Event.Framed end) {
        return Math.floorMod(end.taskId().hashCode(), 3) == 0;
    }

    /** What no replica takes just now stays unacknowledged. */
    private void acknowledge(Event.Framed end) {
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d/api/v1/tasks/%s/ack"
                                                .formatted(relay.port(), end.taskId())))
                        .header("Authorization", "Bearer " + token)
                        .timeout(Duration.ofSeconds(4))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
        history.add(new Event.Acknowledging(History.now(), name, end.taskId(), end.seq()));
        HTTP.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .thenAccept(
                        answer -> {
                            if (answer.statusCode() == 204) {
                                history.add(
                                        new Event.Acknowledged(
                                                History.now(), name, end.taskId(), end.seq()));
                            }
                        });
    }

    private static Known known(Known before, Event.Framed frame) {
        long durable = frame.durable() ? frame.seq() : 0;
        if (before == null) {
            return new Known(frame.epoch(), frame.seq(), durable, frame.terminal());
        }
        int order =
                frame.epoch() != before.epoch
                        ? Long.compare(frame.epoch(), before.epoch)
                        : Long.compare(frame.seq(), before.seq);
        if (order < 0 || order == 0 && !frame.snapshot()) {
            return before;
        }
        return new Known(
                frame.epoch(),
                frame.seq(),
                frame.durable() ? frame.seq() : before.durableSeq,
                frame.terminal());
    }

    /** Leaves; its last connection counts as one that stayed to the end. */
    @Override
    public void close() throws java.io.IOException {
        over = true;
        relay.close();
        Connection last = connection;
        if (last != null) {
            last.closed.complete("over");
        }
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Connection implements WebSocket.Listener {

        private final int number;
        private final CompletableFuture<String> greeted = new CompletableFuture<>();
        private final CompletableFuture<Void> goOn = new CompletableFuture<>();
        private final CompletableFuture<String> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();

        private Connection(int number) {
            this.number = number;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                String whole = text.toString();
                text.setLength(0);
                try {
                    received(this, whole);
                } catch (JsonProcessingException | RuntimeException e) {
                    end("client: " + e);
                    socket.abort();
                    return null;
                }
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            end(code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            end(error.toString());
        }

        private void end(String why) {
            if (!over && closed.complete(why) && greeted.isDone()) {
                history.add(new Event.Closed(History.now(), name, number, why));
            }
        }
    }
}
