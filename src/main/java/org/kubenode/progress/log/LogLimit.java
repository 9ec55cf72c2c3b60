package org.kubenode.progress.log;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Lets one line a minute through for each kind, and counts the others: what a client sends, and how
 * a foreign server fares, must not fill a log.
 */
public final class LogLimit {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final int MOST_KINDS = 1_000;

    private final Map<String, Kind> kinds =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Kind> eldest) {
                    return size() > MOST_KINDS;
                }
            };
    private final LongSupplier nanos;

    public LogLimit() {
        this(System::nanoTime);
    }

    /**
     * @param nanos as {@link System#nanoTime()}
     */
    LogLimit(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Counts one of a kind.
     *
     * @return how many there were since the last that passed, with this one; 0 when it does not
     *     pass
     */
    public synchronized long pass(String kind) {
        long now = nanos.getAsLong();
        Kind known = kinds.computeIfAbsent(kind, name -> new Kind(now - MINUTE));
        known.count++;
        if (now - known.passedAt < MINUTE) {
            return 0;
        }
        long count = known.count;
        known.count = 0;
        known.passedAt = now;
        return count;
    }

    private static final class Kind {

        private long passedAt;
        private long count;

        Kind(long passedAt) {
            this.passedAt = passedAt;
        }
    }
}
