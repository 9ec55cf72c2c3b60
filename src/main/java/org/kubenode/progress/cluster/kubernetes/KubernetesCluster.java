package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.NodeList;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.cluster.Cluster;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.ClusterProperties;
import org.kubenode.progress.cluster.Done;
import org.kubenode.progress.cluster.Drain;
import org.kubenode.progress.cluster.DrainOptions;
import org.kubenode.progress.cluster.Node;
import org.kubenode.progress.cluster.NodeChanges;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.cluster.NodeState;
import org.kubenode.progress.cluster.OperationOptions;
import org.kubenode.progress.cluster.Waiter;
import org.kubenode.progress.problem.ProblemException;

/** A Kubernetes cluster, worked on as kubectl does it; docs/kubernetes.md compares the requests. */
public final class KubernetesCluster implements Cluster {

    private static final long CHECK_MS = 3_000;
    private static final String NODES = "/api/v1/nodes";
    private static final int FORBIDDEN = 403;

    private final String name;
    private final ClusterLimiter limiter;
    private final ApiServer server;
    private final NodeWriter writer;
    private final PodReader pods;
    private final Budgets budgets;

    private KubernetesCluster(ClusterProperties entry, Connection connection, Waiter waiter) {
        this.name = entry.name();
        this.limiter = new ClusterLimiter(entry.concurrency(), waiter);
        this.server =
                new ApiServer(
                        connection,
                        entry.requestTimeoutMs(),
                        entry.maxRetries(),
                        entry.forbiddenGrace(),
                        limiter,
                        waiter);
        this.writer = new NodeWriter(server);
        this.pods = new PodReader(server);
        this.budgets = new Budgets(server);
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
        return new KubernetesCluster(entry, Connections.open(entry), waiter);
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
            return whyNot();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the check was interrupted";
        }
    }

    private String whyNot() throws InterruptedException {
        try {
            server.once(ApiRequest.get("get /version", "/version"), CHECK_MS);
            return null;
        } catch (ApiException e) {
            // Some clusters forbid this path to accounts that may do the rest.
            boolean accepted = e.isDoubtful() || e.status() == FORBIDDEN && mayReadNodes();
            return accepted ? null : e.getMessage();
        }
    }

    private boolean mayReadNodes() throws InterruptedException {
        try {
            server.once(ApiRequest.get(ApiRequest.LIST_NODES, NODES).with("limit", "1"), CHECK_MS);
            return true;
        } catch (ApiException e) {
            return false;
        }
    }

    @Override
    public List<String> missingRights() throws InterruptedException {
        return new AccessCheck(server).missing();
    }

    @Override
    public List<Node> nodes(String labelSelector) {
        ApiRequest first = ApiRequest.get(ApiRequest.LIST_NODES, NODES);
        if (labelSelector != null) {
            first = first.with("labelSelector", labelSelector);
        }
        try {
            return server.list(first, NodeList.class, server::ask).stream()
                    .filter(NodeViews::isNamed)
                    .map(NodeViews::of)
                    .toList();
        } catch (ApiException e) {
            if (e.status() == 400 && labelSelector != null) {
                throw new ProblemException(400, "selector", e.getMessage());
            }
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NodeOperationException("interrupted", e);
        }
    }

    @Override
    public Done run(String operation, String node, Map<String, Object> params)
            throws InterruptedException {
        boolean dryRun = OperationOptions.dryRun(params);
        Done done =
                switch (operation) {
                    case "cordon" -> writer.cordon(node, OperationOptions.reason(params), dryRun);
                    case "uncordon" -> writer.uncordon(node, dryRun);
                    case "label" -> writer.label(node, NodeChanges.labels(params), dryRun);
                    case "taint" -> writer.taint(node, NodeChanges.taints(params), dryRun);
                    default ->
                            throw new NodeOperationException(
                                    "a Kubernetes cluster has no operation '" + operation + "'");
                };
        return dryRun ? done.dry() : done;
    }

    @Override
    public NodeState state(String node) throws InterruptedException {
        return NodeViews.state(
                server.read(
                        server.call(ApiRequest.getNode(node)),
                        io.fabric8.kubernetes.api.model.Node.class));
    }

    @Override
    public Drain planDrain(String node, Map<String, Object> params) throws InterruptedException {
        DrainOptions options = OperationOptions.drain(params);
        long readAt = server.waiter().nanoTime();
        List<Pod> onNode = pods.onNode(node, options.podSelector(), server::call);
        DrainPlan plan =
                DrainPlan.of(onNode, options, pods.missingDaemonSets(onNode), Instant.now());
        return new KubernetesDrain(
                server,
                pods,
                node,
                plan,
                options.dryRun() ? budgets.of(plan.evict()) : null,
                options,
                readAt);
    }

    @Override
    public ClusterLimiter limiter() {
        return limiter;
    }
}
