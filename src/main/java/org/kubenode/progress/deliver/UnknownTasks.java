package org.kubenode.progress.deliver;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Ids that were looked up lately and that no row has: what is said of one in the next {@value
 * #MOMENT_NANOS} ns costs no look-up. Holds {@value #MAX} at most, the latest. Thread-safe.
 */
final class UnknownTasks {

    static final long MOMENT_NANOS = 2_000_000_000L;
    static final int MAX = 20_000;

    private final LongSupplier nanoTime;
    private final Map<String, Long> since =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                    return size() > MAX;
                }
            };

    UnknownTasks(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    synchronized void add(String taskId) {
        since.remove(taskId);
        since.put(taskId, nanoTime.getAsLong());
    }

    /** Whether it was found unknown a moment ago. */
    synchronized boolean contains(String taskId) {
        Long at = since.get(taskId);
        if (at == null) {
            return false;
        }
        if (nanoTime.getAsLong() - at >= MOMENT_NANOS) {
            since.remove(taskId);
            return false;
        }
        return true;
    }
}
