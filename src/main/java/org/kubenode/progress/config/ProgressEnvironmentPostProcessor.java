package org.kubenode.progress.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Completes and checks the configuration before any bean exists.
 *
 * <p>Adds, below everything, the documented default of each key; above everything, what routes
 * choose by ({@code progress.store}, {@code progress.transport}, {@code progress.posts-ends}),
 * {@code progress.presence-period}, the list of route files, and durations, sizes and enums in the
 * one form that a route can use (milliseconds, bytes, lower case). A wrong configuration ends as
 * {@link WrongConfiguration}.
 */
class ProgressEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

    static final String COMPUTED = "progressComputed";
    static final String DEFAULTS = "progressDefaults";
    static final String ROUTES = "camel.main.routes-include-pattern";

    /** Keys whose absence means something of its own. */
    private static final Set<String> OPTIONAL =
            Set.of("progress.without_database", "progress.batch.concurrency");

    private final Log log;

    ProgressEnvironmentPostProcessor(DeferredLogFactory logs) {
        this.log = logs.getLog(ProgressEnvironmentPostProcessor.class);
    }

    @Override
    public int getOrder() {
        return ConfigDataEnvironmentPostProcessor.ORDER + 1;
    }

    @Override
    public void postProcessEnvironment(
            ConfigurableEnvironment environment, SpringApplication application) {
        DatabaseVariables.addTo(environment);
        Keys.plain().forEach(key -> checkPlaceholders(environment, key));
        UnknownKeys.check(environment);
        UnknownKeys.variables(environment).forEach(log::warn);

        Values values = new Values(environment);
        Map<String, Object> computed = Checks.values(environment, values);
        environment.getPropertySources().addFirst(new MapPropertySource(COMPUTED, computed));
        Map<String, Object> defaults = defaults(environment);
        // Only for keys that nobody gave: Boot moves its own last source behind this one.
        Map<String, Object> missing = new LinkedHashMap<>(defaults);
        Keys.plain().stream()
                .filter(key -> values.given(key.propertyName()).isPresent())
                .forEach(key -> missing.remove(key.kebab()));
        environment.getPropertySources().addLast(new MapPropertySource(DEFAULTS, missing));
        // "key:" with nothing behind it is as good as no line at all.
        for (Key key : Keys.plain()) {
            boolean empty = !values.isGiven(key) && values.given(key.propertyName()).isPresent();
            if (empty && !key.list()) {
                computed.put(key.kebab(), defaults.get(key.kebab()));
            }
        }

        Settings settings = Settings.bind(environment);
        Rules.check(settings, values);
        computed.put("progress.store", settings.store());
        computed.put("progress.transport", settings.transport());
        computed.put("progress.posts-ends", settings.postsEnds());
        computed.put("progress.presence-period", settings.presencePeriod().toMillis());
        tell(settings);
        if (!environment.containsProperty(ROUTES)) {
            routes(settings, computed, values);
        }
    }

    /** Spring would show the whole value, which may be a password. */
    private static void checkPlaceholders(ConfigurableEnvironment environment, Key key) {
        try {
            environment.getProperty(key.kebab());
        } catch (PlaceholderResolutionException e) {
            throw new WrongConfiguration(
                    key.name()
                            + " holds a placeholder ${...} that has no value; allowed: the name of"
                            + " a key or variable that has one, or \\${ for the characters"
                            + " themselves");
        }
    }

    /** The default of each key that has one, and those that follow from other keys. */
    private static Map<String, Object> defaults(ConfigurableEnvironment environment) {
        Map<String, Object> defaults = new LinkedHashMap<>();
        for (Key key : Keys.plain()) {
            String value = key.defaultValue();
            if (value != null) {
                defaults.put(key.kebab(), Checks.plain(key, value));
            } else if (key.list() || OPTIONAL.contains(key.name())) {
                defaults.put(key.kebab(), "");
            }
        }
        String type = environment.getProperty("database.type", "postgres");
        String notifier = type.equals("sqlite") ? "polling" : "postgres";
        defaults.put("progress.notify-type", notifier);
        String chosen = environment.getProperty("progress.notify-type", "");
        boolean database = !"false".equals(environment.getProperty("progress.enable-database"));
        boolean polling = database && (chosen.isBlank() ? notifier : chosen).equals("polling");
        defaults.put("progress.poll-interval", polling ? "500" : "10000");
        defaults.put("progress.replica", replica());
        defaults.put("database.listen-host", "${database.host}");
        defaults.put("database.listen-port", "${database.port}");
        return defaults;
    }

    private static String replica() {
        String host = System.getenv("HOSTNAME");
        if (host == null || host.isBlank()) {
            try {
                host = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                host = "replica";
            }
        }
        host = host.replaceAll("[^A-Za-z0-9._-]", "-");
        // The end of a pod's name is what tells it from the others.
        host = host.substring(Math.max(0, host.length() - 19)).replaceFirst("^[._-]+", "");
        return host + "-" + Integer.toString(new SecureRandom().nextInt(46_656, 1_679_616), 36);
    }

    private void tell(Settings settings) {
        if (settings.jwt().secret().startsWith("example-")) {
            log.warn("jwt.secret is an example that everybody can read: set JWT_SECRET");
        }
        if (!settings.progress().enableDatabase()) {
            log.info(
                    "progress.enable_database is false: everything is kept in memory, by one"
                            + " replica, whatever progress.notify_type says");
        } else if (settings.transport().equals("redis") && !settings.progress().redis().enabled()) {
            log.warn(
                    "progress.redis.enabled is false but progress.notify_type is redis: Redis is"
                            + " used");
        }
    }

    private static List<Path> writableByAll(Path folder) {
        try (Stream<Path> paths = Files.walk(folder, 1)) {
            return paths.filter(
                            path -> {
                                try {
                                    return Files.getPosixFilePermissions(path)
                                            .contains(PosixFilePermission.OTHERS_WRITE);
                                } catch (IOException | UnsupportedOperationException e) {
                                    return false;
                                }
                            })
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private void routes(Settings settings, Map<String, Object> computed, Values values) {
        Path folder = Path.of(settings.progress().routesDir());
        Key key = Keys.find("progress.routes_dir").orElseThrow();
        if (values.isGiven(key) && !Files.isDirectory(folder)) {
            throw new WrongConfiguration(Checks.line(key, values, "allowed: a folder that exists"));
        }
        RouteFiles files = RouteFiles.in(folder);
        writableByAll(folder)
                .forEach(
                        path ->
                                log.warn(
                                        path
                                                + " may be written by every user of this machine: whoever"
                                                + " does so runs what it says here. Take the right away"
                                                + " (chmod o-w)"));
        files.lines().forEach(log::info);
        Key notifier = Keys.find("progress.notify_type").orElseThrow();
        // Polling needs no publisher; everything else would start and fail at each message.
        if (!settings.transport().equals("polling") && !files.haveNotifier(settings.transport())) {
            throw new WrongConfiguration(
                    Checks.line(
                            notifier,
                            values,
                            "allowed: %s, and no route file is named notify-%s"
                                    .formatted(notifier.allowed(), settings.transport())));
        }
        List<String> locations = files.locations();
        if (!locations.isEmpty()) {
            computed.put(ROUTES, String.join(",", locations));
        }
    }
}
