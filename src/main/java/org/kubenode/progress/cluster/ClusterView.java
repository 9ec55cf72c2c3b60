package org.kubenode.progress.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A cluster as {@code GET /clusters} lists it.
 *
 * @param confirmAbove percent of its nodes above which a client lets its user confirm twice
 * @param reason why it is not reachable, absent when it is
 */
public record ClusterView(
        String name,
        String type,
        boolean reachable,
        @JsonProperty("confirm_above") int confirmAbove,
        @JsonInclude(JsonInclude.Include.NON_NULL) String reason) {

    static ClusterView of(Cluster cluster, int confirmAbove) {
        String reason = cluster.check();
        return new ClusterView(
                cluster.name(), cluster.type(), reason == null, confirmAbove, reason);
    }
}
