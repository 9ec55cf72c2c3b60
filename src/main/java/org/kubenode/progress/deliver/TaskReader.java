package org.kubenode.progress.deliver;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.NodeResults;
import org.kubenode.progress.wire.WireCodec;

/** Makes of rows what a feed asked for. */
public final class TaskReader {

    private final Delivery delivery;
    private final LocalTasks local;
    private final WireCodec codec;

    public TaskReader(Delivery delivery, LocalTasks local, WireCodec codec) {
        this.codec = codec;
        this.delivery = delivery;
        this.local = local;
    }

    /**
     * Answers a read.
     *
     * @param task the task's row with its last message, or null when there is none: then it is
     *     unknown, unless it was accepted here and is still to be stored
     * @param messages the rows after the seq asked for, in order
     * @param nodes the nodes' final results, or null when not asked for
     * @return the feeds whose turn the caller has now
     */
    public List<Feed> answer(
            Step.Read read,
            Map<String, Object> task,
            List<Map<String, Object>> messages,
            List<Map<String, Object>> nodes) {
        if (task == null) {
            List<Feed> accepted = local(read);
            return accepted == null ? delivery.answered(read.feed(), null) : accepted;
        }
        return delivery.answered(read.feed(), rows(task, messages, nodes, true));
    }

    /**
     * Answers a read from what this replica runs itself; null when it does not run the task, or
     * does not know yet that another one does, and the rows must be waited for.
     */
    public List<Feed> local(Step.Read read) {
        Map<String, Object> task = local.task(read.taskId());
        if (task == null || Rows.number(task, "epoch") < read.feed().epoch()) {
            return null;
        }
        List<Map<String, Object>> nodes = local.nodeResults(read.taskId());
        return delivery.answered(read.feed(), rows(task, List.of(), nodes, false));
    }

    private static TaskRows rows(
            Map<String, Object> task,
            List<Map<String, Object>> messages,
            List<Map<String, Object>> nodes,
            boolean durable) {
        List<Frame> frames = new ArrayList<>(messages == null ? 0 : messages.size());
        if (messages != null) {
            messages.forEach(row -> frames.add(Rows.frame(row)));
        }
        return new TaskRows(
                Rows.text(task, "user_id"),
                Rows.instant(task, "created_at"),
                state(task),
                acknowledged(task),
                frames,
                nodes == null ? null : nodeResults(nodes),
                durable);
    }

    private static boolean acknowledged(Map<String, Object> task) {
        Object upTo = task.get("acknowledged_seq");
        return upTo instanceof Number seq && seq.longValue() >= Rows.number(task, "last_seq");
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

    private static NodeResults nodeResults(List<Map<String, Object>> rows) {
        List<String> succeeded = new ArrayList<>();
        List<NodeResults.Failed> failed = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            String node = Rows.text(row, "current_node");
            if ("succeeded".equals(row.get("node_status"))) {
                succeeded.add(node);
            } else {
                failed.add(new NodeResults.Failed(node, Rows.text(row, "node_error")));
            }
        }
        return new NodeResults(succeeded, failed);
    }
}
