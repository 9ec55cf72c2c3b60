package org.kubenode.progress.deliver;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.kubenode.progress.websocket.Outbound;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.wire.Frame;

/**
 * What a client asked to see of its tasks: {@code task=} (repeatable), {@code cluster=} and {@code
 * only=failed}. A task that it did not ask for is not shown at all. Of the others {@code
 * only=failed} leaves failed nodes, ends and snapshots, and counts the rest as skipped.
 */
final class Narrowing implements UnaryOperator<Outbound> {

    private final Set<String> tasks;
    private final Set<String> clusters;
    private final boolean onlyFailed;

    /** Of each task, the first seq that was left out since the last frame. */
    private final Map<String, Long> leftOut = new ConcurrentHashMap<>();

    private Narrowing(List<String> tasks, List<String> clusters, boolean onlyFailed) {
        this.tasks = Set.copyOf(tasks);
        this.clusters = Set.copyOf(clusters);
        this.onlyFailed = onlyFailed;
    }

    static Narrowing of(SocketSession session) {
        return new Narrowing(
                session.queryAll("task"),
                session.queryAll("cluster"),
                session.queryAll("only").contains("failed"));
    }

    /** Whether everything is shown. */
    boolean isNone() {
        return tasks.isEmpty() && clusters.isEmpty() && !onlyFailed;
    }

    /** Which tasks may be shown, as far as their ids say. */
    Predicate<String> tasks() {
        return taskId -> tasks.isEmpty() || tasks.contains(taskId);
    }

    private boolean shows(Frame frame) {
        return tasks().test(frame.taskId())
                && (clusters.isEmpty() || clusters.contains(frame.clusterName()));
    }

    @Override
    public Outbound apply(Outbound outbound) {
        if (!(outbound instanceof ProgressMessage message)) {
            return outbound;
        }
        Frame frame = message.frame();
        if (!shows(frame)) {
            message.leftOut();
            return null;
        }
        if (!onlyFailed) {
            return message;
        }
        if (message.skippable()) {
            leftOut.putIfAbsent(frame.taskId(), frame.seq());
            message.leftOut();
            return null;
        }
        Long first = leftOut.remove(frame.taskId());
        return first == null || message.isSnapshot() ? message : message.afterLeftOut(first);
    }
}
