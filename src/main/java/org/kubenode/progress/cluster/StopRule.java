package org.kubenode.progress.cluster;

import java.util.Map;

/**
 * When a batch ends before its last node.
 *
 * @param afterFailures how many failed nodes end it, or null for none
 */
public record StopRule(Integer afterFailures) {

    /** The rule of a request's options, which were validated. */
    public static StopRule of(Map<String, ?> params) {
        return new StopRule(OperationOptions.stopAfterFailures(params));
    }

    /**
     * @param failed failed nodes so far, those of an earlier owner included
     * @return the batch's error, or null when it goes on
     */
    public String reasonToStop(int failed) {
        return afterFailures == null || failed < afterFailures
                ? null
                : "stopped after "
                        + failed
                        + " failed nodes (stop_after_failures is "
                        + afterFailures
                        + ")";
    }
}
