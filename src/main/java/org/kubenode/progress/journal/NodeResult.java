package org.kubenode.progress.journal;

/**
 * What became of one node.
 *
 * @param run the task
 * @param node its name
 * @param status succeeded, failed, or running for what is told before the result
 * @param text the operation's line, null for none; the error where it failed
 */
public record NodeResult(TaskRun run, String node, Status status, String text) implements Result {

    /** As in the column {@code node_status}. */
    public enum Status {
        SUCCEEDED("succeeded"),
        FAILED("failed"),
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
        return new NodeResult(run, node, Status.SUCCEEDED, text);
    }

    public static NodeResult failed(TaskRun run, String node, String error) {
        return new NodeResult(run, node, Status.FAILED, error);
    }

    public static NodeResult interim(TaskRun run, String node, String text) {
        return new NodeResult(run, node, Status.RUNNING, text);
    }

    /** Nothing more comes from this node. */
    public boolean last() {
        return status != Status.RUNNING;
    }
}
