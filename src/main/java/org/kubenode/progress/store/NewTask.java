package org.kubenode.progress.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.wire.WireCodec;

/**
 * What {@code create-task} stores.
 *
 * @param taskId UUID version 7
 * @param username the name that the user's token gives, or null
 * @param params options of the request, kept as JSON
 * @param concurrency nodes at a time
 * @param requestHash of the request's meaning; the same key with another hash is a conflict
 * @param idempotencyKey the client's, or null
 * @param retryOf the task this one repeats, or null
 * @param createdAt to the millisecond
 * @param traceparent the trace of the request (W3C Trace Context), or null
 * @param startsAt before that it does not start, to the millisecond; null for at once
 * @param needsApproval whether it waits until a second person approves it
 */
public record NewTask(
        String taskId,
        String userId,
        String username,
        String action,
        String clusterName,
        List<String> nodeNames,
        Map<String, Object> params,
        int concurrency,
        String requestHash,
        String idempotencyKey,
        String retryOf,
        Instant createdAt,
        String traceparent,
        Instant startsAt,
        boolean needsApproval) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public NewTask {
        nodeNames = List.copyOf(nodeNames);
    }

    /** Whether it waits for more than room. */
    public boolean waits() {
        return startsAt != null || needsApproval;
    }

    /** The body of {@code create-task} for a task that this replica starts: epoch 1, leased. */
    public Map<String, Object> running(String owner, long leaseMs) {
        return row("running", owner, 1, leaseMs);
    }

    /** The body of {@code create-task} for a task that any replica may claim: epoch 0. */
    public Map<String, Object> pending() {
        return row("pending", null, 0, null);
    }

    private Map<String, Object> row(String status, String owner, long epoch, Long leaseMs) {
        Map<String, Object> row = new HashMap<>();
        row.put("task_id", taskId);
        row.put("user_id", userId);
        row.put("username", username);
        row.put("action", action);
        row.put("cluster_name", clusterName);
        row.put("status", status);
        row.put("total", nodeNames.size());
        row.put("owner", owner);
        row.put("epoch", epoch);
        row.put("lease_ms", leaseMs);
        row.put("idempotency_key", idempotencyKey);
        row.put("retry_of", retryOf);
        row.put("created_at", WireCodec.timestamp(createdAt));
        row.put("node_names", json(nodeNames));
        row.put("params", json(params));
        row.put("concurrency", concurrency);
        row.put("request_hash", requestHash);
        row.put("traceparent", traceparent);
        row.put("starts_at", startsAt == null ? null : WireCodec.timestamp(startsAt));
        row.put("needs_approval", needsApproval);
        return row;
    }

    /** The options of a stored request. */
    public static Map<String, Object> params(String json) {
        try {
            return JSON.readValue(json, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("params are not a JSON object", e);
        }
    }

    /** As a column of JSON keeps it. */
    public static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not to be written as JSON", e);
        }
    }
}
