package org.kubenode.progress.cluster.kubernetes;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.kubenode.progress.cluster.Waiter;

/**
 * Which rights the account was seen to have. An API server that was just started answers 403 to
 * entitled accounts for about a second, until it knows its roles (kube-apiserver 1.37); so a right
 * that was there is believed gone only after a grace.
 */
final class Rights {

    private final long graceNanos;
    private final Waiter clock;
    private final Set<String> had = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> deniedSince = new ConcurrentHashMap<>();

    Rights(Duration grace, Waiter clock) {
        this.graceNanos = grace.toNanos();
        this.clock = clock;
    }

    /**
     * @param kind see {@link ApiRequest#kind}
     */
    void granted(String kind) {
        had.add(kind);
        deniedSince.remove(kind);
    }

    /** A right was denied: whether it may come back. */
    boolean doubtful(String kind) {
        if (!had.contains(kind)) {
            return false;
        }
        long now = clock.nanoTime();
        return now - deniedSince.computeIfAbsent(kind, first -> now) < graceNanos;
    }
}
