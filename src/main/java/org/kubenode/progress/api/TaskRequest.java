package org.kubenode.progress.api;

import org.kubenode.progress.security.Caller;

/**
 * A checked request about one task.
 *
 * @param after messages after this seq, or nodes after this position; 0 from the first
 * @param limit messages or nodes at most; 0 where none are asked for
 * @param status of nodes; null for any
 * @param csv whether nodes are to be answered as text/csv
 */
public record TaskRequest(
        Caller caller, String taskId, long after, int limit, String status, boolean csv) {

    /** The user whose task it must be; null when it may be anybody's. */
    public String visibleTo() {
        return caller.seesAll() ? null : caller.userId();
    }

    /** One more than is shown tells whether there are more. */
    public int fetch() {
        return limit + 1;
    }
}
