package org.kubenode.progress.api;

/**
 * A checked request about the nodes of a cluster.
 *
 * @param visibleTo the user whose tasks may be shown; null for everybody's
 * @param cluster its name
 * @param node whose history; null for the list of nodes
 * @param selector a Kubernetes label selector, or null
 * @param after nodes after this name, or tasks before this one; null from the first
 * @param limit at most so many
 */
public record NodeRequest(
        String visibleTo, String cluster, String node, String selector, String after, int limit) {

    /** One more than is shown tells whether there are more. */
    public int fetch() {
        return limit + 1;
    }
}
