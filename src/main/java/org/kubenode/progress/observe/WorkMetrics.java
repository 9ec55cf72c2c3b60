package org.kubenode.progress.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.kubenode.progress.batch.RunningBatches;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.TaskEnd;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.wire.TaskIds;

/**
 * What becomes of the work: results, batches, what waits, and the places to work. By cluster and
 * operation, which the configuration and the routes bound; never by user, node or task.
 */
public final class WorkMetrics implements MeterBinder {

    private final Clusters clusters;
    private final RunningBatches batches;
    private final ProgressProperties.Batch most;
    private final MeterRegistry registry;
    private final Map<Kind, Counter> results = new ConcurrentHashMap<>();
    private MultiGauge waiting;
    private MultiGauge oldest;

    WorkMetrics(
            Clusters clusters,
            RunningBatches batches,
            ProgressProperties.Batch most,
            MeterRegistry registry) {
        this.clusters = clusters;
        this.batches = batches;
        this.most = most;
        this.registry = registry;
    }

    /** A node has its result, or was interrupted; what is told before that is none. */
    void recorded(NodeResult result) {
        if (result.last()) {
            TaskRun run = result.run();
            results.computeIfAbsent(
                            new Kind(run.clusterName(), run.action(), result.status().wireName()),
                            this::counter)
                    .increment();
        }
    }

    /** A batch begins, perhaps not for the first time. */
    void begun(TaskRun run) {
        if (run.fresh()) {
            registry.timer("progress.batch.pending", "cluster", run.clusterName())
                    .record(since(run));
        }
    }

    /** A task's end is about to be written. */
    void ended(TaskEnd end) {
        TaskRun run = end.run();
        String outcome = end.status().name().toLowerCase(Locale.ROOT);
        registry.timer(
                        "progress.batch.duration",
                        new Kind(run.clusterName(), run.action(), outcome).tags())
                .record(since(run));
    }

    /** From the request, on whichever replica: a task's id has its time. Clocks are to agree. */
    private static Duration since(TaskRun run) {
        Duration age = Duration.between(accepted(run), Instant.now());
        return age.isNegative() ? Duration.ZERO : age;
    }

    private static Instant accepted(TaskRun run) {
        try {
            return TaskIds.madeAt(UUID.fromString(run.taskId()));
        } catch (IllegalArgumentException e) {
            // A row of somebody else's making.
            return run.takenAt();
        }
    }

    private Counter counter(Kind kind) {
        return Counter.builder("progress.node.results")
                .description("Nodes that have their result, or were interrupted")
                .tags(kind.tags())
                .register(registry);
    }

    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        waiting =
                MultiGauge.builder("progress.waiting.batches")
                        .description("Batches that no replica runs, as seen from here")
                        .register(registry);
        oldest =
                MultiGauge.builder("progress.waiting.oldest")
                        .description("How long the one that waits longest has waited")
                        .baseUnit("seconds")
                        .register(registry);
        for (String name : clusters.names()) {
            ClusterLimiter limiter = clusters.limiter(name);
            Tags cluster = Tags.of("cluster", name);
            places("progress.cluster.places", cluster, "taken", limiter::inUse);
            places("progress.cluster.places", cluster, "free", () -> free(limiter));
            // Since the API server says that it has too much.
            places("progress.cluster.places", cluster, "withheld", () -> withheld(limiter));
        }
        Tags running = Tags.of("kind", "batches");
        places("progress.places", running, "taken", batches::count);
        places("progress.places", running, "free", () -> most.maxRunning() - batches.count());
        Tags operations = Tags.of("kind", "operations");
        places("progress.places", operations, "taken", this::working);
        places("progress.places", operations, "free", () -> most.maxOperations() - working());
        seen(List.of());
    }

    private int working() {
        return clusters.names().stream()
                .map(clusters::limiter)
                .mapToInt(ClusterLimiter::inUse)
                .sum();
    }

    private static int free(ClusterLimiter limiter) {
        return Math.max(0, limiter.limit() - limiter.inUse());
    }

    private static int withheld(ClusterLimiter limiter) {
        return limiter.bound() - Math.max(limiter.limit(), limiter.inUse());
    }

    private void places(String name, Tags of, String state, Supplier<Number> places) {
        Gauge.builder(name, places)
                .description("Places to work, here: nodes at once of a cluster, or of all; batches")
                .tags(of.and("state", state))
                .strongReference(true)
                .register(registry);
    }

    /**
     * Takes a look at what waits.
     *
     * @param rows of {@code waiting-tasks}: cluster_name, waiting, oldest in seconds
     */
    public synchronized void seen(List<Map<String, Object>> rows) {
        Map<String, Map<String, Object>> byCluster = new LinkedHashMap<>();
        // Nothing waits is said as well, of the clusters that are known here.
        clusters.names().forEach(name -> byCluster.put(name, Map.of("waiting", 0, "oldest", 0)));
        rows.forEach(row -> byCluster.put(row.get("cluster_name").toString(), row));
        show(waiting, byCluster, "waiting");
        show(oldest, byCluster, "oldest");
    }

    private static void show(
            MultiGauge gauge, Map<String, Map<String, Object>> byCluster, String column) {
        gauge.register(
                byCluster.entrySet().stream()
                        .map(
                                e ->
                                        MultiGauge.Row.of(
                                                Tags.of("cluster", e.getKey()),
                                                (Number) e.getValue().get(column)))
                        .toList(),
                true);
    }

    private record Kind(String cluster, String action, String outcome) {
        private Tags tags() {
            return Tags.of("cluster", cluster, "action", action, "outcome", outcome);
        }
    }
}
