package org.kubenode.progress.server;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what is held for each peer. A peer has no entry while nothing is.
 *
 * @see PeerLimits
 */
final class Shares {

    private final long all;
    private final long each;
    private final AtomicLong taken = new AtomicLong();
    private final ConcurrentHashMap<String, Long> takenBy = new ConcurrentHashMap<>();

    /**
     * @param all what there is
     * @param each what one peer may have of it
     */
    Shares(long all, long each) {
        this.all = all;
        this.each = each;
    }

    /** Takes so much for a peer, or nothing when it or all together would have too much. */
    boolean take(String peer, long amount) {
        if (taken.addAndGet(amount) <= all) {
            long[] before = new long[1];
            takenBy.compute(
                    peer,
                    (name, had) -> {
                        before[0] = had == null ? 0 : had;
                        return before[0] + amount > each ? had : Long.valueOf(before[0] + amount);
                    });
            if (before[0] + amount <= each) {
                return true;
            }
        }
        taken.addAndGet(-amount);
        return false;
    }

    /** Gives back what {@link #take} took. */
    void give(String peer, long amount) {
        if (amount > 0) {
            taken.addAndGet(-amount);
            takenBy.computeIfPresent(peer, (name, had) -> had <= amount ? null : had - amount);
        }
    }
}
