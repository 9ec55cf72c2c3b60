package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the pods of one node. */
final class PodReader {

    private static final int NOT_FOUND = 404;

    private final ApiServer server;

    PodReader(ApiServer server) {
        this.server = server;
    }

    /**
     * The pods on a node, of all namespaces; what has no name cannot be evicted, and is none.
     *
     * @param selector a label selector, or null for all
     */
    List<Pod> onNode(String node, String selector, ApiServer.Sender sender)
            throws InterruptedException {
        ApiRequest request =
                ApiRequest.get(ApiRequest.LIST_PODS, "/api/v1/pods")
                        .with("fieldSelector", "spec.nodeName=" + node);
        if (selector != null) {
            request = request.with("labelSelector", selector);
        }
        return server.list(request, PodList.class, sender).stream()
                .filter(PodReader::isNamed)
                .toList();
    }

    private static boolean isNamed(Pod pod) {
        ObjectMeta meta = pod.getMetadata();
        return meta != null
                && meta.getUid() != null
                && meta.getName() != null
                && meta.getNamespace() != null;
    }

    /** Those of the pods' DaemonSets that do not exist any more, as {@code namespace/name}. */
    Set<String> missingDaemonSets(List<Pod> pods) throws InterruptedException {
        Set<String> named = new HashSet<>();
        for (Pod pod : pods) {
            String daemonSet = DrainPlan.daemonSetOf(pod);
            if (daemonSet != null && !DrainPlan.isFinished(pod)) {
                named.add(daemonSet);
            }
        }
        Set<String> missing = new HashSet<>();
        for (String daemonSet : named) {
            String[] parts = daemonSet.split("/", 2);
            try {
                server.call(
                        ApiRequest.get(
                                ApiRequest.GET_DAEMONSETS,
                                "/apis/apps/v1/namespaces/"
                                        + ApiRequest.encode(parts[0])
                                        + "/daemonsets/"
                                        + ApiRequest.encode(parts[1])));
            } catch (ApiException e) {
                if (e.status() != NOT_FOUND) {
                    throw e;
                }
                missing.add(daemonSet);
            }
        }
        return missing;
    }
}
