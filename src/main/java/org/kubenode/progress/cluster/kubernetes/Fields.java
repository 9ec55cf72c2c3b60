package org.kubenode.progress.cluster.kubernetes;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One object of a kubeconfig file and the path that leads to it, so that every mistake has a name.
 */
record Fields(String path, Map<?, ?> values) {

    /** Nothing counts as an object without fields. */
    static Fields of(String path, Object value) {
        if (value == null) {
            return new Fields(path, Map.of());
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException(
                    (path.isEmpty() ? "the file" : path) + " is no object");
        }
        return new Fields(path, map);
    }

    /** Refuses any other: it may be one that changes who acts. */
    void only(Set<String> known) {
        for (Object name : values.keySet()) {
            if (!known.contains(name)) {
                throw wrong(
                        String.valueOf(name),
                        "is not supported; allowed: " + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    boolean has(String name) {
        return values.get(name) != null;
    }

    /** A text, or null when there is none. */
    String text(String name) {
        Object value = values.get(name);
        if (value != null && !(value instanceof String)) {
            throw wrong(name, "is no text; allowed: a text, in quotes where YAML needs them");
        }
        return (String) value;
    }

    boolean flag(String name) {
        Object value = values.get(name);
        if (value != null && !(value instanceof Boolean)) {
            throw wrong(name, "is neither true nor false");
        }
        return Boolean.TRUE.equals(value);
    }

    List<?> list(String name) {
        Object value = values.get(name);
        if (value != null && !(value instanceof List)) {
            throw wrong(name, "is no list");
        }
        return value == null ? List.of() : (List<?>) value;
    }

    IllegalArgumentException wrong(String name, String what) {
        return new IllegalArgumentException((path.isEmpty() ? "" : path + ".") + name + " " + what);
    }
}
