package org.kubenode.progress.websocket;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What each of many may take: so much at once, and so much a second in the long run. Whoever has
 * all of it again costs no memory. Safe for use by several threads.
 */
public final class Budget {

    private static final int FEW = 1_000;

    private final Map<String, Long> fullAt = new ConcurrentHashMap<>();
    private final double nanosEach;
    private final double nanosAtOnce;
    private final LongSupplier nanos;
    private volatile int sweepAt = FEW;

    /**
     * @param aSecond how much in the long run, 1 or more
     * @param atOnce how much of what was not taken before
     * @param nanos as {@link System#nanoTime}
     */
    public Budget(long aSecond, long atOnce, LongSupplier nanos) {
        this.nanosEach = (double) TimeUnit.SECONDS.toNanos(1) / aSecond;
        this.nanosAtOnce = nanosEach * atOnce;
        this.nanos = nanos;
    }

    /**
     * Takes one, if it is there.
     *
     * @return 0, or in how many seconds to come again
     */
    public int take(String who) {
        int[] wait = new int[1];
        long now = nanos.getAsLong();
        fullAt.compute(
                who,
                (name, full) -> {
                    wait[0] = seconds(spent(full, now) + nanosEach);
                    return wait[0] > 0 ? full : later(full, now, 1);
                });
        sweep(now);
        return wait[0];
    }

    /** Takes so much whatever is there: what is taken too much has to be waited for. */
    public void charge(String who, long amount) {
        long now = nanos.getAsLong();
        fullAt.compute(who, (name, full) -> later(full, now, amount));
        sweep(now);
    }

    /** 0, or in how many seconds what was taken too much is made up for. */
    public int wait(String who) {
        return seconds(spent(fullAt.get(who), nanos.getAsLong()));
    }

    private Long later(Long full, long now, long amount) {
        return now + Math.round(spent(full, now) + amount * nanosEach);
    }

    private static long spent(Long full, long now) {
        return full == null ? 0 : Math.max(0, full - now);
    }

    private int seconds(double spent) {
        return (int) Math.ceil(Math.max(0, spent - nanosAtOnce) / TimeUnit.SECONDS.toNanos(1));
    }

    private void sweep(long now) {
        if (fullAt.size() > sweepAt) {
            fullAt.values().removeIf(full -> full - now <= 0);
            sweepAt = Math.max(FEW, 2 * fullAt.size());
        }
    }
}
