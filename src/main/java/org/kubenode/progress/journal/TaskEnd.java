package org.kubenode.progress.journal;

/**
 * The end of a task.
 *
 * @param run the task
 * @param status how it ended
 * @param error why, null when it was completed
 */
public record TaskEnd(TaskRun run, Status status, String error) implements Result {

    /** As in the column {@code status}. */
    public enum Status {
        COMPLETED("completed"),
        FAILED("failed"),
        CANCELLED("cancelled");

        private final String wireName;

        Status(String wireName) {
            this.wireName = wireName;
        }

        String wireName() {
            return wireName;
        }
    }

    /** Every node was tried. */
    public static TaskEnd completed(TaskRun run) {
        return new TaskEnd(run, Status.COMPLETED, null);
    }

    /** The batch itself failed. */
    public static TaskEnd failed(TaskRun run, String why) {
        return new TaskEnd(run, Status.FAILED, why);
    }

    /** Somebody ended it. */
    public static TaskEnd cancelled(TaskRun run) {
        return new TaskEnd(run, Status.CANCELLED, "cancelled");
    }
}
