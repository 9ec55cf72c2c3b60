package org.kubenode.progress.cluster;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.problem.ProblemException;

/** The clusters of the configuration, by name: what the routes call. */
public class Clusters implements AutoCloseable {

    private static final int USUAL_CONCURRENCY = 10;
    private static final int CHECKS = 3;
    private static final Duration BETWEEN_CHECKS = Duration.ofMillis(500);

    /**
     * Clients that wait for an API server hold threads of the HTTP API: these for all clusters, and
     * for one, or the state of all, so that one that does not answer leaves the others theirs.
     */
    private static final int ASKED_AT_ONCE = 4;

    private static final int ASKED_OF_ONE = 2;
    private static final String ALL = "";
    private static final int CONFIRM_ABOVE = 20;

    private final Map<String, Cluster> clusters = new LinkedHashMap<>();
    private final Map<String, Integer> asked = new HashMap<>();
    private final Waiter waiter;
    private final Map<String, StartRules> startRules;
    private final int confirmAbove;
    private volatile List<ClusterView> lastKnown;

    /**
     * @throws IllegalArgumentException when a name occurs twice
     */
    public Clusters(Collection<? extends Cluster> all) {
        this(all, Waiter.SYSTEM, Map.of(), CONFIRM_ABOVE);
    }

    Clusters(Collection<? extends Cluster> all, Waiter waiter, Map<String, StartRules> startRules) {
        this(all, waiter, startRules, CONFIRM_ABOVE);
    }

    /**
     * @param confirmAbove percent of a cluster's nodes; see {@link ClusterView}
     */
    Clusters(
            Collection<? extends Cluster> all,
            Waiter waiter,
            Map<String, StartRules> startRules,
            int confirmAbove) {
        this.waiter = waiter;
        this.startRules = startRules;
        this.confirmAbove = confirmAbove;
        for (Cluster cluster : all) {
            if (clusters.put(cluster.name(), cluster) != null) {
                throw new IllegalArgumentException(
                        "clusters[].name is '"
                                + cluster.name()
                                + "' twice; allowed: each name once");
            }
        }
    }

    /**
     * The cluster of a batch.
     *
     * @throws ProblemException 400 on {@code cluster_name} when there is none of that name
     */
    public Cluster get(String name) {
        return find(name, 400, "cluster_name");
    }

    /** Whether there is a cluster of that name. */
    public boolean contains(String name) {
        return name != null && clusters.containsKey(name);
    }

    /**
     * What {@code GET /clusters} lists, in the order of the configuration. Clusters are asked at
     * the same time, so that one that is down costs the list its time-out once; who comes while two
     * wait for that is told what was known last.
     *
     * @throws ProblemException 503 when nothing is known yet
     */
    public List<ClusterView> list() {
        List<ClusterView> known = lastKnown;
        if (known != null && !mayAsk(ALL)) {
            return known;
        }
        if (known == null) {
            ask(ALL);
        }
        try {
            lastKnown =
                    clusters.values().parallelStream()
                            .map(cluster -> ClusterView.of(cluster, confirmAbove))
                            .toList();
            return lastKnown;
        } finally {
            asked(ALL);
        }
    }

    /**
     * What {@code GET /clusters/{name}/nodes} lists.
     *
     * @param labelSelector as in {@code kubectl get nodes -l}, or null or empty for all
     * @throws ProblemException 404 for an unknown cluster, 400 on {@code selector} for one that
     *     cannot be read, 503 when the cluster does not answer, or others wait for it
     */
    public List<Node> nodes(String name, String labelSelector) {
        Cluster cluster = find(name, 404, "name");
        String selector = labelSelector == null ? "" : labelSelector.trim();
        ask(name);
        try {
            return cluster.nodes(selector.isEmpty() ? null : selector);
        } catch (NodeOperationException e) {
            throw new ProblemException(503, null, "cluster " + name + ": " + e.getMessage());
        } finally {
            asked(name);
        }
    }

    private void ask(String name) {
        if (!mayAsk(name)) {
            throw new ProblemException(
                    503, null, "Others wait for the answers of clusters, try again.");
        }
    }

    private boolean mayAsk(String name) {
        synchronized (asked) {
            int all = asked.values().stream().mapToInt(Integer::intValue).sum();
            boolean room = all < ASKED_AT_ONCE && asked.getOrDefault(name, 0) < ASKED_OF_ONE;
            if (room) {
                asked.merge(name, 1, Integer::sum);
            }
            return room;
        }
    }

    private void asked(String name) {
        synchronized (asked) {
            asked.merge(name, -1, Integer::sum);
        }
    }

    /**
     * Why no node of a cluster can be worked on at present, for one error for the whole batch. It
     * is asked up to three times within some seconds: one lost request must not end a batch.
     *
     * @return one line, or null when the batch may go ahead
     */
    public String check(String name) throws InterruptedException {
        Cluster cluster = get(name);
        String reason = cluster.check();
        for (int again = 1; reason != null && again < CHECKS; again++) {
            waiter.pause(BETWEEN_CHECKS);
            reason = cluster.check();
        }
        return reason == null ? null : "cluster " + name + ": " + reason;
    }

    /** Runs one operation on one node, which is told its changes; see {@link Cluster#run}. */
    public String run(NodeTarget target, String operation) {
        Cluster cluster = get(target.clusterName());
        Done done = told(() -> cluster.run(operation, target.node(), target.params()));
        target.changed(done.changes());
        return done.text();
    }

    /** How many nodes of a cluster may be worked on at once, over all batches of this replica. */
    public ClusterLimiter limiter(String name) {
        return get(name).limiter();
    }

    /**
     * How many nodes of a cluster a batch works on at once when nobody says: 10, and for operations
     * that are done after some requests what its API server bears, by its {@code concurrency}.
     */
    public int usualConcurrency(String name, String operation, Map<String, ?> params) {
        Cluster cluster = get(name);
        boolean asMuchAsItBears =
                cluster.type().equals("kubernetes") && OperationOptions.isQuick(operation, params);
        return asMuchAsItBears ? cluster.limiter().bound() : USUAL_CONCURRENCY;
    }

    /**
     * Why a batch may start no node of a cluster now: it is outside its windows.
     *
     * @return one line, or null when it may
     */
    public String closed(String name, Map<String, ?> params) {
        StartRules rules = startRules.get(name);
        ZonedDateTime opens =
                rules == null || OperationOptions.dryRun(params) ? null : rules.closedUntil();
        return opens == null
                ? null
                : "Waits for the maintenance window of %s, which opens at %s"
                        .formatted(name, opens.toOffsetDateTime());
    }

    /** When the next window of a cluster opens after a moment; null when it is open then. */
    public Instant opens(String name, Instant at) {
        StartRules rules = startRules.get(name);
        return rules == null ? null : rules.opens(at);
    }

    /**
     * Whether a batch of so many nodes needs a second person.
     *
     * @throws ProblemException 503 when its nodes have to be counted, and it does not answer
     */
    public boolean needsApproval(String name, int nodes) {
        StartRules rules = startRules.get(name);
        return rules != null && rules.approve() && rules.approve(nodes, nodes(name, null).size());
    }

    /** Plans what a drain has to evict; see {@link Cluster#planDrain}. */
    public Drain planDrain(NodeTarget target) {
        Cluster cluster = get(target.clusterName());
        return told(() -> cluster.planDrain(target.node(), target.params()));
    }

    /** One step of a drain; see {@link Drain#advance}. */
    public String advanceDrain(Drain drain) {
        return told(drain::advance);
    }

    /** Camel stops the route of an exchange that failed with an InterruptedException itself. */
    static <T> T told(Interruptible<T> call) {
        try {
            return call.get();
        } catch (InterruptedException e) {
            throw new NodeOperationException("interrupted", e);
        }
    }

    interface Interruptible<T> {
        T get() throws InterruptedException;
    }

    /** Their names, in the order of the configuration. */
    public Collection<String> names() {
        return clusters.keySet();
    }

    Waiter waiter() {
        return waiter;
    }

    Collection<Cluster> all() {
        return clusters.values();
    }

    private Cluster find(String name, int status, String field) {
        Cluster cluster = name == null ? null : clusters.get(name);
        if (cluster == null) {
            String known = String.join(", ", clusters.keySet());
            throw new ProblemException(
                    status,
                    field,
                    "unknown cluster '"
                            + name
                            + "'; allowed: "
                            + (known.isEmpty() ? "none" : known));
        }
        return cluster;
    }

    @Override
    public void close() {
        clusters.values().forEach(Cluster::close);
    }
}
