package org.kubenode.progress.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a {@link Checker} found. */
final class Verdict {

    private final List<Violation> violations = new ArrayList<>();
    private final Map<String, Long> counts = new TreeMap<>();

    void violation(Violation.Kind kind, String format, Object... arguments) {
        violations.add(new Violation(kind, format.formatted(arguments)));
    }

    /** Something allowed that has to be known all the same. */
    void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    /** The highest value of something. */
    void worst(String what, long value) {
        counts.merge(what, value, Math::max);
    }

    List<Violation> violations() {
        return violations;
    }

    Map<String, Long> counts() {
        return counts;
    }
}
