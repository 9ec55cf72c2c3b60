package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.NodeList;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.kubenode.progress.cluster.Cluster;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.ClusterProperties;
import org.kubenode.progress.cluster.Drain;
import org.kubenode.progress.cluster.DrainOptions;
import org.kubenode.progress.cluster.Node;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.cluster.OperationOptions;
import org.kubenode.progress.cluster.Waiter;
import org.kubenode.progress.problem.ProblemException;

/** A Kubernetes cluster, worked on as kubectl does it; docs/kubernetes.md compares the requests. */
public final class KubernetesCluster implements Cluster {

    private static final long CHECK_MS = 3_000;
    private static final String PAGE = "500";
    private static final int REFUSALS_NAMED = 5;

    private final String name;
    private final ClusterLimiter limiter;
    private final ApiServer server;
    private final NodeWriter writer;
    private final PodReader pods;

    private KubernetesCluster(ClusterProperties entry, KubernetesClient client, Waiter waiter) {
        this.name = entry.name();
        this.limiter = new ClusterLimiter(entry.concurrency(), waiter);
        this.server =
                new ApiServer(
                        client, entry.requestTimeoutMs(), entry.maxRetries(), limiter, waiter);
        this.writer = new NodeWriter(server);
        this.pods = new PodReader(server);
    }

    /**
     * Opens a cluster; its API server is not asked anything yet.
     *
     * @throws IllegalArgumentException when the kubeconfig or the context cannot be used
     */
    public static KubernetesCluster open(ClusterProperties entry) {
        return open(entry, Waiter.SYSTEM);
    }

    static KubernetesCluster open(ClusterProperties entry, Waiter waiter) {
        return new KubernetesCluster(entry, KubernetesClients.open(entry), waiter);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String type() {
        return "kubernetes";
    }

    @Override
    public String check() {
        try {
            server.once(ApiRequest.get("/version"), CHECK_MS);
            return null;
        } catch (ApiException e) {
            // A server that forbids this path has answered, and has accepted the account.
            return e.status() == 403 ? null : e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the check was interrupted";
        }
    }

    @Override
    public List<String> missingRights() throws InterruptedException {
        return new AccessCheck(server).missing();
    }

    @Override
    public List<Node> nodes(String labelSelector) {
        ApiRequest first = ApiRequest.get("/api/v1/nodes").with("limit", PAGE);
        if (labelSelector != null) {
            first = first.with("labelSelector", labelSelector);
        }
        List<Node> nodes = new ArrayList<>();
        String next = "";
        try {
            do {
                ApiRequest page = next.isEmpty() ? first : first.with("continue", next);
                NodeList list = server.read(server.call(page), NodeList.class);
                list.getItems().forEach(node -> nodes.add(NodeViews.of(node)));
                next = Objects.requireNonNullElse(list.getMetadata().getContinue(), "");
            } while (!next.isEmpty());
        } catch (ApiException e) {
            if (e.status() == 400 && labelSelector != null) {
                throw new ProblemException(400, "selector", e.getMessage());
            }
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NodeOperationException("interrupted", e);
        }
        return nodes;
    }

    @Override
    public String run(String operation, String node, Map<String, Object> params)
            throws InterruptedException {
        boolean dryRun = OperationOptions.dryRun(params);
        String done =
                switch (operation) {
                    case "cordon" -> writer.cordon(node, OperationOptions.reason(params), dryRun);
                    case "uncordon" -> writer.uncordon(node, dryRun);
                    case "label" -> writer.label(node, OperationOptions.labels(params), dryRun);
                    case "taint" -> writer.taint(node, OperationOptions.taints(params), dryRun);
                    default ->
                            throw new NodeOperationException(
                                    "a Kubernetes cluster has no operation '" + operation + "'");
                };
        return dryRun ? done + " (dry run)" : done;
    }

    @Override
    public Drain planDrain(String node, Map<String, Object> params) throws InterruptedException {
        DrainOptions options = OperationOptions.drain(params);
        List<Pod> onNode = pods.onNode(node);
        DrainPlan plan = DrainPlan.of(onNode, options, pods.missingDaemonSets(onNode));
        if (!plan.refusals().isEmpty()) {
            throw new NodeOperationException(
                    "cannot evict "
                            + plan.refusals().stream()
                                    .limit(REFUSALS_NAMED)
                                    .collect(Collectors.joining("; "))
                            + (plan.refusals().size() > REFUSALS_NAMED
                                    ? "; and " + (plan.refusals().size() - REFUSALS_NAMED) + " more"
                                    : ""));
        }
        return new KubernetesDrain(server, pods, node, plan, options);
    }

    @Override
    public ClusterLimiter limiter() {
        return limiter;
    }

    @Override
    public void close() {
        server.close();
    }
}
