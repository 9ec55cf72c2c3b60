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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

/** Reads and checks what a client asks for. Nothing is stored before all of it is right. */
public final class BatchRequests {

    /** Printable ASCII, as for any header. */
    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    /** RFC 1123 subdomain, as Kubernetes names nodes; at most 253 characters. */
    static final Pattern NODE_NAME =
            Pattern.compile(
                    "(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    static final String NODE_RULE =
            "a node name is an RFC 1123 subdomain: a-z, 0-9, '-' and '.', at most 253 characters";

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
        List<String> nodes = nodes(request);
        Integer wanted = concurrency(request.remove("concurrency"));
        OperationOptions.validate(operation, request);
        if (OperationOptions.isForAdmins(operation, request) && caller.role() != Role.ADMIN) {
            throw new ProblemException(
                    403, "disable_eviction", "only the role admin goes past disruption budgets");
        }
        int concurrency =
                wanted == null ? clusters.usualConcurrency(cluster, operation, request) : wanted;
        UUID id = TASK_IDS.generate();
        return new NewTask(
                id.toString(),
                caller.userId(),
                caller.username(),
                operation,
                cluster,
                nodes,
                request,
                concurrency,
                hash(operation, cluster, nodes, request, concurrency),
                idempotencyKey,
                null,
                timeOf(id),
                null);
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
        int concurrency = ((Number) task.get("concurrency")).intValue();
        if (nodes.isEmpty()) {
            throw new ProblemException(409, "task_id", "every node of the task succeeded");
        }
        String operation = task.get("action").toString();
        String cluster = task.get("cluster_name").toString();
        caller.grants().require(cluster, operation);
        clusters.get(cluster);
        UUID id = TASK_IDS.generate();
        return new NewTask(
                id.toString(),
                caller.userId(),
                caller.username(),
                operation,
                cluster,
                nodes,
                params,
                concurrency,
                hash(operation, cluster, nodes, params, concurrency),
                null,
                task.get("task_id").toString(),
                timeOf(id),
                null);
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

    /** The one that a UUID of version 7 begins with: lists look for it there. */
    private static Instant timeOf(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    private static Map<String, Object> parse(String body) {
        if (body == null || body.isBlank()) {
            throw new ProblemException(
                    400, "body", "a JSON object with cluster_name and node_names is needed");
        }
        try {
            JsonNode tree = JSON.readTree(body);
            if (!tree.isObject()) {
                throw new ProblemException(400, "body", "a JSON object is needed");
            }
            return JSON.convertValue(tree, new TypeReference<TreeMap<String, Object>>() {});
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

    private List<String> nodes(Map<String, Object> request) {
        String field = request.containsKey("nodes") ? "nodes" : "node_names";
        Object given = request.remove(field);
        if (request.containsKey("node_names")) {
            throw new ProblemException(400, "nodes", "either nodes or node_names, not both");
        }
        if (!(given instanceof List<?> list) || list.isEmpty()) {
            throw new ProblemException(400, field, "a list of at least one node name is needed");
        }
        if (list.size() > limits.maxNodes()) {
            throw new ProblemException(
                    400, field, list.size() + " nodes; at most " + limits.maxNodes() + " a batch");
        }
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < list.size(); i++) {
            String at = field + "[" + i + "]";
            if (!(list.get(i) instanceof String name) || !NODE_NAME.matcher(name).matches()) {
                throw new ProblemException(400, at, NODE_RULE);
            }
            if (!names.add(name)) {
                throw new ProblemException(400, at, "'" + name + "' is named twice");
            }
        }
        return new ArrayList<>(names);
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
