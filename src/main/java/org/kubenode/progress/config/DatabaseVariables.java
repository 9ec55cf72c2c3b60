package org.kubenode.progress.config;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Takes {@code DB_HOST} and its like as {@code database.host} with the rank of the environment: a
 * placeholder in a file of defaults would lose to the user's file.
 */
final class DatabaseVariables {

    /** What the variables stand for. An empty one is as good as none, but for the password. */
    static final Map<String, String> KEYS = new LinkedHashMap<>();

    static {
        KEYS.put("DB_TYPE", "database.type");
        KEYS.put("DB_HOST", "database.host");
        KEYS.put("DB_PORT", "database.port");
        KEYS.put("DB_USERNAME", "database.username");
        KEYS.put("DB_PASSWORD", "database.password");
        KEYS.put("DB_DATABASE", "database.database");
        KEYS.put("DB_SCHEMA", "database.schema");
    }

    private static final String NAME = "databaseVariables";

    private DatabaseVariables() {}

    static void addTo(ConfigurableEnvironment environment) {
        MutablePropertySources sources = environment.getPropertySources();
        PropertySource<?> system =
                sources.get(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        if (system == null) {
            return;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        KEYS.forEach(
                (variable, key) -> {
                    Object value = system.getProperty(variable);
                    if (value != null
                            && (!value.toString().isBlank() || variable.equals("DB_PASSWORD"))) {
                        values.put(
                                key,
                                OriginTrackedValue.of(value.toString(), new Variable(variable)));
                    }
                });
        sources.addBefore(system.getName(), new OriginTrackedMapPropertySource(NAME, values));
    }

    /** A variable as the origin of a value. */
    record Variable(String name) implements Origin {

        @Override
        public String toString() {
            return "environment " + name;
        }
    }
}
