package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Reads the pods of one node. */
final class PodReader {

    private static final String PAGE = "500";
    private static final int NOT_FOUND = 404;

    private final ApiServer server;

    PodReader(ApiServer server) {
        this.server = server;
    }

    /**
     * All pods on a node, of all namespaces; a request that fails for a passing cause is repeated.
     */
    List<Pod> onNode(String node) throws InterruptedException {
        return onNode(node, server::call);
    }

    /** The same without repeating. */
    List<Pod> onNodeOnce(String node) throws InterruptedException {
        return onNode(node, server::once);
    }

    private List<Pod> onNode(String node, Sender sender) throws InterruptedException {
        ApiRequest first =
                ApiRequest.get("/api/v1/pods")
                        .with("fieldSelector", "spec.nodeName=" + node)
                        .with("limit", PAGE);
        List<Pod> pods = new ArrayList<>();
        String next = "";
        do {
            ApiRequest page = next.isEmpty() ? first : first.with("continue", next);
            PodList list = server.read(sender.send(page), PodList.class);
            pods.addAll(list.getItems());
            next = Objects.requireNonNullElse(list.getMetadata().getContinue(), "");
        } while (!next.isEmpty());
        return pods;
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

    private interface Sender {
        String send(ApiRequest request) throws InterruptedException;
    }
}
