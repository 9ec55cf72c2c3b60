package org.kubenode.progress.api;

import java.util.List;
import java.util.Map;

/**
 * A batch that was asked for and may be run.
 *
 * @param taskId UUID version 7
 * @param userId whose it is
 * @param action the operation
 * @param clusterName where
 * @param nodeNames each once
 * @param params the operation's options
 * @param concurrency nodes at once
 * @param idempotencyKey the client's, or null
 * @param requestHash of everything that makes the request what it is
 * @param retryOf the task whose rest this is, or null
 */
public record NewTask(
        String taskId,
        String userId,
        String action,
        String clusterName,
        List<String> nodeNames,
        Map<String, Object> params,
        int concurrency,
        String idempotencyKey,
        String requestHash,
        String retryOf) {}
