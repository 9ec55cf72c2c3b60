package org.kubenode.progress.api;

import java.util.List;
import org.kubenode.progress.cluster.ClusterView;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.security.Callers;
import org.kubenode.progress.security.Grants;

/** The clusters that the caller of a request may operate on. */
public final class GrantedClusters {

    private final Clusters clusters;
    private final Callers callers;

    GrantedClusters(Clusters clusters, Callers callers) {
        this.clusters = clusters;
        this.callers = callers;
    }

    /** What {@code GET /clusters} lists. */
    public List<ClusterView> list() {
        Grants grants = callers.current().grants();
        return clusters.list().stream().filter(cluster -> grants.cover(cluster.name())).toList();
    }
}
