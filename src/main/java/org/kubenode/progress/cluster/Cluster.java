package org.kubenode.progress.cluster;

import java.util.List;
import java.util.Map;

/** A cluster that batches may run on. Operations are idempotent: a node may be tried twice. */
public interface Cluster extends AutoCloseable {

    /** The name that requests use. */
    String name();

    /** What {@code GET /clusters} calls its kind: {@code simulated} or {@code kubernetes}. */
    String type();

    /**
     * Why nothing can work on it at present: its API server does not answer, or refuses the
     * account.
     *
     * @return one line without any credential, or null when it answers
     */
    String check();

    /** Whether its API server answers. */
    default boolean reachable() {
        return check() == null;
    }

    /**
     * Its nodes.
     *
     * @param labelSelector a Kubernetes label selector, or null for all
     * @throws NodeOperationException when they cannot be read
     */
    List<Node> nodes(String labelSelector);

    /**
     * Runs one operation on one node.
     *
     * @param operation cordon, uncordon, drain, label or taint
     * @param params the options of the request, as read from its JSON
     * @throws NodeOperationException when it failed; its message becomes {@code node_error}
     * @throws InterruptedException when the batch was cancelled
     */
    Done run(String operation, String node, Map<String, Object> params) throws InterruptedException;

    /**
     * How a node is at present.
     *
     * @throws NodeOperationException when it cannot be read
     */
    NodeState state(String node) throws InterruptedException;

    /**
     * Looks at the pods of a node, which is cordoned by now, and decides which have to go.
     *
     * @throws NodeOperationException when they cannot be read
     */
    Drain planDrain(String node, Map<String, Object> params) throws InterruptedException;

    /**
     * Which rights its account lacks for the operations.
     *
     * @return each for people, for example {@code create pods/eviction (drain)}; empty when none is
     * @throws NodeOperationException when the API server cannot be asked
     */
    default List<String> missingRights() throws InterruptedException {
        return List.of();
    }

    /** How many of its nodes may be worked on at once. */
    ClusterLimiter limiter();

    /** Gives back connections. */
    @Override
    default void close() {}
}
