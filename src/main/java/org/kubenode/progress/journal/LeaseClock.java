package org.kubenode.progress.journal;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Whether this replica may still take a task for its own, by its own monotonic clock. The lease is
 * counted from before the last answered renewal was sent, so it ends here before it ends in the
 * row. Thread-safe.
 */
public final class LeaseClock {

    private final long leaseNanos;
    private final LongSupplier nanoTime;
    private final AtomicLong renewedAt;

    /**
     * @param lease how long a renewal lasts
     * @param nanoTime a monotonic clock in ns
     * @param sentAt its reading before the statement was sent that took the task
     */
    public LeaseClock(Duration lease, LongSupplier nanoTime, long sentAt) {
        this.leaseNanos = lease.toNanos();
        this.nanoTime = nanoTime;
        this.renewedAt = new AtomicLong(sentAt);
    }

    /** A renewal was answered that had been sent at this reading of the clock. */
    public void renewed(long sentAt) {
        renewedAt.accumulateAndGet(sentAt, (old, sent) -> sent - old > 0 ? sent : old);
    }

    /** Whether the lease runs: to be asked before each node operation. */
    public boolean held() {
        return nanoTime.getAsLong() - renewedAt.get() < leaseNanos;
    }

    /** How long it still runs; zero or less when it is over. */
    public Duration left() {
        return Duration.ofNanos(leaseNanos - (nanoTime.getAsLong() - renewedAt.get()));
    }
}
