package org.kubenode.progress.cluster;

import java.time.Duration;
import java.util.List;
import org.kubenode.progress.config.ClustersProperties;

/**
 * What a cluster is opened with. The configuration has checked the ranges; see
 * docs/configuration.md.
 *
 * @param name unique
 * @param nodes simulated: how many nodes, {@code node-1} to {@code node-N}
 * @param latencyMs simulated: milliseconds an operation takes
 * @param failingNodes simulated: names of nodes on which every operation fails
 * @param kubeconfig kubernetes: path of a kubeconfig file; null for the account of the pod
 * @param context kubernetes: a context of the kubeconfig; null for its current one
 * @param requestTimeoutMs kubernetes: milliseconds one request may take
 * @param maxRetries kubernetes: how often a request is repeated after 409, 429, 5xx or no answer
 * @param concurrency how many nodes of this cluster this replica works on at once; from 1
 * @param forbiddenGrace kubernetes: how long a right that was there is asked for again after 403
 */
public record ClusterProperties(
        String name,
        int nodes,
        int latencyMs,
        List<String> failingNodes,
        String kubeconfig,
        String context,
        int requestTimeoutMs,
        int maxRetries,
        int concurrency,
        Duration forbiddenGrace) {

    public ClusterProperties {
        failingNodes = List.copyOf(failingNodes);
    }

    static ClusterProperties of(ClustersProperties.Entry entry, Duration forbiddenGrace) {
        return new ClusterProperties(
                entry.name(),
                entry.nodes(),
                entry.latencyMs(),
                entry.failingNodes(),
                blankToNull(entry.kubeconfig()),
                blankToNull(entry.context()),
                entry.requestTimeoutMs(),
                entry.maxRetries(),
                entry.concurrency(),
                forbiddenGrace);
    }

    private static String blankToNull(String text) {
        return text == null || text.isBlank() ? null : text;
    }
}
