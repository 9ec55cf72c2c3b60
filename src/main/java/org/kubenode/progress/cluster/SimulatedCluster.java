package org.kubenode.progress.cluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.kubenode.progress.cluster.NodePlan.Fate;
import org.kubenode.progress.cluster.NodePlan.Outcome;

/** Nodes {@code node-1} to {@code node-N} in memory: the flow runs without a cluster. */
final class SimulatedCluster implements Cluster {

    static final List<String> PODS = List.of("api", "queue", "web");
    private static final Duration LOOK = Duration.ofMillis(50);

    private final String name;
    private final int latencyMs;
    private final Set<String> failing;
    private final Map<String, SimulatedNode> nodes;
    private final ClusterLimiter limiter;
    private final Budget web;

    SimulatedCluster(ClusterProperties entry) {
        this.name = entry.name();
        this.latencyMs = entry.latencyMs();
        this.failing = Set.copyOf(entry.failingNodes());
        Map<String, SimulatedNode> all = new LinkedHashMap<>();
        for (int i = 1; i <= entry.nodes(); i++) {
            all.put("node-" + i, new SimulatedNode("node-" + i));
        }
        this.nodes = Collections.unmodifiableMap(all);
        this.limiter = new ClusterLimiter(entry.concurrency(), Waiter.SYSTEM);
        this.web = new Budget(nodes.size(), TimeUnit.MILLISECONDS.toNanos(latencyMs));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String type() {
        return "simulated";
    }

    @Override
    public String check() {
        return null;
    }

    @Override
    public List<Node> nodes(String labelSelector) {
        Predicate<Map<String, String>> selected =
                LabelSelector.parse(labelSelector == null ? "" : labelSelector);
        return nodes.values().stream()
                .map(SimulatedNode::view)
                .filter(node -> selected.test(node.labels()))
                .toList();
    }

    @Override
    public Done run(String operation, String nodeName, Map<String, Object> params)
            throws InterruptedException {
        SimulatedNode node = reach(nodeName);
        boolean dryRun = OperationOptions.dryRun(params);
        Done done =
                switch (operation) {
                    case "cordon" ->
                            node.schedulable(false, OperationOptions.reason(params), dryRun);
                    case "uncordon" -> node.schedulable(true, null, dryRun);
                    case "label" -> node.label(NodeChanges.labels(params), dryRun);
                    case "reboot" -> node.reboot(TimeUnit.MILLISECONDS.toNanos(latencyMs));
                    case "taint" -> node.taint(NodeChanges.taints(params), dryRun);
                    default ->
                            throw new NodeOperationException(
                                    "a simulated cluster has no operation '" + operation + "'");
                };
        return dryRun ? done.dry() : done;
    }

    @Override
    public NodeState state(String nodeName) throws InterruptedException {
        return reach(nodeName).state();
    }

    @Override
    public Drain planDrain(String nodeName, Map<String, Object> params)
            throws InterruptedException {
        OperationOptions.drain(params);
        SimulatedNode node = reach(nodeName);
        return new SimulatedDrain(node, OperationOptions.dryRun(params));
    }

    @Override
    public ClusterLimiter limiter() {
        return limiter;
    }

    /** The round trip of a request, with what may come of it. */
    private SimulatedNode reach(String nodeName) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(latencyMs);
        SimulatedNode node = nodes.get(nodeName);
        if (node == null) {
            throw new NodeOperationException("nodes \"" + nodeName + "\" not found");
        }
        if (failing.contains(nodeName)) {
            throw new NodeOperationException(
                    "Internal error occurred: failed calling webhook"
                            + " \"nodes.policy.example.com\": context deadline exceeded");
        }
        return node;
    }

    /** Evicts one pod a step; the last one of a node is of the application web. */
    private final class SimulatedDrain implements Drain {

        private final SimulatedNode node;
        private final boolean dryRun;
        private final int total;
        private final List<String> pods;
        private int left;
        private boolean waits;
        private boolean waited;

        private SimulatedDrain(SimulatedNode node, boolean dryRun) {
            this.node = node;
            this.dryRun = dryRun;
            this.total = node.pods();
            this.left = total;
            this.pods = PODS.subList(PODS.size() - total, PODS.size());
        }

        @Override
        public NodePlan plan() {
            boolean begun = !dryRun && left < total;
            Map<String, NodePlan.Pod> told = new LinkedHashMap<>();
            for (int i = 0; i < total; i++) {
                boolean gone = i < total - left;
                boolean web = i == total - 1;
                told.put(
                        "default/" + pods.get(i) + "-" + node.name(),
                        new NodePlan.Pod(
                                Fate.EVICT,
                                null,
                                false,
                                web && waited ? SimulatedCluster.this.web.refusal() : null,
                                !begun ? null : gone ? Outcome.EVICTED : Outcome.LEFT));
            }
            told.put(
                    "kube-system/proxy-" + node.name(),
                    new NodePlan.Pod(Fate.KEEP, "belongs to a DaemonSet", false, null, null));
            Map<String, NodePlan.Budget> budgets =
                    total == 0
                            ? Map.of()
                            : Map.of("default/web", new NodePlan.Budget(web.left(), 1));
            return new NodePlan(told, dryRun ? budgets : null);
        }

        @Override
        public boolean isRunning() {
            return left > 0;
        }

        @Override
        public String advance() throws InterruptedException {
            TimeUnit.MILLISECONDS.sleep(latencyMs);
            if (!dryRun && left == 1 && !web.allows()) {
                String news =
                        waits ? null : evicted() + "; default/web-" + node.name() + web.waits();
                waits = true;
                waited = true;
                return news;
            }
            if (!dryRun) {
                node.evictOne();
            }
            left--;
            return evicted();
        }

        private String evicted() {
            return (dryRun ? "would evict " : "evicted ")
                    + (total - left)
                    + " of "
                    + total
                    + " pods";
        }

        @Override
        public Duration pause() {
            return waits && isRunning() ? LOOK : Duration.ZERO;
        }

        @Override
        public String result() {
            return total == 0
                    ? "already drained"
                    : (dryRun ? "would evict " : "evicted ") + total + " pods";
        }
    }

    /** Lets a tenth of an application's pods be away at once, one at least. */
    private static final class Budget {

        private final int pods;
        private final int mayBeAway;
        private final long replacementNanos;
        private final Deque<Long> backAt = new ArrayDeque<>();

        private Budget(int pods, long replacementNanos) {
            this.pods = pods;
            this.mayBeAway = Math.max(1, pods / 10);
            this.replacementNanos = replacementNanos;
        }

        private synchronized boolean allows() {
            long now = System.nanoTime();
            while (!backAt.isEmpty() && now - backAt.peek() >= 0) {
                backAt.remove();
            }
            return backAt.size() < mayBeAway && backAt.add(now + replacementNanos);
        }

        private synchronized int left() {
            long now = System.nanoTime();
            return mayBeAway - (int) backAt.stream().filter(at -> at - now > 0).count();
        }

        private String waits() {
            return " waits: " + refusal();
        }

        /** In the words of an API server. */
        private String refusal() {
            int needed = pods - mayBeAway;
            return "Cannot evict pod as it would violate the pod's disruption budget. The"
                    + " disruption budget web needs %d healthy pods and has %<d currently"
                            .formatted(needed);
        }
    }
}
