package org.kubenode.progress.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.wire.WireCodec;

/** Makes of rows what the HTTP API shows. */
public final class TaskJson {

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .findAndAddModules()
                    .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                    .build();

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

    /**
     * One task.
     *
     * @param nodes the nodes' final results
     */
    public Map<String, Object> task(Map<String, Object> row, List<Map<String, Object>> nodes) {
        List<Object> succeeded = new ArrayList<>();
        List<Object> failed = new ArrayList<>();
        for (Map<String, Object> node : nodes) {
            if ("succeeded".equals(node.get("node_status"))) {
                succeeded.add(node.get("current_node"));
            } else {
                Map<String, Object> failure = new LinkedHashMap<>();
                failure.put("node_name", node.get("current_node"));
                failure.put("error", node.get("node_error"));
                failed.add(failure);
            }
        }
        Map<String, Object> task = summary(row);
        task.put("success_nodes", succeeded);
        task.put("failed_nodes", failed);
        return task;
    }

    /**
     * A page of tasks.
     *
     * @param rows newest first, one more than the limit where there are more
     */
    public Map<String, Object> page(List<Map<String, Object>> rows, int limit) {
        boolean more = rows.size() > limit;
        List<Map<String, Object>> tasks =
                rows.stream().limit(limit).map(TaskJson::summary).toList();
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("tasks", tasks);
        page.put("next", more ? tasks.get(limit - 1).get("task_id") : null);
        return page;
    }

    /**
     * @throws ProblemException 409 when another request had the same idempotency key
     */
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
        Map<String, Object> task = new LinkedHashMap<>();
        task.put("task_id", row.get("task_id"));
        task.put("user_id", WireCodec.userIdValue(row.get("user_id").toString()));
        task.put("action", row.get("action"));
        task.put("cluster_name", row.get("cluster_name"));
        task.put("status", row.get("status"));
        task.put("current", current);
        task.put("total", total);
        task.put("progress", WireCodec.percent(current, total));
        task.put("success_count", row.get("success_count"));
        task.put("failed_count", row.get("failed_count"));
        task.put("seq", row.get("last_seq"));
        task.put("epoch", row.get("epoch"));
        task.put("message", row.get("message"));
        task.put("error", row.get("error"));
        task.put("retry_of", row.get("retry_of"));
        task.put("created_at", time(row, "created_at"));
        task.put("updated_at", time(row, "updated_at"));
        task.put("completed_at", time(row, "completed_at"));
        return task;
    }

    private static String time(Map<String, Object> row, String column) {
        Instant at = Rows.instant(row, column);
        return at == null ? null : WireCodec.timestamp(at);
    }
}
