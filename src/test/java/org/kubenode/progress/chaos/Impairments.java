package org.kubenode.progress.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** When what was rightly held up, by faults and for a while after. */
final class Impairments {

    private static final long SHORT_GRACE_MS = 2_000;

    private record Window(long from, long to) {}

    private final Map<String, List<Window>> windows = new HashMap<>();

    Impairments(List<Event.Faulted> faults, long graceMs) {
        for (Event.Faulted fault : faults) {
            for (String what : fault.impairs()) {
                windows.computeIfAbsent(what, any -> new ArrayList<>())
                        .add(new Window(fault.at(), fault.until() + grace(fault, graceMs)));
            }
        }
    }

    /** A cut is got over sooner than an outage. */
    private static long grace(Event.Faulted fault, long longestMs) {
        return Math.min(longestMs, SHORT_GRACE_MS + 2 * (fault.until() - fault.at()));
    }

    /** How much of the time was without any of these, in milliseconds. */
    long unimpaired(long from, long to, String... by) {
        List<Window> all = new ArrayList<>();
        for (String what : by) {
            all.addAll(windows.getOrDefault(what, List.of()));
        }
        all.sort(Comparator.comparingLong(Window::from));
        long free = 0;
        long at = from;
        for (Window window : all) {
            if (window.from > at) {
                free += Math.max(0, Math.min(window.from, to) - at);
            }
            at = Math.max(at, window.to);
            if (at >= to) {
                return free;
            }
        }
        return free + Math.max(0, to - at);
    }

    boolean any(long from, long to, String... by) {
        return unimpaired(from, to + 1, by) < to + 1 - from;
    }
}
