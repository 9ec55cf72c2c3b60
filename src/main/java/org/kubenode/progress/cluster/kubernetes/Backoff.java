package org.kubenode.progress.cluster.kubernetes;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before a request is repeated: 200 ms doubled each time up to 10 s, of which half
 * is random so that many nodes do not come back together; the server's Retry-After where that is
 * longer, up to a minute.
 *
 * @param random from 0 to below 1
 */
record Backoff(DoubleSupplier random) {

    private static final long FIRST_MS = 200;
    private static final long MOST_MS = 10_000;
    private static final int DOUBLINGS = 10;
    private static final Duration MOST_WISHED = Duration.ofMinutes(1);

    static Backoff jittered() {
        return new Backoff(() -> ThreadLocalRandom.current().nextDouble());
    }

    /**
     * @param attempt 0 before the first repetition
     * @param retryAfter what the server wishes, or null
     */
    Duration delay(int attempt, Duration retryAfter) {
        long full = Math.min(MOST_MS, FIRST_MS << Math.min(attempt, DOUBLINGS));
        Duration own = Duration.ofMillis(full / 2 + (long) (random.getAsDouble() * full / 2));
        if (retryAfter == null || retryAfter.compareTo(own) < 0) {
            return own;
        }
        return retryAfter.compareTo(MOST_WISHED) > 0 ? MOST_WISHED : retryAfter;
    }
}
