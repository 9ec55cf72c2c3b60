package org.kubenode.progress.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NodeResults;
import org.kubenode.progress.wire.WireCodec;

/** Makes of rows what the HTTP API shows. */
public final class TaskJson {

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .findAndAddModules()
                    .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                    .build();

    private static final List<String> NODE_COLUMNS =
            List.of(
                    "position",
                    "node_name",
                    "status",
                    "message",
                    "error",
                    "started_at",
                    "ended_at",
                    "updated_at",
                    "attempts",
                    "change");
    private static final List<String> TIMES =
            List.of(
                    "paused_at",
                    "starts_at",
                    "created_at",
                    "started_at",
                    "updated_at",
                    "completed_at");

    private final WireCodec codec;

    public TaskJson(WireCodec codec) {
        this.codec = codec;
    }

    /**
     * The row, if there is one.
     *
     * @throws ProblemException 404 when there is none: also for somebody else's task, so that
     *     nobody learns of it
     */
    public Map<String, Object> found(Map<String, Object> row) {
        if (row == null) {
            throw new ProblemException(404, "task_id", "there is no such task");
        }
        return row;
    }

    /** The answer to a request for a batch. */
    public Map<String, Object> accepted(Map<String, Object> row) {
        String self = "/api/v1/tasks/" + row.get("task_id");
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("task_id", row.get("task_id"));
        answer.put("action", row.get("action"));
        answer.put("cluster_name", row.get("cluster_name"));
        answer.put("total", row.get("total"));
        answer.put("status", row.get("status"));
        answer.put("durable", !Boolean.FALSE.equals(row.get("durable")));
        if (row.get("retry_of") != null) {
            answer.put("retry_of", row.get("retry_of"));
        }
        answer.put("links", links(self));
        return answer;
    }

    private static Map<String, String> links(String self) {
        Map<String, String> links = new LinkedHashMap<>();
        links.put("self", self);
        links.put("messages", self + "/messages");
        links.put("cancel", self + "/cancel");
        return links;
    }

    /** One task, a row of show-task. */
    public Map<String, Object> task(Map<String, Object> row) {
        List<NodeResults.Failed> failed = parse(row, "failed_nodes", new TypeReference<>() {});
        List<String> succeeded = parse(row, "success_nodes", new TypeReference<>() {});
        NodeResults all = new NodeResults(succeeded, failed);
        NodeResults shown = all.cut(WireCodec.MAX_LIST_BYTES);
        Map<String, Object> task = summary(row);
        task.put("success_nodes", shown.succeeded());
        task.put("failed_nodes", shown.failed().stream().map(TaskJson::failure).toList());
        if (!shown.equals(all)) {
            task.put("truncated", true);
        }
        return task;
    }

    private static Map<String, Object> failure(NodeResults.Failed node) {
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("node_name", node.node());
        failure.put("error", node.error());
        return failure;
    }

    /**
     * A page of tasks, rows of list-tasks: fewer than asked for where those that fit are rare, and
     * then {@code next} is where to go on looking.
     */
    public Map<String, Object> page(List<Map<String, Object>> rows, int limit) {
        List<Map<String, Object>> tasks =
                rows.stream().filter(row -> row.get("task_id") != null).toList();
        Map<String, Object> page = page("tasks", tasks, limit, "task_id", TaskJson::summary);
        page.computeIfAbsent("next", none -> rows.get(0).get("looked_to"));
        return page;
    }

    /** A page of the nodes of a task, rows of task-nodes. */
    public Map<String, Object> nodes(List<Map<String, Object>> rows, TaskRequest request) {
        return page("nodes", rows, request.limit(), "position", TaskJson::node);
    }

    /** The same as CSV (RFC 4180). */
    public String csv(List<Map<String, Object>> rows, TaskRequest request) {
        return Csv.write(
                NODE_COLUMNS, rows.stream().limit(request.limit()).map(TaskJson::node).toList());
    }

    /** A page of what was done to a node, rows of node-history. */
    public Map<String, Object> history(List<Map<String, Object>> rows, NodeRequest request) {
        return page("history", rows, request.limit(), "task_id", TaskJson::deed);
    }

    /**
     * Messages of a task, rows of read-messages, each as its frame.
     *
     * @param lastSeq of the task, read before the rows
     */
    public String messages(List<Map<String, Object>> rows, TaskRequest request, Number lastSeq) {
        boolean more = rows.size() > request.limit();
        List<Map<String, Object>> shown = more ? rows.subList(0, request.limit()) : rows;
        long last = lastSeq.longValue();
        StringJoiner frames = new StringJoiner(",", "{\"messages\":[", "],\"last_seq\":");
        for (Map<String, Object> row : shown) {
            Frame frame = Rows.frame(row);
            frames.add(codec.encode(frame));
            last = Math.max(last, frame.seq());
        }
        return frames.toString() + last + ",\"more\":" + more + "}";
    }

    static Map<String, Object> page(
            String name,
            List<Map<String, Object>> rows,
            int limit,
            String key,
            Function<Map<String, Object>, Map<String, Object>> shown) {
        boolean more = rows.size() > limit;
        Map<String, Object> page = new LinkedHashMap<>();
        page.put(name, rows.stream().limit(limit).map(shown).toList());
        page.put("next", more ? rows.get(limit - 1).get(key) : null);
        return page;
    }

    static Map<String, Object> node(Map<String, Object> row) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("position", row.get("position"));
        node.put("node_name", row.get("node_name"));
        result(node, row);
        return node;
    }

    private static Map<String, Object> deed(Map<String, Object> row) {
        Map<String, Object> deed = new LinkedHashMap<>();
        deed.put("task_id", row.get("task_id"));
        deed.put("user_id", WireCodec.userIdValue(row.get("user_id").toString()));
        for (String column :
                List.of("username", "action", "cluster_name", "reason", "task_status")) {
            deed.put(column, row.get(column));
        }
        deed.put("created_at", time(row, "created_at"));
        result(deed, row);
        return deed;
    }

    private static void result(Map<String, Object> node, Map<String, Object> row) {
        node.put("status", row.get("status"));
        node.put("message", row.get("message"));
        node.put("error", row.get("error"));
        node.put("started_at", time(row, "started_at"));
        node.put("ended_at", time(row, "ended_at"));
        node.put("updated_at", time(row, "updated_at"));
        node.put("attempts", row.get("attempts"));
        node.put(
                "change",
                row.get("change") == null
                        ? null
                        : parse(row, "change", new TypeReference<JsonNode>() {}));
    }

    /** Throws {@link ProblemException} 409 when another request had the same idempotency key. */
    public void requireNoConflict(Map<String, Object> row) {
        if (Rows.truth(row, "conflict")) {
            throw new ProblemException(
                    409,
                    "Idempotency-Key",
                    "the key was used for another request, task " + row.get("task_id"));
        }
    }

    /** The answer to a request to end a task. */
    public Map<String, Object> cancelling(Map<String, Object> row) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("task_id", row.get("task_id"));
        answer.put("status", row.get("status"));
        answer.put("cancel_requested", true);
        return answer;
    }

    /** The answer to a request to pause a task, to let it go on, or to approve it. */
    public Map<String, Object> changed(Map<String, Object> row) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("task_id", row.get("task_id"));
        answer.put("status", row.get("status"));
        answer.put("paused_at", time(row, "paused_at"));
        answer.put("approved_by", row.get("approved_by"));
        return answer;
    }

    /** A list under a name. */
    public Map<String, Object> named(String name, List<?> list) {
        return Map.of(name, list);
    }

    /** Anything as JSON. */
    public String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    private static Map<String, Object> summary(Map<String, Object> row) {
        int current = ((Number) row.get("current")).intValue();
        int total = ((Number) row.get("total")).intValue();
        Map<String, Object> params = parse(row, "params", new TypeReference<>() {});
        Map<String, Object> task = new LinkedHashMap<>();
        task.put("task_id", row.get("task_id"));
        task.put("user_id", WireCodec.userIdValue(row.get("user_id").toString()));
        task.put("username", row.get("username"));
        task.put("action", row.get("action"));
        task.put("cluster_name", row.get("cluster_name"));
        task.put("reason", row.get("reason"));
        task.put("params", params);
        task.put("concurrency", row.get("concurrency"));
        task.put("dry_run", Boolean.TRUE.equals(params.get("dry_run")));
        task.put("status", row.get("status"));
        task.put("current", current);
        task.put("total", total);
        task.put("progress", WireCodec.percent(current, total));
        task.put("success_count", row.get("success_count"));
        task.put("failed_count", row.get("failed_count"));
        task.put("needs_approval", Rows.truth(row, "needs_approval"));
        task.put("seq", row.get("last_seq"));
        task.put("epoch", row.get("epoch"));
        for (String column :
                List.of("message", "error", "retry_of", "cancelled_by", "approved_by")) {
            task.put(column, row.get(column));
        }
        for (String column : TIMES) {
            task.put(column, time(row, column));
        }
        return task;
    }

    private static <T> T parse(Map<String, Object> row, String column, TypeReference<T> type) {
        try {
            return JSON.readValue(row.get(column).toString(), type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(column + " of a row is not JSON", e);
        }
    }

    private static String time(Map<String, Object> row, String column) {
        Instant at = Rows.instant(row, column);
        return at == null ? null : WireCodec.timestamp(at);
    }
}
