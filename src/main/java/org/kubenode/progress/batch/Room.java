package org.kubenode.progress.batch;

/**
 * What {@code claim-tasks} may take. A turn is a task's place in the order of its user, or of its
 * cluster, behind what already runs of it on any replica: 1 is the first.
 *
 * @param limit so many tasks, from 0
 * @param userTurns those up to that turn of their user, unless of the full cluster
 * @param fullCluster the cluster that has all it may have here; empty for none
 * @param clusterTurns and those up to that turn of their cluster
 */
public record Room(int limit, int userTurns, String fullCluster, int clusterTurns) {

    /** Whoever's turn it is. */
    public static Room forAnybody(int limit) {
        return new Room(limit, Integer.MAX_VALUE, "", 0);
    }
}
