package org.kubenode.progress.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many nodes of one cluster this replica works on at once, over all its batches. The limit
 * starts at its bound and adapts to what the API server says of itself: it is halved, at most once
 * a second, when the server says that it has too much, or answers nobody; while it says nothing of
 * the kind the limit doubles every second, so that from 1 to 100 it takes seven.
 *
 * <p>Answers that take four times as long as others of their kind lower it gently, and never below
 * a quarter of the bound: a server may be slow for reasons of its own. It never leaves 1 to bound.
 */
public final class ClusterLimiter {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final double HALF = 0.5;
    private static final double SLIGHTLY = 0.9;
    private static final int QUARTER = 4;

    private final int bound;
    private final Waiter clock;
    private final Map<String, Latency> latencies = new HashMap<>();
    private volatile double limit;
    private int inUse;
    private long lastDecrease;
    private long lastAnswer;

    /**
     * @param bound the most nodes at once; from 1
     */
    public ClusterLimiter(int bound, Waiter clock) {
        if (bound < 1) {
            throw new IllegalArgumentException("a bound of " + bound + "; allowed: from 1");
        }
        this.bound = bound;
        this.clock = clock;
        this.limit = bound;
        this.lastDecrease = clock.nanoTime() - SECOND;
        this.lastAnswer = lastDecrease;
    }

    /** Takes a permit when one is free; who got one gives it back by {@link #release()}. */
    public synchronized boolean tryAcquire() {
        if (inUse >= limit()) {
            return false;
        }
        inUse++;
        return true;
    }

    /** Takes a permit whether one is free or not, for what cannot be left half done. */
    public synchronized void acquireAnyway() {
        inUse++;
    }

    /** Gives a permit back. */
    public synchronized void release() {
        if (inUse == 0) {
            throw new IllegalStateException("more permits came back than were taken");
        }
        inUse--;
    }

    /**
     * The API server did what it was asked.
     *
     * @param kind times of one kind are compared; null when the time says nothing of the server
     */
    public synchronized void answered(String kind, Duration took) {
        long now = clock.nanoTime();
        double seconds = Math.min(1, (double) (now - lastAnswer) / SECOND);
        lastAnswer = now;
        boolean slow =
                kind != null
                        && latencies
                                .computeIfAbsent(kind, k -> new Latency(now))
                                .isSlowWith(took, now);
        if (slow) {
            decrease(SLIGHTLY, Math.max(1, bound / QUARTER));
        } else if (now - lastDecrease >= SECOND) {
            limit = Math.min(bound, limit * Math.pow(2, seconds));
        }
    }

    /**
     * A request was given up. It is a sign of load when nobody else had an answer while it waited:
     * one lost connection, or one node that hangs, must not slow the others down.
     */
    public synchronized void unanswered(Duration waited) {
        if (clock.nanoTime() - lastAnswer >= waited.toNanos()) {
            decrease(HALF, 1);
        }
    }

    /** The API server said that it has too much. */
    public synchronized void overloaded() {
        decrease(HALF, 1);
    }

    private void decrease(double factor, int atLeast) {
        long now = clock.nanoTime();
        if (now - lastDecrease >= SECOND) {
            lastDecrease = now;
            limit = Math.max(Math.min(limit, atLeast), limit * factor);
        }
    }

    /** The most it ever allows. */
    public int bound() {
        return bound;
    }

    /** How many nodes at once it allows at present: 1 to bound. */
    public int limit() {
        return (int) limit;
    }

    /** How many permits are out; for a while more than the limit, after it was lowered. */
    public synchronized int inUse() {
        return inUse;
    }

    /** The times of one kind of request: the best of the last minute, and what is usual now. */
    private static final class Latency {

        private static final long WINDOW = TimeUnit.SECONDS.toNanos(30);
        private static final double SLOW_FACTOR = 4;

        /** Below this, slower than before is not yet slow: milliseconds. */
        private static final double SLOW_MS = 100;

        private static final double SMOOTHING = 0.2;

        private long windowSince;
        private double bestBefore = Double.MAX_VALUE;
        private double best = Double.MAX_VALUE;
        private double usual = -1;

        private Latency(long now) {
            windowSince = now;
        }

        private boolean isSlowWith(Duration took, long now) {
            double ms = took.toNanos() / 1e6;
            if (now - windowSince >= WINDOW) {
                windowSince = now;
                bestBefore = best;
                best = ms;
            }
            best = Math.min(best, ms);
            usual = usual < 0 ? ms : usual + SMOOTHING * (ms - usual);
            return usual > Math.max(SLOW_MS, SLOW_FACTOR * Math.min(best, bestBefore));
        }
    }
}
