package org.kubenode.progress.cluster;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many nodes of one cluster this replica works on at once, over all its batches. The limit
 * starts at its bound and adapts: it is halved, at most once a second, when the API server says
 * that it has too much (429, 503) or does not answer, lowered by a tenth when its answers take four
 * times as long as they can, and grows by one for every {@code limit} good answers. It never leaves
 * 1 to bound.
 */
public final class ClusterLimiter {

    private static final long DECREASE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final double HALF = 0.5;
    private static final double SLIGHTLY = 0.9;
    private static final double SLOW_FACTOR = 4;

    /** Below this, slower than before is not yet slow: milliseconds. */
    private static final double SLOW_MS = 100;

    private static final double SMOOTHING = 0.1;

    /** Lets the best latency rise to what has become usual, over some thousands of answers. */
    private static final double FORGETTING = 1.0005;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final int bound;
    private final Waiter clock;
    private volatile double limit;
    private int inUse;
    private long lastDecrease;
    private double bestMs = Double.MAX_VALUE;
    private double smoothMs = -1;

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
        this.lastDecrease = clock.nanoTime() - DECREASE_NANOS;
    }

    /** Takes a permit when one is free; who got one gives it back by {@link #release()}. */
    public boolean tryAcquire() {
        lock.lock();
        try {
            if (inUse >= limit()) {
                return false;
            }
            inUse++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a permit.
     *
     * @return whether it got one in this time
     * @throws InterruptedException when the batch was cancelled
     */
    public boolean acquire(Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (inUse >= limit()) {
                if (left <= 0) {
                    return false;
                }
                left = freed.awaitNanos(left);
            }
            inUse++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a permit back. */
    public void release() {
        lock.lock();
        try {
            if (inUse == 0) {
                throw new IllegalStateException("more permits came back than were taken");
            }
            inUse--;
            freed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The API server answered after this time. */
    public void answered(Duration latency) {
        double ms = latency.toNanos() / 1e6;
        lock.lock();
        try {
            bestMs = Math.min(bestMs * FORGETTING, ms);
            if (slowWith(ms)) {
                decrease(SLIGHTLY);
            } else {
                int before = limit();
                limit = Math.min(bound, limit + 1 / limit);
                if (limit() > before) {
                    freed.signal();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * A request was given up after this time. One counts as a very slow answer, so that one lost
     * connection does not slow the others down; a server that has never answered is halved.
     */
    public void unanswered(Duration waited) {
        lock.lock();
        try {
            boolean slow = slowWith(waited.toNanos() / 1e6);
            if (bestMs == Double.MAX_VALUE) {
                decrease(HALF);
            } else if (slow) {
                decrease(SLIGHTLY);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean slowWith(double ms) {
        smoothMs = smoothMs < 0 ? ms : smoothMs + SMOOTHING * (ms - smoothMs);
        return smoothMs > Math.max(SLOW_MS, bestMs * SLOW_FACTOR);
    }

    /** The API server said that it has too much. */
    public void throttled() {
        lock.lock();
        try {
            decrease(HALF);
        } finally {
            lock.unlock();
        }
    }

    private void decrease(double factor) {
        long now = clock.nanoTime();
        if (now - lastDecrease >= DECREASE_NANOS) {
            lastDecrease = now;
            limit = Math.max(1, limit * factor);
        }
    }

    /** How many nodes at once it allows at present: 1 to bound. */
    public int limit() {
        return (int) limit;
    }

    /** How many permits are out; for a while more than the limit, after it was lowered. */
    public int inUse() {
        lock.lock();
        try {
            return inUse;
        } finally {
            lock.unlock();
        }
    }
}
