package org.kubenode.progress.cluster;

import java.util.Map;

/** A node that an operation works on. */
public interface NodeTarget {

    /** The cluster, as the configuration names it. */
    String clusterName();

    /** The node's name. */
    String node();

    /** The options of the request. */
    Map<String, Object> params();

    /** Whether nothing may be changed. */
    default boolean dryRun() {
        return OperationOptions.dryRun(params());
    }

    /** What a field was before this task changed it first; null for nothing, or unchanged. */
    Object before(String field);

    /** Whether the node was schedulable before this task cordoned it. */
    default boolean cordonedByTask() {
        return Boolean.FALSE.equals(before("unschedulable"));
    }

    /** Keeps what was changed of the node, for its row. */
    void changed(Map<String, Done.Change> changes);
}
