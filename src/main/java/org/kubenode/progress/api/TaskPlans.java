package org.kubenode.progress.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.TreeMap;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.store.Rows;

/** Makes of rows what {@code GET /tasks/{task_id}/plan} shows. */
public final class TaskPlans {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @throws ProblemException 409 when there is no plan of such an operation
     */
    public void requirePlan(Map<String, Object> task) {
        if (!List.of("drain", "roll").contains(String.valueOf(task.get("action")))) {
            throw new ProblemException(
                    409,
                    "task_id",
                    task.get("action") + " moves no pods and has no plan; drain and roll have one");
        }
    }

    /** The names of a page of nodes, rows of task-nodes, as a JSON list. */
    public String names(List<Map<String, Object>> nodes) throws JsonProcessingException {
        return JSON.writeValueAsString(nodes.stream().map(node -> node.get("node_name")).toList());
    }

    /**
     * In which order to drain the nodes so that budgets keep moving: two nodes that wait for the
     * same budget stand as far from each other as the others allow.
     *
     * @param rows of plan-budgets: all nodes of a dry run
     * @return the place of each, from 1
     */
    public Map<String, Integer> order(List<Map<String, Object>> rows) {
        Map<String, Queue<String>> waiting = new TreeMap<>();
        for (Map<String, Object> row : rows) {
            waiting.computeIfAbsent(scarcest(parse(row, "budgets")), none -> new ArrayDeque<>())
                    .add(row.get("node_name").toString());
        }
        PriorityQueue<Map.Entry<String, Queue<String>>> groups =
                new PriorityQueue<>(
                        Comparator.comparing(
                                        (Map.Entry<String, Queue<String>> group) ->
                                                -group.getValue().size())
                                .thenComparing(Map.Entry::getKey));
        groups.addAll(waiting.entrySet());
        Map<String, Integer> order = new HashMap<>();
        Map.Entry<String, Queue<String>> last = null;
        while (!groups.isEmpty() || last != null) {
            Map.Entry<String, Queue<String>> group = groups.isEmpty() ? last : groups.remove();
            order.put(group.getValue().remove(), order.size() + 1);
            if (last != null && last != group) {
                groups.add(last);
            }
            last = group.getValue().isEmpty() ? null : group;
        }
        return order;
    }

    /** The budget that most of a node's pods would wait for; empty for none. */
    private static String scarcest(Map<String, Map<String, Object>> budgets) {
        return budgets.entrySet().stream()
                .max(
                        Comparator.comparing(
                                        (Map.Entry<String, Map<String, Object>> budget) ->
                                                Rows.number(budget.getValue(), "pods")
                                                        - Rows.number(budget.getValue(), "allowed"))
                                .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .orElse("");
    }

    /**
     * A page of the plan.
     *
     * @param rows of read-plans
     * @param nodes of task-nodes, in the order of the request
     * @param order see {@link #order}
     */
    public Map<String, Object> page(
            List<Map<String, Object>> rows,
            List<Map<String, Object>> nodes,
            Map<String, Integer> order,
            TaskRequest request) {
        Map<String, Map<String, Object>> plans = new HashMap<>();
        rows.forEach(row -> plans.put(row.get("node_name").toString(), row));
        return TaskJson.page(
                "nodes",
                nodes,
                request.limit(),
                "position",
                node -> {
                    Map<String, Object> shown = TaskJson.node(node);
                    shown.put("seconds", seconds(node));
                    shown.put("order", order.get(node.get("node_name").toString()));
                    plan(shown, plans.get(node.get("node_name").toString()));
                    return shown;
                });
    }

    private static void plan(Map<String, Object> shown, Map<String, Object> row) {
        if (row == null) {
            shown.put("pods", null);
            return;
        }
        List<Map<String, Object>> pods = new ArrayList<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String count : List.of("evict", "keep", "refuse", "lost", "waits", "differs")) {
            counts.put(count, 0);
        }
        new TreeMap<>(parse(row, "pods"))
                .forEach(
                        (name, pod) -> {
                            Map<String, Object> entry = new LinkedHashMap<>();
                            String[] parts = name.split("/", 2);
                            entry.put("namespace", parts[0]);
                            entry.put("name", parts[1]);
                            entry.putAll(pod);
                            Object outcome = pod.get("outcome");
                            if (outcome != null && !outcome.equals("evicted")) {
                                entry.put("differs", true);
                            }
                            pods.add(entry);
                            counts.merge(pod.get("plan").toString(), 1, Integer::sum);
                            for (String count : List.of("lost", "waits", "differs")) {
                                if (entry.containsKey(count)) {
                                    counts.merge(count, 1, Integer::sum);
                                }
                            }
                        });
        shown.put("counts", counts);
        shown.put("pods", pods);
        shown.put("pods_left_out", row.get("left_out"));
        shown.put("budgets", row.get("budgets") == null ? null : budgets(parse(row, "budgets")));
    }

    private static List<Map<String, Object>> budgets(Map<String, Map<String, Object>> budgets) {
        List<Map<String, Object>> shown = new ArrayList<>();
        budgets.forEach(
                (name, budget) -> {
                    long pods = Rows.number(budget, "pods");
                    long allowed = Rows.number(budget, "allowed");
                    Map<String, Object> entry = new LinkedHashMap<>();
                    String[] parts = name.split("/", 2);
                    entry.put("namespace", parts[0]);
                    entry.put("name", parts[1]);
                    entry.put("pods", pods);
                    entry.put("allowed", allowed);
                    entry.put("blocks", Math.max(0, pods - allowed));
                    shown.add(entry);
                });
        return shown;
    }

    /** How long the node took, or null. */
    private static Double seconds(Map<String, Object> node) {
        Instant from = Rows.instant(node, "started_at");
        Instant to = Rows.instant(node, "ended_at");
        return from == null || to == null ? null : Duration.between(from, to).toMillis() / 1000.0;
    }

    private static Map<String, Map<String, Object>> parse(Map<String, Object> row, String column) {
        try {
            return JSON.readValue(row.get(column).toString(), new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(column + " of a row is not JSON", e);
        }
    }
}
