package org.kubenode.progress.deliver;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.kubenode.progress.websocket.Outbound;
import org.kubenode.progress.wire.WireCodec;

/** What clients say on their sockets, and the frames that answer without being of a task. */
public final class ClientMessages {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /** The longest frame of a client but for a token, in bytes. */
    public static final int MAX_BYTES = 4 * 1_024;

    /** The longest frame of a client with a token, in bytes. */
    public static final int MAX_TOKEN_BYTES = 17 * 1_024;

    private ClientMessages() {}

    /** What a client said. */
    public sealed interface ClientMessage {

        /**
         * It goes on where it was.
         *
         * @param tasks the last durable seq it has of each task; not all names may be ids of tasks
         * @param more whether another frame of it follows
         */
        record Resume(Map<String, Long> tasks, boolean more) implements ClientMessage {}

        /** It has seen the end of a task. */
        record Ack(String taskId, long seq) implements ClientMessage {}

        /** It has a newer token. */
        record Token(String token) implements ClientMessage {

            /** Without the token. */
            @Override
            public String toString() {
                return "Token[]";
            }
        }

        /** The bare text {@code ping}. */
        record Ping() implements ClientMessage {}
    }

    /** A client said something that is not in the contract. */
    public static final class UnknownMessageException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int code;

        UnknownMessageException(int code, String reason) {
            super(reason);
            this.code = code;
        }

        /**
         * The close code of RFC 6455: 1007 for what is not JSON, 1008 for what is not known, 1009
         * for what is too big.
         */
        public int code() {
            return code;
        }
    }

    /**
     * Reads a text frame.
     *
     * @throws UnknownMessageException for anything that is not in the contract
     */
    public static ClientMessage parse(String text) {
        if ("ping".equals(text)) {
            return new ClientMessage.Ping();
        }
        boolean small = utf8Length(text) <= MAX_BYTES;
        JsonNode message;
        try {
            message = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw small ? new UnknownMessageException(1007, "not JSON") : tooBig();
        }
        String type = message.path("type").asText();
        if (!small && !type.equals("token")) {
            throw tooBig();
        }
        return switch (type) {
            case "resume" -> resume(message);
            case "ack" -> ack(message);
            case "token" -> token(message);
            default -> throw new UnknownMessageException(1008, "type is resume, ack or token");
        };
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static UnknownMessageException tooBig() {
        return new UnknownMessageException(
                1009,
                "a frame has at most " + MAX_BYTES + " bytes, with a token " + MAX_TOKEN_BYTES);
    }

    private static ClientMessage token(JsonNode message) {
        if (!message.path("token").isTextual()) {
            throw new UnknownMessageException(1008, "token: token is a text");
        }
        return new ClientMessage.Token(message.path("token").textValue());
    }

    private static ClientMessage resume(JsonNode message) {
        JsonNode named = message.get("tasks");
        if (named == null || !named.isObject()) {
            throw new UnknownMessageException(1008, "resume: tasks is an object");
        }
        JsonNode more = message.path("more");
        if (!more.isMissingNode() && !more.isBoolean()) {
            throw new UnknownMessageException(1008, "resume: more is true or false");
        }
        Map<String, Long> tasks = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> task : named.properties()) {
            tasks.put(task.getKey(), seq(task.getValue(), "resume: a task's seq"));
        }
        return new ClientMessage.Resume(tasks, more.booleanValue());
    }

    private static ClientMessage ack(JsonNode message) {
        JsonNode taskId = message.path("task_id");
        if (!taskId.isTextual()) {
            throw new UnknownMessageException(1008, "ack: task_id is a text");
        }
        return new ClientMessage.Ack(taskId.textValue(), seq(message.path("seq"), "ack: seq"));
    }

    private static long seq(JsonNode value, String what) {
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw new UnknownMessageException(1008, what + " is an integer of 0 or more");
        }
        return value.longValue();
    }

    /** The first frame of every socket. */
    public static String connected(String userId, String replica) {
        return write(
                out -> {
                    out.writeStringField("type", "connected");
                    out.writeFieldName("user_id");
                    WireCodec.writeUserId(out, userId);
                    out.writeStringField("replica", replica);
                    out.writeStringField("message", "Connected to replica " + replica);
                    out.writeStringField("timestamp", WireCodec.timestamp(Instant.now()));
                });
    }

    /** Says that the line is alive, where nothing else does. */
    static Outbound heartbeat() {
        return Outbound.of(
                write(
                        out -> {
                            out.writeStringField("type", "heartbeat");
                            out.writeStringField("timestamp", WireCodec.timestamp(Instant.now()));
                        }));
    }

    /** The answer for a task that is unknown, removed or somebody else's. */
    static String gone(String taskId) {
        return write(
                out -> {
                    out.writeStringField("type", "error");
                    out.writeStringField("task_id", taskId);
                    out.writeStringField("error", "unknown task");
                    out.writeBooleanField("gone", true);
                });
    }

    private static String write(Body body) {
        StringWriter text = new StringWriter(128);
        try (JsonGenerator out = JSON.createGenerator(text)) {
            out.writeStartObject();
            body.write(out);
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to a string", e);
        }
        return text.toString();
    }

    private interface Body {
        void write(JsonGenerator out) throws IOException;
    }
}
