package org.kubenode.progress.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A cluster as {@code GET /clusters} lists it.
 *
 * @param reason why it is not reachable, absent when it is
 */
public record ClusterView(
        String name,
        String type,
        boolean reachable,
        @JsonInclude(JsonInclude.Include.NON_NULL) String reason) {

    static ClusterView of(Cluster cluster) {
        String reason = cluster.check();
        return new ClusterView(cluster.name(), cluster.type(), reason == null, reason);
    }
}
