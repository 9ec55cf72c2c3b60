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
                    return NotificationReader.userId(in, value);
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
            return NotificationReader.notification(in);
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

    private static UnreadableNotificationException unreadable(IOException e) {
        return new UnreadableNotificationException(
                e instanceof JsonEOFException ? "JSON ends too early" : "not JSON");
    }

    private interface Body {
        void write(JsonGenerator out) throws IOException;
    }
}
