package org.kubenode.progress.cluster;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What an operation did to a node.
 *
 * @param text one line for people, for example {@code already cordoned}; null when there is nothing
 *     to add
 * @param changes what has another value now, by field, for example {@code labels.pool}; empty where
 *     nothing was changed or only a dry run was asked for
 */
public record Done(String text, Map<String, Change> changes) {

    /**
     * A field before and after.
     *
     * @param from a text, a number or a truth value; null where there was none
     * @param to the same; null where there is none any more
     */
    public record Change(Object from, Object to) {}

    /** All was as it should be. */
    static Done already(String text) {
        return new Done(text, Map.of());
    }

    /** What differs between two states of a field that has members. */
    public static Map<String, Change> changes(
            String prefix, Map<String, String> before, Map<String, String> after) {
        Map<String, Change> changes = new TreeMap<>();
        before.forEach((key, from) -> changes.put(prefix + key, new Change(from, after.get(key))));
        after.forEach((key, to) -> changes.putIfAbsent(prefix + key, new Change(null, to)));
        changes.values().removeIf(change -> Objects.equals(change.from(), change.to()));
        return changes;
    }

    /** The same asked for as a dry run: nothing was changed. */
    public Done dry() {
        return already(text + " (dry run)");
    }
}
