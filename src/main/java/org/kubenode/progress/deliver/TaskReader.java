package org.kubenode.progress.deliver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.SqlFailure;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.NodeResults;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes of rows what a feed asked for. */
public final class TaskReader {

    private static final Logger LOG = LoggerFactory.getLogger(TaskReader.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<List<Map<String, Object>>> MESSAGES =
            new TypeReference<>() {};
    private static final TypeReference<List<List<String>>> RESULTS = new TypeReference<>() {};

    private final Delivery delivery;
    private final LocalTasks local;

    public TaskReader(Delivery delivery, LocalTasks local) {
        this.delivery = delivery;
        this.local = local;
    }

    /**
     * Answers a read.
     *
     * @param task the row of {@code read-task}, or null when there is none: then the task is
     *     unknown, unless it was accepted here and is still to be stored
     * @return the feeds whose turn the caller has now
     */
    public List<Feed> answer(Step.Read read, Map<String, Object> task) {
        if (task == null) {
            List<Feed> accepted = local(read);
            return accepted == null ? delivery.answered(read.feed(), null) : accepted;
        }
        TaskRows rows;
        try {
            rows = rows(task);
        } catch (IllegalArgumentException | DateTimeException e) {
            return unreadable(read, e);
        }
        return delivery.answered(read.feed(), rows);
    }

    /**
     * The rows could not be read. What fails for its content fails again: then there is no such
     * task. Otherwise this replica may know of it.
     *
     * @return as {@link #local}
     */
    public List<Feed> failed(Step.Read read, Throwable why) {
        if (SqlFailure.of(why) == SqlFailure.DATA) {
            return unreadable(read, why);
        }
        try {
            return local(read);
        } catch (RuntimeException | Error e) {
            LOG.error("What is known here of task {} cannot be shown", read.taskId(), e);
            return null;
        }
    }

    private List<Feed> unreadable(Step.Read read, Throwable why) {
        LOG.warn(
                "Task {} is shown as unknown, its rows cannot be read: {}",
                read.taskId(),
                SqlFailure.reason(why));
        return delivery.answered(read.feed(), null);
    }

    /**
     * Answers a read from what this replica runs itself; null when it does not run the task, or
     * does not know yet that another one does, and the rows must be waited for.
     */
    public List<Feed> local(Step.Read read) {
        // Before the state: a result is known here once its message was formed.
        NodeResults results = local.results(read.taskId());
        Frame state = local.state(read.taskId());
        if (state == null || state.epoch() < read.feed().epoch()) {
            return null;
        }
        return delivery.answered(
                read.feed(), new TaskRows(state.userId(), state, null, List.of(), results, false));
    }

    private static TaskRows rows(Map<String, Object> task) {
        List<Frame> frames = new ArrayList<>();
        for (Map<String, Object> message : list(task, "messages", MESSAGES)) {
            Map<String, Object> row = new HashMap<>(task);
            row.putAll(message);
            frames.add(Rows.frame(row));
        }
        boolean nodes = task.get("nodes") != null;
        return new TaskRows(
                Rows.text(task, "user_id"),
                state(task),
                Rows.instant(task, "completed_at"),
                frames,
                nodes ? nodeResults(list(task, "nodes", RESULTS)) : null,
                true);
    }

    /** A column that the database made a list of in JSON; an empty one when it is null. */
    private static <T> List<T> list(
            Map<String, Object> task, String column, TypeReference<List<T>> type) {
        String json = Rows.text(task, column);
        try {
            return json == null ? List.of() : JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(column + " is not the JSON that was asked for", e);
        }
    }

    /** The task's state as a frame: its last message, or what there is before the first. */
    static Frame state(Map<String, Object> task) {
        String status = Rows.text(task, "status");
        FrameType type = type(status);
        boolean told = task.get("message_at") != null;
        int current = (int) Rows.number(task, "current");
        int total = (int) Rows.number(task, "total");
        return new Frame(
                Rows.text(task, "task_id"),
                Rows.text(task, "user_id"),
                type,
                Rows.text(task, "action"),
                Rows.text(task, "cluster_name"),
                Rows.number(task, "epoch"),
                Rows.number(task, "last_seq"),
                current,
                total,
                Rows.text(task, "current_node"),
                Rows.text(task, "node_status"),
                Rows.text(task, "node_error"),
                (int) Rows.number(task, "success_count"),
                (int) Rows.number(task, "failed_count"),
                told ? Rows.text(task, "message") : status + " (" + current + "/" + total + ")",
                Rows.text(task, "error"),
                Rows.instant(task, told ? "message_at" : "created_at"));
    }

    /** The type of the last frame of a task in that status. */
    static FrameType type(String status) {
        return switch (status) {
            case "completed" -> FrameType.COMPLETE;
            case "failed", "cancelled" -> FrameType.ERROR;
            default -> FrameType.PROGRESS;
        };
    }

    /**
     * @param results of each node its name, its status and its error
     */
    static NodeResults nodeResults(List<List<String>> results) {
        List<String> succeeded = new ArrayList<>();
        List<NodeResults.Failed> failed = new ArrayList<>();
        for (List<String> result : results) {
            if ("succeeded".equals(result.get(1))) {
                succeeded.add(result.get(0));
            } else if ("failed".equals(result.get(1))) {
                failed.add(new NodeResults.Failed(result.get(0), result.get(2)));
            }
        }
        return new NodeResults(succeeded, failed);
    }
}
