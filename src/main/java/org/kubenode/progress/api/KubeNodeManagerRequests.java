package org.kubenode.progress.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.security.Callers;
import org.kubenode.progress.store.NewTask;

/**
 * Requests and answers in the shape of kube-node-manager's batch endpoints, for {@code
 * docs/examples/12-kube-node-manager-api.camel.yaml}: what is asked is checked as any other batch.
 */
public final class KubeNodeManagerRequests {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a body may have; the cluster may also be a parameter of the query. */
    private static final List<String> FIELDS =
            List.of("cluster_name", "cluster", "nodes", "reason", "labels", "taints", "keys");

    private final Callers callers;
    private final BatchRequests batches;

    KubeNodeManagerRequests(Callers callers, BatchRequests batches) {
        this.callers = callers;
        this.batches = batches;
    }

    /**
     * The task to be.
     *
     * @param sent with the variable {@code operation}, which the route sets: cordon, uncordon,
     *     drain, label, unlabel, taint or untaint
     */
    public NewTask batch(Received sent) {
        String operation = sent.path("operation");
        String cluster = sent.text("cluster_name", 253);
        sent.complete();
        JsonNode body = read(sent.header("body"));
        ObjectNode ours = JSON.createObjectNode();
        for (String name : List.of("cluster_name", "cluster")) {
            if (body.path(name).isTextual() && !body.path(name).asText().isEmpty()) {
                cluster = body.path(name).asText();
            }
        }
        if (cluster != null) {
            ours.put("cluster_name", cluster);
        }
        ours.set("nodes", body.path("nodes"));
        if (!body.path("reason").asText().isEmpty()) {
            ours.set("reason", body.path("reason"));
        }
        String known =
                switch (operation) {
                    case "label" -> labels(ours, body.path("labels"));
                    case "unlabel" -> noLabels(ours, body.path("keys"));
                    case "taint" -> taints(ours, body.path("taints"));
                    case "untaint" -> noTaints(ours, body.path("keys"));
                    default -> operation;
                };
        return batches.read(callers.current(), known, null, ours.toString());
    }

    /**
     * @param task the stored row
     */
    public Map<String, Object> started(Map<String, Object> task) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("code", 200);
        answer.put("message", task.get("action") + " started");
        answer.put("data", Map.of("task_id", task.get("task_id")));
        return answer;
    }

    private static JsonNode read(String body) {
        JsonNode read = BatchRequests.object(body == null ? "" : body);
        read.fieldNames()
                .forEachRemaining(
                        name -> {
                            if (!FIELDS.contains(name)) {
                                throw new ProblemException(
                                        400, name, "allowed: " + String.join(", ", FIELDS));
                            }
                        });
        return read;
    }

    private static String labels(ObjectNode ours, JsonNode labels) {
        ObjectNode map = ours.putObject("labels");
        labels.forEach(label -> map.put(label.path("key").asText(), label.path("value").asText()));
        return "label";
    }

    private static String noLabels(ObjectNode ours, JsonNode keys) {
        ObjectNode map = ours.putObject("labels");
        keys.forEach(key -> map.putNull(key.asText()));
        return "label";
    }

    private static String taints(ObjectNode ours, JsonNode taints) {
        ours.set("taints", taints);
        return "taint";
    }

    private static String noTaints(ObjectNode ours, JsonNode keys) {
        ArrayNode list = ours.putArray("taints");
        keys.forEach(key -> list.addObject().put("key", key.asText()).put("remove", true));
        return "taint";
    }
}
