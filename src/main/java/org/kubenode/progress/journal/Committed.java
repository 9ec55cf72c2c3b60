package org.kubenode.progress.journal;

/**
 * What a transport sends after a commit.
 *
 * @param userId whose channel it goes to, unencoded
 * @param taskId for the log
 * @param payload the notification
 */
public record Committed(String userId, String taskId, String payload) {}
