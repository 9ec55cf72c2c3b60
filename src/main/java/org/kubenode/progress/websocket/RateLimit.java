package org.kubenode.progress.websocket;

/** A token bucket. For one thread at a time. */
final class RateLimit {

    private final long nanosPerToken;
    private final long capacityNanos;
    // Time credit: full when it reaches the capacity.
    private long credit;
    private long last;

    RateLimit(int perSecond, int burst, long now) {
        this.nanosPerToken = 1_000_000_000L / perSecond;
        this.capacityNanos = nanosPerToken * burst;
        this.credit = capacityNanos;
        this.last = now;
    }

    /**
     * @param now of a monotonic clock, nanoseconds
     */
    boolean allows(long now) {
        credit = Math.min(capacityNanos, credit + Math.max(0, now - last));
        last = now;
        if (credit < nanosPerToken) {
            return false;
        }
        credit -= nanosPerToken;
        return true;
    }
}
