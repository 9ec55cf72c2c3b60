package org.kubenode.progress.subscription;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * How long to wait before each attempt to subscribe (docs/notifier-circuit.md): the first at once,
 * 250 to 500 ms after each of the first failures, then 1 to 2 s for five minutes, then ever longer
 * up to 30 s. The jitter is half of the pause, so that replicas do not return in step.
 *
 * <p>For one thread.
 */
public final class RetryPolicy {

    /** So many failed attempts are followed by the short pause. */
    static final int BRISK_ATTEMPTS = 3;

    /** The longest pause between the first attempts, in milliseconds. */
    static final long BRISK_MS = 500;

    /** The longest pause for the next five minutes, in milliseconds. */
    static final long EAGER_PAUSE_MS = 2_000;

    /** Attempts stay frequent for so long after the loss, in milliseconds. */
    static final long EAGER_MS = 300_000;

    /** The longest pause of all, in milliseconds. */
    static final long LONGEST_MS = 30_000;

    private final LongSupplier nanoTime;
    private final DoubleSupplier random;
    private long lostAt;
    private int attempts;

    /**
     * @param nanoTime a monotonic clock in ns
     * @param random uniform in [0, 1)
     */
    public RetryPolicy(LongSupplier nanoTime, DoubleSupplier random) {
        this.nanoTime = nanoTime;
        this.random = random;
        this.lostAt = nanoTime.getAsLong();
    }

    /**
     * The longest pause between two attempts once the first have failed.
     *
     * @param lostForMs since the subscription was lost, in milliseconds
     */
    public static long longestPauseMs(long lostForMs) {
        return Math.min(LONGEST_MS, EAGER_PAUSE_MS + Math.max(0, lostForMs - EAGER_MS) / 10);
    }

    /** The pause before the next attempt, which counts as made. */
    Duration next() {
        int before = attempts++;
        if (before == 0) {
            return Duration.ZERO;
        }
        long lostForMs = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - lostAt);
        long longest = before < BRISK_ATTEMPTS ? BRISK_MS : longestPauseMs(lostForMs);
        return Duration.ofMillis((long) (longest * (0.5 + 0.5 * random.getAsDouble())));
    }

    /** A subscription stood for {@code lifetime}; one that fell at once was a failed attempt. */
    void stood(Duration lifetime) {
        if (lifetime.toMillis() >= BRISK_MS) {
            lostAt = nanoTime.getAsLong();
            attempts = 0;
        }
    }
}
