package org.kubenode.progress.cluster;

import java.util.List;
import java.util.Map;

/** A cluster that batches may run on. Operations are idempotent: a node may be tried twice. */
public interface Cluster {

    /** The name that requests use. */
    String name();

    /** Whether its API server answers. */
    boolean reachable();

    /**
     * Its nodes.
     *
     * @param labelSelector a Kubernetes label selector, or null for all
     */
    List<Node> nodes(String labelSelector);

    /**
     * Runs one operation on one node.
     *
     * @param operation cordon, uncordon, drain, label or taint
     * @param params the options of the request, as read from its JSON
     * @return one line for people, for example {@code already cordoned}; null when there is nothing
     *     to add
     * @throws NodeOperationException when it failed; its message becomes {@code node_error}
     * @throws InterruptedException when the batch was cancelled
     */
    String run(String operation, String node, Map<String, Object> params)
            throws InterruptedException;
}
