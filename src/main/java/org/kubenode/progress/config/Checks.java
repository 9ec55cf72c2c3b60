package org.kubenode.progress.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /**
     * Checks the rules across keys.
     *
     * @throws WrongConfiguration with a line for each broken rule
     */
    static void together(Settings settings, Values values) {
        List<String> wrong = new ArrayList<>();
        token(settings.jwt(), values, wrong);
        DatabaseProperties database = settings.database();
        if (settings.progress().enableDatabase()
                && database.type() == DatabaseProperties.Type.SQLITE) {
            if (database.path().isBlank()) {
                wrong.add(
                        "database.path is '' but database.type is 'sqlite'; allowed: the file of the"
                                + " database");
            }
            if (settings.progress().notifyType().equals("postgres")) {
                wrong.add(
                        line(
                                key("progress.notify_type"),
                                values,
                                "allowed beside database.type 'sqlite': polling, redis or the name"
                                        + " of a notify-<name> route"));
            }
        }
        schema(database, wrong);
        ProgressProperties.Websocket socket = settings.progress().websocket();
        if (socket.hardLimit() <= socket.softLimit()) {
            wrong.add(
                    "progress.websocket.hard_limit is '%d'; allowed: more than progress.websocket.soft_limit, which is %d"
                            .formatted(socket.hardLimit(), socket.softLimit()));
        }
        ProgressProperties.Redis redis = settings.progress().redis();
        if (redis.tlsCert().isBlank() != redis.tlsKey().isBlank()) {
            wrong.add(
                    "progress.redis.tls_cert is '%s' and progress.redis.tls_key '%s'; allowed: both or neither"
                            .formatted(redis.tlsCert(), redis.tlsKey()));
        }
        if (!redis.tls() && !redis.tlsCert().isBlank()) {
            wrong.add(
                    "progress.redis.tls_cert is '%s' but progress.redis.tls is 'false'; allowed beside it: true"
                            .formatted(redis.tlsCert()));
        }
        ProgressProperties.Batch batch = settings.progress().batch();
        if (batch.concurrency() != null && batch.concurrency() > batch.maxConcurrency()) {
            wrong.add(
                    "progress.batch.concurrency is '%d'; allowed: at most progress.batch.max_concurrency, which is %d"
                            .formatted(batch.concurrency(), batch.maxConcurrency()));
        }
        clusters(settings.clusters().clusters(), wrong);
        grants(settings.grants().grants(), wrong);
        if (!wrong.isEmpty()) {
            throw new WrongConfiguration(wrong, 1);
        }
    }

    private static void schema(DatabaseProperties database, List<String> wrong) {
        if (database.schema().isEmpty()) {
            return;
        }
        if (database.type() == DatabaseProperties.Type.SQLITE) {
            wrong.add(
                    "database.schema is '%s' but database.type is 'sqlite'; allowed beside it: none"
                            .formatted(database.schema()));
        } else if (database.pooler()) {
            // It refuses the start-up option, and gives what was set to another session.
            wrong.add(
                    "database.schema is '%s' but database.pooler is 'true'; allowed beside it: none, and ALTER ROLE ... SET search_path for database.username instead"
                            .formatted(database.schema()));
        }
    }

    private static void token(JwtProperties jwt, Values values, List<String> wrong) {
        if (!jwt.signIn().clientId().isBlank() && !jwt.issuer().matches("https?://[^/\\s?#]+.*")) {
            wrong.add(
                    "jwt.issuer is '%s' but jwt.sign_in.client_id is given; allowed: the http or https address of the issuer"
                            .formatted(jwt.issuer()));
        }
        int bytes = jwt.secret().getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 && jwt.jwkSetUri().isBlank()) {
            wrong.add(
                    "jwt.secret is not given; allowed: 32 bytes or more, best by the environment"
                            + " variable JWT_SECRET, or jwt.jwk_set_uri instead");
        } else if (bytes > 0 && bytes < 32) {
            wrong.add(
                    "jwt.secret (%s) has %d bytes; allowed: 32 or more"
                            .formatted(
                                    values.given(key("jwt.secret").propertyName())
                                            .map(Values::where)
                                            .orElse(""),
                                    bytes));
        }
    }

    private static void clusters(List<ClustersProperties.Entry> clusters, List<String> wrong) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < clusters.size(); i++) {
            ClustersProperties.Entry cluster = clusters.get(i);
            String at = "clusters[" + i + "].";
            Keys.of("clusters").forEach((name, key) -> checked(at + name, key, cluster, wrong));
            if (cluster.name() == null || cluster.name().isBlank()) {
                wrong.add(at + "name is not given; allowed: " + key("clusters[].name").allowed());
            } else if (!names.add(cluster.name())) {
                wrong.add(
                        "%sname is '%s' a second time; allowed: a name of its own"
                                .formatted(at, cluster.name()));
            }
            if (cluster.type() == null) {
                wrong.add(at + "type is not given; allowed: " + key("clusters[].type").allowed());
            }
            if (!cluster.context().isBlank() && cluster.kubeconfig().isBlank()) {
                wrong.add(
                        "%scontext is '%s' without a kubeconfig; allowed: together with %skubeconfig"
                                .formatted(at, cluster.context(), at));
            }
        }
    }

    private static void grants(List<GrantsProperties.Entry> grants, List<String> wrong) {
        for (int i = 0; i < grants.size(); i++) {
            GrantsProperties.Entry grant = grants.get(i);
            if (grant.users().isEmpty() && grant.groups().isEmpty() || grant.clusters().isEmpty()) {
                wrong.add(
                        "grants[%d] names nobody or nothing; allowed: users or groups, and clusters"
                                .formatted(i));
            }
        }
    }

    private static void checked(
            String name, Key key, ClustersProperties.Entry cluster, List<String> wrong) {
        Object value = key.in(cluster);
        if (!key.allows(value)) {
            wrong.add("%s is '%s'; allowed: %s".formatted(name, value, key.allowed()));
        }
    }

    private static Key key(String name) {
        return Keys.find(name).orElseThrow();
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
