package org.kubenode.progress.journal;

/**
 * News of a task as a whole that neither counts nor ends it.
 *
 * @param text one line for people
 */
public record Notice(TaskRun run, String text) implements Result {}
