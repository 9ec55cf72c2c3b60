package org.kubenode.progress.batch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.deliver.LocalTasks;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.NodeResults;

/** What is known here of the tasks that run here, while the rows cannot be read. */
final class KnownHere implements LocalTasks {

    private final Map<String, BatchRun> running;

    KnownHere(Map<String, BatchRun> running) {
        this.running = running;
    }

    @Override
    public Frame state(String taskId) {
        BatchRun batch = running.get(taskId);
        if (batch == null) {
            return null;
        }
        TaskRun task = batch.task();
        Frame last = task.lastFrame();
        // Of one that was taken over nothing is known here before its first message.
        return last != null || task.epoch() > 1 ? last : before(task);
    }

    /** Before its first message. */
    private static Frame before(TaskRun task) {
        return new Frame(
                task.taskId(),
                task.userId(),
                FrameType.PROGRESS,
                task.action(),
                task.clusterName(),
                task.epoch(),
                0,
                0,
                task.total(),
                null,
                null,
                null,
                0,
                0,
                "running (0/" + task.total() + ")",
                null,
                task.takenAt());
    }

    @Override
    public NodeResults results(String taskId) {
        BatchRun batch = running.get(taskId);
        List<String> succeeded = new ArrayList<>();
        List<NodeResults.Failed> failed = new ArrayList<>();
        if (batch != null) {
            for (NodeResult result : batch.tries().results()) {
                if (result.status() == NodeResult.Status.SUCCEEDED) {
                    succeeded.add(result.node());
                } else if (result.status() == NodeResult.Status.FAILED) {
                    failed.add(new NodeResults.Failed(result.node(), result.text()));
                }
            }
        }
        return new NodeResults(succeeded, failed);
    }

    @Override
    public Collection<String> running(String userId, boolean all) {
        return running.values().stream()
                .map(BatchRun::task)
                .filter(task -> all || task.userId().equals(userId))
                .map(TaskRun::taskId)
                .toList();
    }
}
