package org.kubenode.progress.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Map;
import java.util.StringJoiner;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.wire.WireCodec;

/** What is told of a task's end, by the names that templates use. */
final class EndValues {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_CHARACTERS = 4_000;

    private EndValues() {}

    /**
     * @param row of {@code next-end}
     */
    static ObjectNode of(Map<String, Object> row) {
        ObjectNode values = JSON.createObjectNode();
        for (String column :
                new String[] {
                    "task_id",
                    "username",
                    "action",
                    "cluster_name",
                    "reason",
                    "status",
                    "error",
                    "retry_of",
                    "cancelled_by"
                }) {
            values.put(column, Rows.text(row, column));
        }
        values.putPOJO("user_id", WireCodec.userIdValue(Rows.text(row, "user_id")));
        for (String column : new String[] {"total", "success_count", "failed_count"}) {
            values.put(column, Rows.number(row, column));
        }
        for (String column : new String[] {"created_at", "started_at", "completed_at"}) {
            Instant at = Rows.instant(row, column);
            values.put(column, at == null ? null : WireCodec.timestamp(at));
        }
        values.put("dry_run", json(row, "params").path("dry_run").asBoolean());
        values.set("failed_nodes", json(row, "failed_nodes"));
        values.put("outcome", outcome(row));
        values.put("details", details(values));
        return values;
    }

    private static String outcome(Map<String, Object> row) {
        long failed = Rows.number(row, "failed_count");
        String status = Rows.text(row, "status");
        return switch (status) {
            case "completed" -> failed == 0 ? "completed" : "completed with failures";
            case "failed" -> "ended by an error";
            default -> status;
        };
    }

    /** A line each: the reason, the error, the failed nodes; cut where a chat would refuse. */
    private static String details(ObjectNode values) {
        StringJoiner lines = new StringJoiner("\n");
        for (String column : new String[] {"reason", "error"}) {
            if (values.path(column).isTextual()) {
                lines.add(values.get(column).textValue());
            }
        }
        for (JsonNode node : values.get("failed_nodes")) {
            lines.add(node.path("node_name").asText() + ": " + node.path("error").asText());
        }
        long more = values.get("failed_count").asLong() - values.get("failed_nodes").size();
        if (more > 0) {
            lines.add("and " + more + " more");
        }
        String text = lines.toString();
        return text.length() <= MOST_CHARACTERS
                ? text
                : text.substring(0, MOST_CHARACTERS - 1) + "…";
    }

    private static JsonNode json(Map<String, Object> row, String column) {
        String text = Rows.text(row, column);
        try {
            return JSON.readTree(text == null ? "[]" : text);
        } catch (JsonProcessingException e) {
            return JSON.createArrayNode();
        }
    }
}
