package org.kubenode.progress.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The JSON of frames and notifications. Written by hand on Jackson's streaming API: it runs once
 * for each message, and binding would cost several times as much. Thread-safe, without state.
 */
public final class WireCodec {

    /** PostgreSQL refuses a NOTIFY payload of 8,000 bytes or more (SQLSTATE 22023). */
    public static final int MAX_NOTIFICATION_BYTES = 8_000;

    /** Node lists past this are cut, and the frame says {@code "truncated": true}. */
    public static final int MAX_LIST_BYTES = 256 * 1024;

    private static final Pattern INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,17}");
    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final JsonFactory json =
            JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    /** One durable frame, as notifications and sockets carry it. */
    public String encode(Frame frame) {
        return encode(frame, true, 0);
    }

    /**
     * One frame for a socket.
     *
     * @param durable false adds {@code "durable": false}
     * @param skippedFrom the first skipped seq before this frame, or 0 when none was skipped
     */
    public String encode(Frame frame, boolean durable, long skippedFrom) {
        return write(
                out -> {
                    out.writeStartObject();
                    writeFields(out, frame);
                    writeMarks(out, durable, skippedFrom);
                    out.writeEndObject();
                });
    }

    /**
     * A terminal frame, or a snapshot: with the lists of nodes, cut at {@link #MAX_LIST_BYTES}. It
     * says {@code truncated} whenever they are not as long as the frame's counts say.
     *
     * @param snapshot whether it replaces the receiver's state
     */
    public String encodeWithNodes(
            Frame frame, NodeResults nodes, boolean snapshot, boolean durable, long skippedFrom) {
        return write(
                out -> {
                    out.writeStartObject();
                    writeFields(out, frame);
                    writeMarks(out, durable, skippedFrom);
                    if (snapshot) {
                        out.writeBooleanField("snapshot", true);
                    }
                    NodeResults shown = nodes.cut(MAX_LIST_BYTES);
                    out.writeArrayFieldStart("success_nodes");
                    for (String node : shown.succeeded()) {
                        out.writeString(node);
                    }
                    out.writeEndArray();
                    out.writeArrayFieldStart("failed_nodes");
                    for (NodeResults.Failed node : shown.failed()) {
                        out.writeStartObject();
                        out.writeStringField("node_name", node.node());
                        out.writeStringField("error", node.error());
                        out.writeEndObject();
                    }
                    out.writeEndArray();
                    if (shown.failed().size() != frame.failedCount()
                            || shown.succeeded().size() != frame.successCount()) {
                        out.writeBooleanField("truncated", true);
                    }
                    out.writeEndObject();
                });
    }

    /**
     * A notification's payload: the frame, several frames, or a reference when too large. A trace
     * context goes along where there is room for it.
     */
    public String encode(Notification notification) {
        String text = encodeUntraced(notification);
        if (notification.traceparent() == null) {
            return text;
        }
        String traced =
                text.substring(0, text.length() - 1)
                        + ",\"traceparent\":\""
                        + notification.traceparent()
                        + "\"}";
        return fits(traced) ? traced : text;
    }

    private String encodeUntraced(Notification notification) {
        if (!notification.isReference()) {
            List<Frame> frames = notification.messages();
            String text = frames.size() == 1 ? encode(frames.get(0)) : encodeAll(notification);
            if (fits(text)) {
                return text;
            }
        }
        return write(
                out -> {
                    out.writeStartObject();
                    writeHead(out, notification);
                    out.writeStringField("type", notification.type().wireName());
                    out.writeEndObject();
                });
    }

    /**
     * The user a payload names, without decoding the rest.
     *
     * @throws UnreadableNotificationException when it is not the JSON of a notification
     */
    public String peekUser(String payload) {
        try (JsonParser in = json.createParser(payload)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new UnreadableNotificationException("not a JSON object");
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                boolean user = "user_id".equals(in.currentName());
                JsonToken value = in.nextToken();
                if (user) {
                    return readUserId(in, value);
                }
                in.skipChildren();
            }
            throw new UnreadableNotificationException("no user_id");
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * Decodes a payload.
     *
     * @throws UnreadableNotificationException when it is not a notification; the message never
     *     quotes the payload
     */
    public Notification decode(String payload) {
        try (JsonParser in = json.createParser(payload)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new UnreadableNotificationException("not a JSON object");
            }
            FrameFields fields = new FrameFields();
            List<Frame> messages = new ArrayList<>();
            boolean several = false;
            String traceparent = null;
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                if ("messages".equals(in.currentName())) {
                    several = true;
                    readMessages(in, messages);
                } else if ("traceparent".equals(in.currentName())) {
                    traceparent = FrameFields.text(in, in.nextToken());
                } else {
                    fields.read(in);
                }
            }
            if (in.nextToken() != null) {
                throw new UnreadableNotificationException("more than one JSON value");
            }
            Notification notification = several ? joined(fields, messages) : alone(fields);
            return traceparent == null ? notification : notification.traced(traceparent);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Writes a user's id: as a number where it is a canonical integer, otherwise as text. */
    public static void writeUserId(JsonGenerator out, String userId) throws IOException {
        if (INTEGER.matcher(userId).matches()) {
            out.writeNumber(Long.parseLong(userId));
        } else {
            out.writeString(userId);
        }
    }

    /** The id as JSON shows it: a Long where it is a canonical integer, otherwise the text. */
    public static Object userIdValue(String userId) {
        return INTEGER.matcher(userId).matches() ? (Object) Long.valueOf(userId) : userId;
    }

    /** ISO 8601 in UTC with exactly three digits of a second's fraction. */
    public static String timestamp(Instant instant) {
        return MILLIS.format(instant);
    }

    /** How far a batch is: 0 to 100, to two decimals; 100 when it has no nodes. */
    public static double percent(int current, int total) {
        return total == 0 ? 100.0 : Math.round(current * 10_000.0 / total) / 100.0;
    }

    private static Notification alone(FrameFields fields) {
        if (fields.total < 0) {
            fields.requireHead();
            return Notification.reference(
                    fields.taskId, fields.userId, fields.epoch, fields.seq, fields.type());
        }
        return Notification.of(List.of(fields.frame()));
    }

    private static Notification joined(FrameFields head, List<Frame> messages) {
        long expected = head.seq - messages.size() + 1;
        for (Frame frame : messages) {
            if (!frame.taskId().equals(head.taskId)
                    || !frame.userId().equals(head.userId)
                    || frame.epoch() != head.epoch
                    || frame.seq() != expected++) {
                throw new UnreadableNotificationException(
                        "messages of one task, in order, up to seq");
            }
        }
        if (messages.isEmpty()) {
            throw new UnreadableNotificationException("messages is empty");
        }
        return Notification.of(messages);
    }

    private static void readMessages(JsonParser in, List<Frame> messages) throws IOException {
        if (in.nextToken() != JsonToken.START_ARRAY) {
            throw new UnreadableNotificationException("messages is a list");
        }
        while (in.nextToken() == JsonToken.START_OBJECT) {
            FrameFields fields = new FrameFields();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                fields.read(in);
            }
            messages.add(fields.frame());
        }
        if (in.currentToken() != JsonToken.END_ARRAY) {
            throw new UnreadableNotificationException("messages holds objects");
        }
    }

    private String encodeAll(Notification notification) {
        return write(
                out -> {
                    out.writeStartObject();
                    writeHead(out, notification);
                    out.writeArrayFieldStart("messages");
                    for (Frame frame : notification.messages()) {
                        out.writeStartObject();
                        writeFields(out, frame);
                        out.writeEndObject();
                    }
                    out.writeEndArray();
                    out.writeEndObject();
                });
    }

    private static void writeHead(JsonGenerator out, Notification notification) throws IOException {
        out.writeStringField("task_id", notification.taskId());
        out.writeFieldName("user_id");
        writeUserId(out, notification.userId());
        out.writeNumberField("epoch", notification.epoch());
        out.writeNumberField("seq", notification.seq());
    }

    private static void writeFields(JsonGenerator out, Frame frame) throws IOException {
        out.writeStringField("task_id", frame.taskId());
        out.writeFieldName("user_id");
        writeUserId(out, frame.userId());
        out.writeStringField("type", frame.type().wireName());
        out.writeStringField("action", frame.action());
        out.writeStringField("cluster_name", frame.clusterName());
        out.writeNumberField("epoch", frame.epoch());
        out.writeNumberField("seq", frame.seq());
        out.writeNumberField("current", frame.current());
        out.writeNumberField("total", frame.total());
        out.writeNumberField("progress", frame.progress());
        out.writeStringField("current_node", frame.currentNode());
        out.writeStringField("node_status", frame.nodeStatus());
        out.writeStringField("node_error", frame.nodeError());
        out.writeNumberField("success_count", frame.successCount());
        out.writeNumberField("failed_count", frame.failedCount());
        out.writeStringField("message", frame.message());
        if (frame.error() != null) {
            out.writeStringField("error", frame.error());
        }
        out.writeStringField("timestamp", timestamp(frame.timestamp()));
    }

    private static void writeMarks(JsonGenerator out, boolean durable, long skippedFrom)
            throws IOException {
        if (!durable) {
            out.writeBooleanField("durable", false);
        }
        if (skippedFrom > 0) {
            out.writeNumberField("skipped_from", skippedFrom);
        }
    }

    private static boolean fits(String text) {
        // A char is at most three bytes of UTF-8: only near the limit must they be counted.
        return text.length() * 3 < MAX_NOTIFICATION_BYTES
                || text.length() < MAX_NOTIFICATION_BYTES
                        && text.getBytes(StandardCharsets.UTF_8).length < MAX_NOTIFICATION_BYTES;
    }

    private String write(Body body) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator out = json.createGenerator(text)) {
            body.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to a string", e);
        }
        return text.toString();
    }

    private static String readUserId(JsonParser in, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NUMBER_INT || value == JsonToken.VALUE_STRING) {
            return in.getText();
        }
        throw new UnreadableNotificationException("user_id is an integer or a text");
    }

    private static UnreadableNotificationException unreadable(IOException e) {
        return new UnreadableNotificationException(
                e instanceof JsonEOFException ? "JSON ends too early" : "not JSON");
    }

    private interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    /** The fields of one JSON object while they are read. */
    private static final class FrameFields {
        private String taskId;
        private String userId;
        private String type;
        private String action;
        private String clusterName;
        private long epoch = -1;
        private long seq = -1;
        private int current;
        private int total = -1;
        private String currentNode;
        private String nodeStatus;
        private String nodeError;
        private int successCount;
        private int failedCount;
        private String message;
        private String error;
        private Instant timestamp;

        void read(JsonParser in) throws IOException {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            switch (name) {
                case "task_id" -> taskId = text(in, value);
                case "user_id" -> userId = readUserId(in, value);
                case "type" -> type = text(in, value);
                case "action" -> action = text(in, value);
                case "cluster_name" -> clusterName = text(in, value);
                case "epoch" -> epoch = number(in, value);
                case "seq" -> seq = number(in, value);
                case "current" -> current = count(in, value);
                case "total" -> total = count(in, value);
                case "current_node" -> currentNode = text(in, value);
                case "node_status" -> nodeStatus = text(in, value);
                case "node_error" -> nodeError = text(in, value);
                case "success_count" -> successCount = count(in, value);
                case "failed_count" -> failedCount = count(in, value);
                case "message" -> message = text(in, value);
                case "error" -> error = text(in, value);
                case "timestamp" -> timestamp = instant(text(in, value));
                default -> in.skipChildren();
            }
        }

        void requireHead() {
            if (taskId == null || userId == null || epoch < 0 || seq < 1) {
                throw new UnreadableNotificationException("no task_id, user_id, epoch or seq");
            }
        }

        FrameType type() {
            try {
                return FrameType.of(type);
            } catch (IllegalArgumentException e) {
                throw new UnreadableNotificationException("unknown type");
            }
        }

        Frame frame() {
            requireHead();
            if (total < 0 || timestamp == null) {
                throw new UnreadableNotificationException("no total or timestamp");
            }
            return new Frame(
                    taskId,
                    userId,
                    type(),
                    action,
                    clusterName,
                    epoch,
                    seq,
                    current,
                    total,
                    currentNode,
                    nodeStatus,
                    nodeError,
                    successCount,
                    failedCount,
                    message,
                    error,
                    timestamp);
        }

        private static String text(JsonParser in, JsonToken value) throws IOException {
            if (value == JsonToken.VALUE_NULL) {
                return null;
            }
            if (value != JsonToken.VALUE_STRING) {
                throw new UnreadableNotificationException(in.currentName() + " is a text");
            }
            return in.getText();
        }

        private static long number(JsonParser in, JsonToken value) throws IOException {
            if (value != JsonToken.VALUE_NUMBER_INT) {
                throw new UnreadableNotificationException(in.currentName() + " is an integer");
            }
            return in.getLongValue();
        }

        private static int count(JsonParser in, JsonToken value) throws IOException {
            long number = number(in, value);
            if (number < 0 || number > Integer.MAX_VALUE) {
                throw new UnreadableNotificationException(in.currentName() + " is out of range");
            }
            return (int) number;
        }

        private static Instant instant(String text) {
            try {
                return text == null ? null : Instant.parse(text);
            } catch (DateTimeParseException e) {
                throw new UnreadableNotificationException("timestamp is ISO 8601");
            }
        }
    }
}
