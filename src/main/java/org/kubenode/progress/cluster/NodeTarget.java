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

    /** Keeps what was changed of the node, for its row. */
    void changed(Map<String, Done.Change> changes);
}
