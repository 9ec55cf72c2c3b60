package org.kubenode.progress.api;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.kubenode.progress.security.Caller;
import org.kubenode.progress.security.Callers;
import org.kubenode.progress.security.Scope;
import org.kubenode.progress.store.NewTask;

/**
 * The door of the HTTP API: makes of what a client sent what a route works with, one method a call.
 * Each refuses by name what does not fit, with a {@link
 * org.kubenode.progress.problem.ProblemException}.
 */
public final class Requests {

    /** Messages, and nodes of a task, in one answer. */
    private static final int MOST = 1_000;

    private static final int MOST_TASKS = 200;
    private static final int MOST_PLANS = 100;
    private static final int MOST_NODES = 5_000;
    private static final int NAME = 253;
    private static final Pattern ACTION = Pattern.compile("[A-Za-z0-9_.-]{1,63}");
    private static final String ACTION_RULE = "the name of an operation";

    /** What it means is for the cluster to say. */
    private static final Pattern SELECTOR = Pattern.compile("[^\\p{Cntrl}]{0,4096}");

    private static final List<String> STATUSES =
            List.of("pending", "running", "completed", "failed", "cancelled");
    private static final List<String> NODE_STATUSES =
            List.of("waiting", "running", "succeeded", "failed", "interrupted");

    private final Callers callers;
    private final Operations operations;
    private final BatchRequests batches;

    public Requests(Callers callers, Operations operations, BatchRequests batches) {
        this.callers = callers;
        this.operations = operations;
        this.batches = batches;
    }

    /** What a client sent, taken out of the message: its headers may be removed now. */
    public Received received(Map<String, Object> headers) {
        return new Received(headers);
    }

    /** A call without any parameter. */
    public Caller plain(Received sent) {
        sent.complete();
        return callers.current();
    }

    /** {@code POST /nodes/batch/{operation}}: the task to be. */
    public NewTask batch(Received sent) {
        String operation = sent.path("operation");
        operations.require(operation);
        sent.complete();
        NewTask task =
                batches.read(
                        callers.current(),
                        operation,
                        sent.header("Idempotency-Key"),
                        sent.header("body"));
        operations.requireDryRun(operation, task.params());
        operations.requireStep(operation, task.clusterName(), task.params());
        return task;
    }

    /** {@code GET /tasks}. */
    public TaskList tasks(Received sent) {
        Scope scope = Scope.of(callers.current(), sent.text("scope", 8));
        TaskList list =
                new TaskList(
                        scope == Scope.ALL ? null : callers.current().userId(),
                        sent.oneOf("status", STATUSES),
                        sent.text("cluster", NAME),
                        sent.matching("action", ACTION, ACTION_RULE),
                        sent.text("user", 128),
                        sent.matching("node", BatchNodes.NODE_NAME, BatchNodes.NODE_RULE),
                        sent.flag("failed"),
                        sent.time("from"),
                        sent.time("to"),
                        sent.text("q", 200),
                        sent.taskId("before"),
                        (int) sent.number("limit", 50, 1, MOST_TASKS));
        sent.complete();
        return list;
    }

    /** A call about one task that takes no parameter. */
    public TaskRequest task(Received sent) {
        TaskRequest task = new TaskRequest(callers.current(), sent.taskId(), 0, 0, null, false);
        sent.complete();
        return task;
    }

    /** {@code GET /tasks/{task_id}/messages}. */
    public TaskRequest messages(Received sent) {
        TaskRequest task =
                new TaskRequest(
                        callers.current(),
                        sent.taskId(),
                        sent.number("since", 0, 0, Long.MAX_VALUE),
                        (int) sent.number("limit", MOST, 1, MOST),
                        null,
                        false);
        sent.complete();
        return task;
    }

    /** {@code GET /tasks/{task_id}/nodes}. */
    public TaskRequest nodes(Received sent) {
        TaskRequest task =
                new TaskRequest(
                        callers.current(),
                        sent.taskId(),
                        sent.number("after", 0, 0, Integer.MAX_VALUE),
                        (int) sent.number("limit", MOST, 1, MOST),
                        sent.oneOf("status", NODE_STATUSES),
                        Csv.isWanted(sent.header("Accept")));
        sent.complete();
        return task;
    }

    /** {@code GET /tasks/{task_id}/plan}. */
    public TaskRequest plan(Received sent) {
        TaskRequest task =
                new TaskRequest(
                        callers.current(),
                        sent.taskId(),
                        sent.number("after", 0, 0, Integer.MAX_VALUE),
                        (int) sent.number("limit", MOST_PLANS, 1, MOST_PLANS),
                        null,
                        false);
        sent.complete();
        return task;
    }

    /** {@code GET /clusters/{name}/nodes}. */
    public NodeRequest clusterNodes(Received sent) {
        NodeRequest nodes =
                new NodeRequest(
                        null,
                        sent.path("name"),
                        null,
                        sent.matching(
                                "selector", SELECTOR, "a label selector of Kubernetes in one line"),
                        sent.matching("after", BatchNodes.NODE_NAME, BatchNodes.NODE_RULE),
                        (int) sent.number("limit", MOST_NODES, 1, MOST_NODES));
        sent.complete();
        return nodes;
    }

    /** {@code GET /clusters/{name}/nodes/{node}/history}. */
    public NodeRequest history(Received sent) {
        Caller caller = callers.current();
        NodeRequest history =
                new NodeRequest(
                        caller.seesAll() ? null : caller.userId(),
                        sent.path("name"),
                        sent.path("node"),
                        null,
                        sent.taskId("before"),
                        (int) sent.number("limit", 50, 1, MOST_TASKS));
        sent.complete();
        return history;
    }
}
