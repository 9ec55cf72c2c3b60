package org.kubenode.progress.cluster;

import java.time.Duration;

/**
 * What a drain may do.
 *
 * @param force evict pods that no controller would create again
 * @param ignoreDaemonsets leave the pods of DaemonSets alone instead of refusing the drain
 * @param deleteEmptydirData evict pods whose emptyDir data is lost with them
 * @param gracePeriodSeconds seconds a pod gets to end; null for the pod's own
 * @param timeout how long the whole drain of a node may take; null for no end
 * @param podSelector a label selector of the pods that go; null for all
 * @param skipWaitForDeleteSeconds pods whose end is overdue by more seconds are not waited for; 0
 *     for all are
 * @param disableEviction delete pods, past their disruption budgets
 * @param dryRun the API server checks everything and changes nothing
 */
public record DrainOptions(
        boolean force,
        boolean ignoreDaemonsets,
        boolean deleteEmptydirData,
        Integer gracePeriodSeconds,
        Duration timeout,
        String podSelector,
        int skipWaitForDeleteSeconds,
        boolean disableEviction,
        boolean dryRun) {}
