package org.kubenode.progress.pgevent;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before each attempt: the first at once, then from the initial delay doubling to
 * the greatest, each shortened by up to a quarter so that replicas do not return in step.
 */
final class Backoff {

    private final Duration initial;
    private final Duration greatest;
    private final RandomGenerator random;
    private Duration next = Duration.ZERO;

    Backoff(Duration initial, Duration greatest, RandomGenerator random) {
        this.initial = initial;
        this.greatest = greatest;
        this.random = random;
    }

    Duration next() {
        Duration delay = next;
        Duration doubled = delay.isZero() ? initial : delay.multipliedBy(2);
        next = doubled.compareTo(greatest) > 0 ? greatest : doubled;
        return Duration.ofNanos((long) (delay.toNanos() * (1 - random.nextDouble() / 4)));
    }

    /** A subscription stood for {@code lifetime}; one that fell at once does not earn a zero. */
    void succeeded(Duration lifetime) {
        next = lifetime.compareTo(greatest) >= 0 ? Duration.ZERO : initial;
    }
}
