package org.kubenode.progress.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.CommandLinePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Finds keys that nobody reads, so that a typing mistake is not silent. In files, options and
 * system properties they stop the start; an environment is shared with other programs, so there
 * they are only warned of.
 */
final class UnknownKeys {

    /** What Kubernetes puts into every container for a service of that name. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("\\w+?_(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT(_\\d+_\\w+)?)");

    private static final Set<String> CANONICAL_ROOTS = new TreeSet<>(Keys.ROOTS);

    private UnknownKeys() {}

    static void check(ConfigurableEnvironment environment) {
        List<String> lines = new ArrayList<>();
        boolean option = false;
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (ConfigurationPropertySources.isAttachedConfigurationPropertySource(source)
                    || source.getName()
                            .equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)
                    || !(source instanceof EnumerablePropertySource<?> enumerable)) {
                continue;
            }
            boolean system =
                    source.getName()
                            .equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
            for (String name : enumerable.getPropertyNames()) {
                String line = line(source, name, system);
                if (line != null) {
                    lines.add(line);
                    option |=
                            source.getName()
                                    .equals(
                                            CommandLinePropertySource
                                                    .COMMAND_LINE_PROPERTY_SOURCE_NAME);
                }
            }
        }
        if (!lines.isEmpty()) {
            throw new WrongConfiguration(lines, option ? 2 : 1);
        }
    }

    private static String line(PropertySource<?> source, String name, boolean system) {
        String root = name.split("[.\\[]", 2)[0].toLowerCase(Locale.ROOT);
        if (!CANONICAL_ROOTS.contains(root)) {
            return system ? null : foreignRoot(source, name, root);
        }
        String where = Values.where(source, name);
        Key known = Keys.find(name).orElse(null);
        if (known != null && known.map() && !isReadable(name, known)) {
            return "%s (%s) cannot be read as it is written; allowed: the part behind %s in quotes and brackets"
                    .formatted(name, where, known.name());
        }
        if (known != null || Key.canonical(name).equals("progress.config")) {
            return null;
        }
        if (Keys.isSection(name)) {
            Object value = source.getProperty(name);
            return value == null || value.toString().isBlank()
                    ? null
                    : "%s (%s) is a group of keys, not a value".formatted(name, where);
        }
        return "%s (%s) is no key of the configuration%s"
                .formatted(
                        name,
                        where,
                        Keys.nearest(name).map(key -> "; did you mean " + key + "?").orElse(""));
    }

    /** Spring Boot leaves other characters out of a map's key unless it stands in brackets. */
    private static boolean isReadable(String name, Key map) {
        long dots = map.name().chars().filter(c -> c == '.').count();
        return name.matches(
                "[^.\\[]+(\\.[^.\\[]+){%d}(|\\[.*]|(\\.[A-Za-z0-9-]+)+)".formatted(dots));
    }

    /** A root that is one of ours but for a letter; others belong to Spring Boot or to nobody. */
    private static String foreignRoot(PropertySource<?> source, String name, String root) {
        if (root.length() < 6 || root.equals("process")) {
            return null;
        }
        return Keys.nearest(root, CANONICAL_ROOTS, 1)
                .map(
                        near ->
                                "%s (%s) is no key of the configuration; did you mean %s?"
                                        .formatted(
                                                name,
                                                Values.where(source, name),
                                                near + name.substring(root.length())))
                .orElse(null);
    }

    /** One line for each variable that looks like ours and is not. */
    static List<String> variables(ConfigurableEnvironment environment) {
        if (!(environment
                        .getPropertySources()
                        .get(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)
                instanceof EnumerablePropertySource<?> variables)) {
            return List.of();
        }
        Map<String, String> known = new TreeMap<>();
        for (Key key : Keys.plain()) {
            known.put(variable(key), key.name());
        }
        known.put("PROGRESS_CONFIG", "");
        Set<String> canonical =
                known.keySet().stream()
                        .map(name -> name.replace("_", ""))
                        .collect(Collectors.toSet());
        Set<String> candidates = new TreeSet<>(known.keySet());
        candidates.addAll(DatabaseVariables.KEYS.keySet());
        List<String> lines = new ArrayList<>();
        for (String name : new TreeSet<>(List.of(variables.getPropertyNames()))) {
            if (!name.startsWith("PROGRESS_") && !name.startsWith("DB_")
                    || SERVICE_LINK.matcher(name).matches() && !candidates.contains(name)
                    || DatabaseVariables.KEYS.containsKey(name)
                    || canonical.contains(name.replaceAll("_\\d+$", "").replace("_", ""))) {
                continue;
            }
            lines.add(
                    "Environment variable %s is none of this application's and not read%s"
                            .formatted(
                                    name,
                                    Keys.nearest(name, candidates, 4)
                                            .map(near -> "; did you mean " + near + "?")
                                            .orElse("")));
        }
        return lines;
    }

    /** The environment variable of a key. */
    static String variable(Key key) {
        return key.name().toUpperCase(Locale.ROOT).replace('.', '_');
    }
}
