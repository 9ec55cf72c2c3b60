package org.kubenode.progress.journal;

/** What is recorded of a task. */
public sealed interface Result permits NodeResult, TaskEnd, Notice {

    /** Whose it is. */
    TaskRun run();
}
