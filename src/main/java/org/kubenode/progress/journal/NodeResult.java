package org.kubenode.progress.journal;

import java.time.Instant;

/**
 * What became of one node.
 *
 * @param run the task
 * @param node its name
 * @param text the operation's line, null for none; why, where it failed or was interrupted
 * @param startedAt when this try began; null where it is not known
 * @param attempts how often the node was tried, with this one; 0 where it is not known
 * @param change JSON, what was changed from what; null for nothing
 * @param step the step of the operation that is done, before the result; else null
 */
public record NodeResult(
        TaskRun run,
        String node,
        Status status,
        String text,
        Instant startedAt,
        int attempts,
        String change,
        String step)
        implements Result {

    /** As in the column {@code node_status}. */
    public enum Status {
        SUCCEEDED("succeeded"),
        FAILED("failed"),
        /** Ended before its result: counted neither way, and tried again where the task goes on. */
        INTERRUPTED("interrupted"),
        /** What is told before the result. */
        RUNNING("running");

        private final String wireName;

        Status(String wireName) {
            this.wireName = wireName;
        }

        /** As in rows and frames. */
        public String wireName() {
            return wireName;
        }
    }

    public static NodeResult succeeded(TaskRun run, String node, String text) {
        return new NodeResult(run, node, Status.SUCCEEDED, text, null, 0, null, null);
    }

    public static NodeResult failed(TaskRun run, String node, String error) {
        return new NodeResult(run, node, Status.FAILED, error, null, 0, null, null);
    }

    public static NodeResult interim(TaskRun run, String node, String text) {
        return new NodeResult(run, node, Status.RUNNING, text, null, 0, null, null);
    }

    /** The same, and with it a step is done. */
    public NodeResult ofStep(String done) {
        return new NodeResult(run, node, status, text, startedAt, attempts, change, done);
    }

    /** Nothing more comes from this try of the node. */
    public boolean last() {
        return status != Status.RUNNING;
    }

    /** The node has its result, and is not tried again. */
    public boolean counted() {
        return status == Status.SUCCEEDED || status == Status.FAILED;
    }
}
