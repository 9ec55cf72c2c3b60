package org.kubenode.progress.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/** Reads notifications; one of it holds the fields of one JSON object while they are read. */
final class NotificationReader {

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

    void field(JsonParser in) throws IOException {
        String name = in.currentName();
        JsonToken value = in.nextToken();
        switch (name) {
            case "task_id" -> taskId = text(in, value);
            case "user_id" -> userId = userId(in, value);
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

    /** Behind the brace that opens a payload: the whole of it. */
    static Notification notification(JsonParser in) throws IOException {
        NotificationReader fields = new NotificationReader();
        List<Frame> messages = new ArrayList<>();
        boolean several = false;
        String traceparent = null;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            if ("messages".equals(in.currentName())) {
                several = true;
                readMessages(in, messages);
            } else if ("traceparent".equals(in.currentName())) {
                traceparent = text(in, in.nextToken());
            } else {
                fields.field(in);
            }
        }
        if (in.nextToken() != null) {
            throw new UnreadableNotificationException("more than one JSON value");
        }
        Notification notification = several ? joined(fields, messages) : alone(fields);
        return traceparent == null ? notification : notification.traced(traceparent);
    }

    private static Notification alone(NotificationReader fields) {
        if (fields.total < 0) {
            fields.requireHead();
            return Notification.reference(
                    fields.taskId, fields.userId, fields.epoch, fields.seq, fields.type());
        }
        return Notification.of(List.of(fields.frame()));
    }

    private static Notification joined(NotificationReader head, List<Frame> messages) {
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
            NotificationReader fields = new NotificationReader();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                fields.field(in);
            }
            messages.add(fields.frame());
        }
        if (in.currentToken() != JsonToken.END_ARRAY) {
            throw new UnreadableNotificationException("messages holds objects");
        }
    }

    static String userId(JsonParser in, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NUMBER_INT || value == JsonToken.VALUE_STRING) {
            return in.getText();
        }
        throw new UnreadableNotificationException("user_id is an integer or a text");
    }
}
