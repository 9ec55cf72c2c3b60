package org.kubenode.progress.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** All configuration keys of this application, in the order of the documentation. */
final class Keys {

    /** The names that stand for a group of keys of ours. */
    static final List<String> ROOTS = List.of("database", "jwt", "progress", "clusters", "grants");

    private static final List<Class<? extends Record>> RECORDS =
            List.of(
                    DatabaseProperties.class,
                    JwtProperties.class,
                    ProgressProperties.class,
                    ClustersProperties.class,
                    GrantsProperties.class);

    private static final Map<String, Key> BY_CANONICAL = new LinkedHashMap<>();
    private static final Set<String> SECTIONS = new TreeSet<>(ROOTS);

    static {
        for (Class<? extends Record> type : RECORDS) {
            collect(type, type.getAnnotation(ConfigurationProperties.class).value());
        }
    }

    private Keys() {}

    private static void collect(Class<?> type, String prefix) {
        RecordComponent[] components = type.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            String name = (prefix.isEmpty() ? "" : prefix + ".") + Key.snake(component.getName());
            Key key = Key.of(name, type, i);
            if (component.getType().isRecord()) {
                SECTIONS.add(Key.canonical(key.name()));
                collect(component.getType(), key.name());
                continue;
            }
            BY_CANONICAL.put(Key.canonical(key.name()), key);
            if (key.list() && key.type().isRecord()) {
                collect(key.type(), key.name() + "[]");
            }
        }
    }

    static List<Key> all() {
        return List.copyOf(BY_CANONICAL.values());
    }

    /** The keys of single values, and lists of texts; not lists of groups of keys. */
    static List<Key> plain() {
        return BY_CANONICAL.values().stream()
                .filter(key -> !key.name().contains("[]") && !key.type().isRecord())
                .toList();
    }

    /** The keys of one entry of a list such as {@code clusters}, without that prefix. */
    static Map<String, Key> of(String list) {
        Map<String, Key> keys = new LinkedHashMap<>();
        for (Key key : BY_CANONICAL.values()) {
            if (key.name().startsWith(list + "[].")) {
                keys.put(key.name().substring(list.length() + 3), key);
            }
        }
        return keys;
    }

    /** The key that a property's name means, in whichever way it is written. */
    static Optional<Key> find(String propertyName) {
        String canonical = Key.canonical(propertyName);
        Key key = BY_CANONICAL.get(canonical);
        if (key == null && canonical.endsWith("[]")) {
            Key list = BY_CANONICAL.get(canonical.substring(0, canonical.length() - 2));
            key = list != null && (list.list() || list.map()) ? list : null;
        }
        return Optional.ofNullable(key)
                .or(
                        () ->
                                BY_CANONICAL.entrySet().stream()
                                        .filter(entry -> entry.getValue().map())
                                        .filter(map -> canonical.startsWith(map.getKey() + "."))
                                        .map(Map.Entry::getValue)
                                        .findFirst());
    }

    static boolean isSection(String propertyName) {
        return SECTIONS.contains(Key.canonical(propertyName));
    }

    /** The key most alike, if one is near enough to be a slip of the pen. */
    static Optional<String> nearest(String name) {
        String canonical = Key.canonical(name);
        return nearest(canonical, BY_CANONICAL.keySet(), 1 + canonical.length() / 8)
                .map(found -> BY_CANONICAL.get(found).name());
    }

    static Optional<String> nearest(String name, Iterable<String> candidates, int within) {
        for (String candidate : candidates) {
            if (candidate.startsWith(name)) {
                return Optional.of(candidate);
            }
        }
        List<Map.Entry<String, Integer>> near = new ArrayList<>();
        for (String candidate : candidates) {
            int distance = distance(name, candidate);
            if (distance <= within) {
                near.add(Map.entry(candidate, distance));
            }
        }
        return near.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        Collections.min(near, Comparator.comparing(Map.Entry::getValue)).getKey());
    }

    /** Levenshtein: how many letters to add, remove or change. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
