package org.kubenode.progress.batch;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.share.Places;

/**
 * The places for node operations of one replica and of each of its clusters. Of the batches that
 * wait for one, the next is that whose cluster and user hold least, and of one user's on one
 * cluster that which holds least. Thread-safe.
 */
final class OperationPlaces {

    private static final int TENTH = 10;

    private final Places places;
    private final long wishNanos;
    private final LongSupplier nanoTime;
    private final Map<Object, Integer> held = new HashMap<>();
    private final Map<BatchRun, Wish> wishes = new LinkedHashMap<>();
    private final Comparator<BatchRun> leastFirst =
            Comparator.<BatchRun>comparingInt(run -> Math.max(ofUser(run), ofCluster(run)))
                    .thenComparingInt(run -> Math.min(ofUser(run), ofCluster(run)))
                    .thenComparingInt(this::held);
    private int taken;

    /**
     * @param all operations at once, at least 1
     * @param lookAgainMs who waits asks again after that time at most; a wish that is not repeated
     *     holds nobody up for longer than twice that
     * @param nanoTime a monotonic clock, in ns
     */
    OperationPlaces(int all, long lookAgainMs, LongSupplier nanoTime) {
        this.places = Places.of(all);
        this.wishNanos = TimeUnit.MILLISECONDS.toNanos(2 * lookAgainMs);
        this.nanoTime = nanoTime;
    }

    /** Takes a place when there is one that nobody is before; else that is wished for. */
    synchronized boolean tryTake(BatchRun run, ClusterLimiter cluster) {
        forgetLapsed();
        boolean next =
                open(run, cluster)
                        && wishes.keySet().stream()
                                .noneMatch(
                                        other ->
                                                leastFirst.compare(other, run) < 0
                                                        && open(other, wishes.get(other).cluster));
        if (next && cluster.tryAcquire()) {
            wishes.remove(run);
            count(run, 1);
            return true;
        }
        wishes.put(run, new Wish(cluster, nanoTime.getAsLong()));
        return false;
    }

    /** Takes one whether there is one or not, for what cannot be left half done. */
    synchronized void takeAnyway(BatchRun run, ClusterLimiter cluster) {
        cluster.acquireAnyway();
        count(run, 1);
    }

    /**
     * Gives one back.
     *
     * @return the batch that is next, or null when none waits that may have it
     */
    synchronized BatchRun release(BatchRun run, ClusterLimiter cluster) {
        cluster.release();
        count(run, -1);
        forgetLapsed();
        return wishes.keySet().stream()
                .filter(other -> open(other, wishes.get(other).cluster))
                .min(leastFirst)
                .orElse(null);
    }

    private boolean open(BatchRun run, ClusterLimiter cluster) {
        int limit = cluster.limit();
        return places.open(places.all() - taken, ofUser(run), ofCluster(run))
                && new Places(limit, limit / TENTH)
                        .openTo(held(onCluster(run.task())), limit - cluster.inUse());
    }

    private void forgetLapsed() {
        long now = nanoTime.getAsLong();
        wishes.values().removeIf(wish -> now - wish.at > wishNanos);
    }

    private void count(BatchRun run, int more) {
        taken += more;
        TaskRun task = run.task();
        for (Object holder : List.of(run, user(task), cluster(task), onCluster(task))) {
            held.merge(holder, more, (had, change) -> had + change == 0 ? null : had + change);
        }
    }

    private int ofUser(BatchRun run) {
        return held(user(run.task()));
    }

    private int ofCluster(BatchRun run) {
        return held(cluster(run.task()));
    }

    private int held(Object holder) {
        return held.getOrDefault(holder, 0);
    }

    private static Holder user(TaskRun task) {
        return new Holder(task.userId(), null);
    }

    private static Holder cluster(TaskRun task) {
        return new Holder(null, task.clusterName());
    }

    private static Holder onCluster(TaskRun task) {
        return new Holder(task.userId(), task.clusterName());
    }

    /** A user, a cluster, or a user on a cluster. */
    private record Holder(String userId, String clusterName) {}

    private record Wish(ClusterLimiter cluster, long at) {}
}
