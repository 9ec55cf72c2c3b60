package org.kubenode.progress.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.kubenode.progress.problem.ShownText;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * The configuration that counts, as a YAML file: each line says where its value came from, and no
 * secret is shown.
 */
final class EffectiveConfiguration {

    private static final String MASK = "******";

    private final ConfigurableEnvironment environment;
    private final Values values;
    private final StringBuilder yaml = new StringBuilder();

    private EffectiveConfiguration(ConfigurableEnvironment environment) {
        this.environment = environment;
        this.values = new Values(environment);
    }

    static String yaml(ConfigurableEnvironment environment) {
        return new EffectiveConfiguration(environment).write();
    }

    /** A text without the user and password that an address may carry. */
    static String withoutCredentials(String text) {
        return text.replaceAll("://[^/@\\s]+@", "://" + MASK + "@");
    }

    private String write() {
        yaml.append("# What routes choose by: progress.store = ")
                .append(environment.getProperty("progress.store"))
                .append(", progress.transport = ")
                .append(environment.getProperty("progress.transport"))
                .append('\n');
        yaml.append("server:\n");
        line(1, "port", environment.getProperty("server.port", "8080"), where("server.port"));
        List<String> open = new ArrayList<>();
        for (Key key : Keys.plain()) {
            String[] path = key.name().split("\\.");
            for (int i = 0; i < path.length - 1; i++) {
                if (open.size() <= i || !open.get(i).equals(path[i])) {
                    open.subList(Math.min(i, open.size()), open.size()).clear();
                    open.add(path[i]);
                    yaml.append("  ".repeat(i)).append(path[i]).append(":\n");
                }
            }
            open.subList(path.length - 1, open.size()).clear();
            line(path.length - 1, path[path.length - 1], value(key), where(key.kebab()));
        }
        Settings settings = Settings.bind(environment);
        entries("clusters", settings.clusters().clusters());
        entries("grants", settings.grants().grants());
        return yaml.toString();
    }

    private String value(Key key) {
        if (key.map()) {
            return Binder.get(environment)
                    .bind(key.propertyName(), Bindable.mapOf(String.class, String.class))
                    .orElse(Map.of())
                    .entrySet()
                    .stream()
                    .map(
                            entry ->
                                    quoted("[" + entry.getKey() + "]")
                                            + ": "
                                            + quoted(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (key.list()) {
            List<String> list =
                    Binder.get(environment)
                            .bind(key.propertyName(), Bindable.listOf(String.class))
                            .orElse(List.of());
            return list.stream().map(EffectiveConfiguration::quoted).toList().toString();
        }
        String value = environment.getProperty(key.kebab(), "");
        if (key.secret() && !value.isEmpty()) {
            return quoted(MASK);
        }
        return key.text() || value.isEmpty() ? quoted(value) : value;
    }

    private String where(String kebab) {
        return values.given(ConfigurationPropertyName.of(kebab))
                .filter(property -> !String.valueOf(property.getValue()).isBlank())
                .map(Values::where)
                .orElse("default");
    }

    private void entries(String root, List<? extends Record> list) {
        if (list.isEmpty()) {
            line(0, root, "[]", "default");
            return;
        }
        yaml.append(root).append(":\n");
        for (int i = 0; i < list.size(); i++) {
            boolean first = true;
            for (Map.Entry<String, Key> entry : Keys.of(root).entrySet()) {
                Key key = entry.getValue();
                line(
                        first ? 1 : 2,
                        (first ? "- " : "") + entry.getKey(),
                        plain(key, key.in(list.get(i))),
                        where(root + "[" + i + "]." + entry.getKey().replace('_', '-')));
                first = false;
            }
        }
    }

    private static String plain(Key key, Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).map(EffectiveConfiguration::quoted).toList()
                    + "";
        }
        return key.text() ? quoted(String.valueOf(value)) : Key.plain(value);
    }

    private void line(int depth, String name, String value, String where) {
        yaml.append("  ".repeat(depth))
                .append(name)
                .append(": ")
                .append(value)
                .append("  # ")
                .append(where)
                .append('\n');
    }

    private static String quoted(String text) {
        String safe = withoutCredentials(text);
        // YAML reads some plain words and numbers as other types: quotes keep a text a text.
        return safe.matches("[A-Za-z_./][A-Za-z0-9_./@-]*")
                        && !safe.matches("(?i)true|false|yes|no|on|off|null|y|n")
                ? safe
                : '"'
                        // YAML reads what is written out so as what it was.
                        + ShownText.line(safe.replace("\\", "\\\\").replace("\"", "\\\""))
                        + '"';
    }
}
