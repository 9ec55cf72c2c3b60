package org.kubenode.progress.notify;

/** Which tasks this replica runs: a notification of one of them was published here. */
@FunctionalInterface
public interface OwnTasks {

    /** Whether this replica runs the task now. */
    boolean runs(String taskId);
}
