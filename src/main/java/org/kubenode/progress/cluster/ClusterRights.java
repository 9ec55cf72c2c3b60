package org.kubenode.progress.cluster;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs one line for each cluster whose account lacks a right that an operation needs. */
final class ClusterRights {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterRights.class);

    private final Clusters clusters;

    ClusterRights(Clusters clusters) {
        this.clusters = clusters;
    }

    void logMissing() {
        for (Cluster cluster : clusters.all()) {
            try {
                List<String> missing = cluster.missingRights();
                if (!missing.isEmpty()) {
                    LOG.warn(
                            "Cluster {}: its account lacks {}; see configs/kubernetes/rbac.yaml",
                            cluster.name(),
                            String.join(", ", missing));
                }
            } catch (NodeOperationException e) {
                LOG.warn("Cluster {}: {}", cluster.name(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
