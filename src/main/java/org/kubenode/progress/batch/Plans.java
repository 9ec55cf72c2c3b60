package org.kubenode.progress.batch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.kubenode.progress.cluster.Drain;
import org.kubenode.progress.cluster.NodePlan;
import org.kubenode.progress.journal.Texts;

/** Makes rows of what drains plan and do. */
public final class Plans {

    /** Characters of JSON that the pods of one node may take. */
    private static final int MAX_PODS = 65_536;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The body of {@code store-plan}. */
    public Map<String, Object> row(NodeAttempt attempt, Drain drain) {
        NodePlan plan = drain.plan();
        ObjectNode pods = JSON.createObjectNode();
        int length = 0;
        int leftOut = 0;
        for (Map.Entry<String, NodePlan.Pod> entry : plan.pods().entrySet()) {
            ObjectNode pod = json(entry.getValue());
            length += entry.getKey().length() + pod.toString().length() + 4;
            if (length > MAX_PODS) {
                leftOut++;
            } else {
                pods.set(entry.getKey(), pod);
            }
        }
        Map<String, Object> row = new HashMap<>();
        row.put("task_id", attempt.run().task().taskId());
        row.put("epoch", attempt.run().task().epoch());
        row.put("node_name", attempt.node());
        row.put("pods", pods.toString());
        row.put("left_out", leftOut);
        row.put(
                "budgets",
                plan.budgets() == null ? null : JSON.valueToTree(plan.budgets()).toString());
        return row;
    }

    private static ObjectNode json(NodePlan.Pod pod) {
        ObjectNode json = JSON.createObjectNode().put("plan", name(pod.plan()));
        if (pod.why() != null) {
            json.put("why", pod.why());
        }
        if (pod.lost()) {
            json.put("lost", true);
        }
        if (pod.waits() != null) {
            json.put("waits", Texts.clean(pod.waits()));
        }
        if (pod.outcome() != null) {
            json.put("outcome", name(pod.outcome()));
        }
        return json;
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
