package org.kubenode.progress.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.CommandLinePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/** The rules that values must keep, each answered by one line. */
final class Checks {

    private Checks() {}

    /**
     * Checks each key by itself.
     *
     * @return by kebab-case name, the values that a route could not use as they were given
     * @throws WrongConfiguration with a line for each wrong value
     */
    static Map<String, Object> values(ConfigurableEnvironment environment, Values values) {
        Binder binder = Binder.get(environment);
        Map<String, Object> plain = new LinkedHashMap<>();
        List<String> wrong = new ArrayList<>();
        for (Key key : Keys.plain()) {
            if (key.map()) {
                map(key, binder, values, wrong);
                continue;
            }
            ConfigurationProperty given = values.given(key.propertyName()).orElse(null);
            if (given == null) {
                continue;
            }
            if (!key.list() && !key.text() && String.valueOf(given.getValue()).isBlank()) {
                if (isOption(given)) {
                    wrong.add(line(key, values, "allowed: " + key.allowed()));
                }
                continue;
            }
            try {
                check(key, binder, values, plain, wrong);
            } catch (BindException e) {
                wrong.add(line(key, values, "allowed: " + key.allowed()));
            }
        }
        port(binder, values, wrong);
        if (!wrong.isEmpty()) {
            throw new WrongConfiguration(wrong, 1);
        }
        return plain;
    }

    private static void map(Key key, Binder binder, Values values, List<String> wrong) {
        try {
            binder.bind(key.propertyName(), Bindable.mapOf(String.class, String.class))
                    .orElse(Map.of())
                    .forEach(
                            (name, value) -> {
                                if (value.isEmpty() || !key.allows(value)) {
                                    wrong.add(
                                            "%s[%s] is '%s'; allowed: %s"
                                                    .formatted(
                                                            key.name(),
                                                            name,
                                                            value,
                                                            key.allowed().replace("`", "")));
                                }
                            });
        } catch (BindException e) {
            wrong.add(line(key, values, "allowed: " + key.allowed().replace("`", "")));
        }
    }

    /** Boot's own key, and the one of its keys that everybody sets. */
    private static void port(Binder binder, Values values, List<String> wrong) {
        ConfigurationProperty given =
                values.given(ConfigurationPropertyName.of("server.port")).orElse(null);
        if (given == null || String.valueOf(given.getValue()).isBlank()) {
            return;
        }
        Integer port;
        try {
            port = binder.bind("server.port", Bindable.of(Integer.class)).orElse(0);
        } catch (BindException e) {
            port = -2;
        }
        // -1 is Boot's word for no server at all.
        if (port < -1 || port > 65_535) {
            wrong.add(
                    "server.port is '%s' (%s); allowed: a whole number from 0 to 65535"
                            .formatted(given.getValue(), Values.where(given)));
        }
    }

    private static void check(
            Key key, Binder binder, Values values, Map<String, Object> plain, List<String> wrong) {
        if (key.list()) {
            List<?> list =
                    binder.bind(key.propertyName(), Bindable.listOf(key.type())).orElse(List.of());
            if (!list.stream().allMatch(key::allows)) {
                wrong.add(line(key, list.toString(), values, "allowed: " + key.allowed()));
            } else {
                // A list of a file has an index in each name, which a route cannot ask for.
                plain.put(
                        key.kebab(),
                        list.stream().map(String::valueOf).collect(Collectors.joining(",")));
            }
            return;
        }
        Object value = binder.bind(key.propertyName(), Bindable.of(key.type())).orElse(null);
        if (value == null) {
            return;
        }
        if (!key.allows(value)) {
            wrong.add(line(key, values, "allowed: " + key.allowed()));
        } else if (!key.text()) {
            String text = Key.plain(value);
            String raw = String.valueOf(values.given(key.propertyName()).orElseThrow().getValue());
            if (!raw.equals(text)) {
                plain.put(key.kebab(), text);
            }
        }
    }

    /** A value in the form that a route can use. */
    static String plain(Key key, String value) {
        return Key.plain(
                ApplicationConversionService.getSharedInstance().convert(value, key.type()));
    }

    private static boolean isOption(ConfigurationProperty property) {
        return property.getSource() != null
                && property.getSource().getUnderlyingSource() instanceof PropertySource<?> source
                && source.getName()
                        .equals(CommandLinePropertySource.COMMAND_LINE_PROPERTY_SOURCE_NAME);
    }

    /** Binds the clusters, which as a list are all of one source. */
    static ClustersProperties clusters(Binder binder) {
        try {
            List<ClustersProperties.Entry> clusters =
                    binder.bind("clusters", Bindable.listOf(ClustersProperties.Entry.class))
                            .orElse(List.of());
            return new ClustersProperties(clusters);
        } catch (BindException e) {
            throw new WrongConfiguration(clusterLine(e));
        }
    }

    private static String clusterLine(BindException failure) {
        ConfigurationProperty property = failure.getProperty();
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
            if (cause instanceof BindException inner && inner.getProperty() != null) {
                property = inner.getProperty();
            }
        }
        if (property == null) {
            return "clusters: cannot be read; allowed: a list of name, type and what the type needs";
        }
        String name = property.getName().toString();
        Key key = Keys.find(name).orElse(null);
        return key == null
                ? "%s (%s) is no key of the configuration".formatted(name, Values.where(property))
                : "%s is '%s' (%s); allowed: %s"
                        .formatted(
                                documented(name, key),
                                property.getValue(),
                                Values.where(property),
                                key.allowed());
    }

    /** {@code clusters[2].latency_ms} rather than {@code clusters[2].latency-ms}. */
    private static String documented(String name, Key key) {
        int bracket = name.indexOf(']');
        return key.name().replace("[]", name.substring(name.indexOf('['), bracket + 1));
    }

    /** One line about the value that was given for a key. */
    static String line(Key key, Values values, String allowed) {
        String value =
                values.given(key.propertyName())
                        .map(property -> String.valueOf(property.getValue()))
                        .orElse("");
        return line(key, value, values, allowed);
    }

    private static String line(Key key, String value, Values values, String allowed) {
        String where =
                values.given(key.propertyName())
                        .map(property -> " (" + Values.where(property) + ")")
                        .orElse("");
        String shown =
                key.secret()
                        ? "not shown"
                        : "'"
                                + EffectiveConfiguration.withoutCredentials(value)
                                        .replaceAll("\\R", " ")
                                + "'";
        return "%s is %s%s; %s".formatted(key.name(), shown, where, allowed);
    }
}
