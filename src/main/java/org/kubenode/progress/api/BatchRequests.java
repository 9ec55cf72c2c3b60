package org.kubenode.progress.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.OperationOptions;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.security.Caller;
import org.kubenode.progress.security.Role;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.wire.TaskIds;

/** Reads and checks what a client asks for. Nothing is stored before all of it is right. */
public final class BatchRequests {

    /** Printable ASCII, as for any header. */
    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private static final Duration LATEST_START = Duration.ofDays(30);

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .build();

    private static final TimeBasedEpochGenerator TASK_IDS = Generators.timeBasedEpochGenerator();

    private final Clusters clusters;
    private final ProgressProperties.Batch limits;

    public BatchRequests(Clusters clusters, ProgressProperties.Batch limits) {
        this.clusters = clusters;
        this.limits = limits;
    }

    /**
     * Reads the body of {@code POST /nodes/batch/{operation}}.
     *
     * @param caller who asks
     * @param operation an operation that there is a route for
     * @param idempotencyKey the header's value, or null
     * @param body JSON
     * @throws ProblemException naming the field at fault and what is allowed
     */
    public NewTask read(Caller caller, String operation, String idempotencyKey, String body) {
        if (!caller.role().mayStart()) {
            throw new ProblemException(403, null, "the role viewer starts no batches");
        }
        if (idempotencyKey != null && !IDEMPOTENCY_KEY.matcher(idempotencyKey).matches()) {
            throw new ProblemException(
                    400, "Idempotency-Key", "1 to 255 printable ASCII characters without spaces");
        }
        Map<String, Object> request = parse(body);
        String cluster = text(request.remove("cluster_name"));
        caller.grants().require(cluster, operation);
        if (!clusters.contains(cluster)) {
            if (!caller.grants().everything()) {
                throw new ProblemException(400, "cluster_name", "there is no such cluster");
            }
            // Names what there is.
            clusters.get(cluster);
        }
        List<String> nodes = new BatchNodes(clusters, limits.maxNodes()).take(cluster, request);
        Integer wanted = concurrency(request.remove("concurrency"));
        Map<String, Object> whole = new TreeMap<>(request);
        Instant startsAt = startsAt(request.remove("starts_at"));
        OperationOptions.validate(operation, request);
        if (OperationOptions.isForAdmins(operation, request) && caller.role() != Role.ADMIN) {
            throw new ProblemException(
                    403, "disable_eviction", "only the role admin goes past disruption budgets");
        }
        requireGrantOfStep(caller, operation, cluster, request);
        int concurrency =
                wanted == null ? clusters.usualConcurrency(cluster, operation, request) : wanted;
        // What a selector finds may change before the same request comes again.
        List<String> asked = request.containsKey("selector") ? List.of() : nodes;
        String hash = hash(operation, cluster, asked, whole, concurrency);
        return task(
                caller,
                new Batch(operation, cluster, nodes, request, concurrency),
                hash,
                idempotencyKey,
                null,
                startsAt);
    }

    /**
     * A task of those nodes of an earlier one that failed or were never tried.
     *
     * @param task a row of retry-nodes: the earlier task, its options and those nodes
     * @throws ProblemException 409 when there is nothing to retry
     */
    public NewTask retry(Caller caller, Map<String, Object> task) {
        if (!caller.role().mayStart()) {
            throw new ProblemException(403, null, "the role viewer starts no batches");
        }
        if (task.get("completed_at") == null) {
            throw new ProblemException(409, "task_id", "the task has not ended yet");
        }
        List<String> nodes = fromRow(task, "node_names", new TypeReference<>() {});
        Map<String, Object> params = fromRow(task, "params", new TypeReference<>() {});
        params.remove("selector");
        int concurrency = ((Number) task.get("concurrency")).intValue();
        if (nodes.isEmpty()) {
            throw new ProblemException(409, "task_id", "every node of the task succeeded");
        }
        String operation = task.get("action").toString();
        String cluster = task.get("cluster_name").toString();
        caller.grants().require(cluster, operation);
        requireGrantOfStep(caller, operation, cluster, params);
        clusters.get(cluster);
        return task(
                caller,
                new Batch(operation, cluster, nodes, params, concurrency),
                hash(operation, cluster, nodes, params, concurrency),
                null,
                task.get("task_id").toString(),
                null);
    }

    /** What a roll runs on each node must be the caller's to run. */
    private static void requireGrantOfStep(
            Caller caller, String operation, String cluster, Map<String, Object> params) {
        if (operation.equals("roll")) {
            caller.grants().require(cluster, OperationOptions.step(params));
        }
    }

    private static <T> T fromRow(Map<String, Object> row, String column, TypeReference<T> type) {
        try {
            return JSON.readValue(row.get(column).toString(), type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(column + " of a row is not JSON", e);
        }
    }

    /** Keys in order, so that equal requests are equal texts. */
    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    private static Map<String, Object> parse(String body) {
        if (body == null || body.isBlank()) {
            throw new ProblemException(
                    400, "body", "a JSON object with cluster_name and node_names is needed");
        }
        return JSON.convertValue(object(body), new TypeReference<TreeMap<String, Object>>() {});
    }

    /**
     * A body that is a JSON object.
     *
     * @throws ProblemException 400 when it is none, and where
     */
    static JsonNode object(String body) {
        try {
            JsonNode tree = JSON.readTree(body);
            if (!tree.isObject()) {
                throw new ProblemException(400, "body", "a JSON object is needed");
            }
            return tree;
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null
                            ? ""
                            : " at line "
                                    + e.getLocation().getLineNr()
                                    + ", column "
                                    + e.getLocation().getColumnNr();
            throw new ProblemException(400, "body", "not JSON" + where);
        }
    }

    private static String text(Object value) {
        if (!(value instanceof String text) || text.isEmpty()) {
            throw new ProblemException(400, "cluster_name", "the name of a cluster is needed");
        }
        return text;
    }

    /** What is to be done. */
    private record Batch(
            String operation,
            String cluster,
            List<String> nodes,
            Map<String, Object> params,
            int concurrency) {}

    /**
     * The task as the rules of its cluster let it start.
     *
     * @param wanted when it is to start; null for at once
     */
    private NewTask task(
            Caller caller,
            Batch batch,
            String hash,
            String idempotencyKey,
            String retryOf,
            Instant wanted) {
        UUID id = TASK_IDS.generate();
        Instant createdAt = TaskIds.madeAt(id);
        boolean dryRun = OperationOptions.dryRun(batch.params());
        Instant opens =
                dryRun
                        ? null
                        : clusters.opens(batch.cluster(), wanted == null ? createdAt : wanted);
        return new NewTask(
                id.toString(),
                caller.userId(),
                caller.username(),
                batch.operation(),
                batch.cluster(),
                batch.nodes(),
                batch.params(),
                batch.concurrency(),
                hash,
                idempotencyKey,
                retryOf,
                createdAt,
                null,
                opens == null ? wanted : opens,
                !dryRun && clusters.needsApproval(batch.cluster(), batch.nodes().size()));
    }

    /** Null for at once. */
    private static Instant startsAt(Object value) {
        Instant now = Instant.now();
        try {
            Instant at =
                    value == null
                            ? null
                            : OffsetDateTime.parse((String) value)
                                    .toInstant()
                                    .truncatedTo(ChronoUnit.MILLIS);
            if (at == null || at.isAfter(now) && at.isBefore(now.plus(LATEST_START))) {
                return at;
            }
        } catch (ClassCastException | DateTimeException e) {
            // Neither is this.
        }
        throw new ProblemException(
                400,
                "starts_at",
                "starts_at: allowed: a time to come within %d days, such as 2026-11-23T22:00:00+01:00"
                        .formatted(LATEST_START.toDays()));
    }

    /** Null when neither the request nor the configuration says. */
    private Integer concurrency(Object value) {
        if (value == null) {
            return limits.concurrency();
        }
        if (!(value instanceof Integer number) || number < 1 || number > limits.maxConcurrency()) {
            throw new ProblemException(
                    400, "concurrency", "an integer from 1 to " + limits.maxConcurrency());
        }
        return number;
    }

    private static String hash(Object... parts) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(json(parts).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JRE has SHA-256", e);
        }
    }
}
