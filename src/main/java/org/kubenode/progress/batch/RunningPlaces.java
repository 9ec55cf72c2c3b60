package org.kubenode.progress.batch;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kubenode.progress.share.Places;
import org.kubenode.progress.store.NewTask;

/**
 * The places for running batches of one replica: who has them, and who is about to. Held is what
 * runs, so that no place is ever lost. Thread-safe.
 */
final class RunningPlaces {

    private static final long RESERVED_NANOS = Duration.ofSeconds(30).toNanos();

    private final Places places;
    private final Collection<BatchRun> running;
    private final LongSupplier nanoTime;
    private final Map<String, Reserved> reserved = new HashMap<>();
    private int claiming;

    /**
     * @param all batches at once, at least 1
     * @param running those that run now
     * @param nanoTime a monotonic clock, in ns
     */
    RunningPlaces(int all, Collection<BatchRun> running, LongSupplier nanoTime) {
        this.places = Places.of(all);
        this.running = running;
        this.nanoTime = nanoTime;
    }

    /**
     * Takes a place for a task that is about to be stored, if it may have one. Those that wait go
     * before; only who has nothing here and nothing that waits need not wait behind others.
     */
    synchronized boolean reserve(NewTask task, long waiting, long waitingOfUser) {
        long ofUser = held(Held::userId, task.userId());
        if (waiting > 0 && waitingOfUser + ofUser > 0
                || !places.open(free(), ofUser, held(Held::clusterName, task.clusterName()))) {
            return false;
        }
        Held held = new Held(task.userId(), task.clusterName());
        reserved.put(task.taskId(), new Reserved(held, nanoTime.getAsLong()));
        return true;
    }

    /** It runs now, or does not start here. */
    synchronized void release(String taskId) {
        reserved.remove(taskId);
    }

    /**
     * Whether a task may start here that the database does not know. What is being claimed does not
     * count: without the database nothing will be.
     */
    synchronized boolean openWithoutDatabase(NewTask task) {
        return places.open(
                places.all() - atWork(),
                held(Held::userId, task.userId()),
                held(Held::clusterName, task.clusterName()));
    }

    /** How many nobody has. */
    synchronized int free() {
        // A request that failed without a word gives its place back in the end.
        reserved.values().removeIf(one -> nanoTime.getAsLong() - one.at > RESERVED_NANOS);
        return Math.max(0, places.all() - atWork() - reserved.size() - claiming);
    }

    /** What waits keeps no place from others, up to as many again. */
    private int atWork() {
        long waiting = running.stream().filter(BatchRun::waits).count();
        return running.size() - (int) Math.min(waiting, places.all());
    }

    /** What may be claimed; that stays taken until {@link #claimed}. */
    synchronized Room claim() {
        claiming = 0;
        int free = free();
        int beyondReserve = free - places.reserve();
        if (beyondReserve > 0) {
            // Never all of it: a request that comes meanwhile should not have to wait.
            claiming = Math.min(beyondReserve, Math.max(1, places.all() / 4));
            return Room.forAnybody(claiming);
        }
        // One after the other: each may be the last that its cluster may have.
        claiming = Math.min(free, 1);
        int newClusters = free > places.forUsers() ? places.few() : 0;
        return new Room(claiming, places.few(), fullCluster(), newClusters);
    }

    /** What was claimed is registered. */
    synchronized void claimed() {
        claiming = 0;
    }

    private String fullCluster() {
        return held()
                .collect(Collectors.groupingBy(Held::clusterName, Collectors.counting()))
                .entrySet()
                .stream()
                .filter(cluster -> cluster.getValue() >= places.mostOfCluster())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }

    private long held(Function<Held, String> by, String holder) {
        return held().map(by).filter(holder::equals).count();
    }

    private Stream<Held> held() {
        return Stream.concat(
                running.stream()
                        .map(run -> new Held(run.task().userId(), run.task().clusterName())),
                reserved.values().stream().map(Reserved::held));
    }

    private record Held(String userId, String clusterName) {}

    private record Reserved(Held held, long at) {}
}
