package org.kubenode.progress.cluster;

import java.util.Map;

/**
 * When a batch ends, or pauses, before its last node.
 *
 * @param afterFailures how many failed nodes end it, or null for none
 * @param pauseAfter how many pause it, or null for none
 */
public record StopRule(Integer afterFailures, Integer pauseAfter) {

    /**
     * @throws org.kubenode.progress.problem.ProblemException 400 naming the option that is wrong
     */
    public static StopRule of(Map<String, ?> params) {
        return new StopRule(
                OperationOptions.number(params, "stop_after_failures", 1, Integer.MAX_VALUE),
                OperationOptions.number(params, "pause_after_failures", 1, Integer.MAX_VALUE));
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

    /**
     * @param failed failed nodes since it began, or went on
     * @return what is told of the pause, or null when it goes on
     */
    public String reasonToPause(int failed) {
        return pauseAfter == null || failed < pauseAfter
                ? null
                : "Paused after %d failed nodes (pause_after_failures is %d)"
                        .formatted(failed, pauseAfter);
    }
}
