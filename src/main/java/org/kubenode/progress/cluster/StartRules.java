package org.kubenode.progress.cluster;

import java.time.Clock;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.kubenode.progress.config.MaintenanceWindow;

/** When batches may start nodes of a cluster, and which a second person approves. Thread-safe. */
final class StartRules {

    private final List<MaintenanceWindow> windows;
    private final int approvedAbove;
    private final Clock clock;
    private volatile Look last = new Look(Instant.MAX, Instant.MIN, null);

    /**
     * @param windows none: always
     * @param approvedAbove percent of the cluster's nodes; 100: none needs a second person
     */
    StartRules(List<MaintenanceWindow> windows, int approvedAbove, Clock clock) {
        this.windows = List.copyOf(windows);
        this.approvedAbove = approvedAbove;
        this.clock = clock;
    }

    /** Whether any batch may need a second person. */
    boolean approve() {
        return approvedAbove < 100;
    }

    /** Whether a batch of so many of all nodes needs a second person. */
    boolean approve(int nodes, int all) {
        return 100L * nodes > (long) approvedAbove * all;
    }

    /** When the next window opens; null while one is open. It is asked before each node. */
    ZonedDateTime closedUntil() {
        if (windows.isEmpty()) {
            return null;
        }
        Instant now = clock.instant();
        Look look = last;
        if (now.isBefore(look.at()) || !now.isBefore(look.until())) {
            look = look(now);
            last = look;
        }
        return look.closedUntil();
    }

    private Look look(Instant now) {
        ZonedDateTime closes = closes(now);
        ZonedDateTime opens = closes == null ? opensAfter(now) : null;
        return new Look(now, (closes == null ? opens : closes).toInstant(), opens);
    }

    /** When the next window opens after a moment; null when one is open then. */
    Instant opens(Instant at) {
        return windows.isEmpty() || closes(at) != null ? null : opensAfter(at).toInstant();
    }

    private ZonedDateTime closes(Instant at) {
        return windows.stream()
                .map(window -> window.closes(at))
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    private ZonedDateTime opensAfter(Instant at) {
        return windows.stream()
                .map(window -> window.opens(at))
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** What was found at a moment, and holds until another. */
    private record Look(Instant at, Instant until, ZonedDateTime closedUntil) {}
}
