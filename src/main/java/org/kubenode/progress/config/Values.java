package org.kubenode.progress.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.SystemEnvironmentOrigin;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.CommandLinePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.Resource;

/** Finds a value together with where it was given. */
final class Values {

    private final ConfigurableEnvironment environment;

    Values(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /** The value that counts, as it was given by somebody. */
    Optional<ConfigurationProperty> given(ConfigurationPropertyName name) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (isOurs(source)) {
                continue;
            }
            ConfigurationProperty property = source.getConfigurationProperty(name);
            if (property == null) {
                property = source.getConfigurationProperty(name.append("[0]"));
            }
            if (property != null) {
                return Optional.of(property);
            }
        }
        return Optional.empty();
    }

    /** Whether somebody gave a value for it; an empty one counts as none. */
    boolean isGiven(Key key) {
        return given(key.propertyName())
                .filter(property -> !String.valueOf(property.getValue()).isBlank())
                .isPresent();
    }

    private static boolean isOurs(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> under
                && (under.getName().equals(ProgressEnvironmentPostProcessor.COMPUTED)
                        || under.getName().equals(ProgressEnvironmentPostProcessor.DEFAULTS));
    }

    /** For people: {@code command line}, {@code environment DB_HOST}, {@code my.yaml:3}. */
    static String where(ConfigurationProperty property) {
        String source =
                property.getSource() != null
                                && property.getSource().getUnderlyingSource()
                                        instanceof PropertySource<?> under
                        ? under.getName()
                        : "";
        return where(source, property.getOrigin());
    }

    /** Where a property of a source was given. */
    static String where(PropertySource<?> source, String name) {
        Origin origin = OriginLookup.getOrigin(source, name);
        return where(source.getName(), origin);
    }

    private static String where(String source, Origin given) {
        Origin origin = given;
        if (given instanceof PropertySourceOrigin outer && outer.getOrigin() != null) {
            origin = outer.getOrigin();
        }
        if (source.equals(CommandLinePropertySource.COMMAND_LINE_PROPERTY_SOURCE_NAME)) {
            return "command line";
        }
        if (source.equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME)) {
            return "system property";
        }
        if (origin instanceof SystemEnvironmentOrigin variable) {
            return "environment " + variable.getProperty();
        }
        if (origin instanceof DatabaseVariables.Variable variable) {
            return variable.toString();
        }
        if (origin instanceof TextResourceOrigin text) {
            String line =
                    text.getLocation() == null ? "" : ":" + (text.getLocation().getLine() + 1);
            return file(text.getResource()) + line;
        }
        return source;
    }

    private static String file(Resource resource) {
        try {
            if (resource != null && resource.isFile()) {
                Path file = resource.getFile().toPath().toAbsolutePath().normalize();
                Path here = Path.of("").toAbsolutePath();
                return (file.startsWith(here) ? here.relativize(file) : file).toString();
            }
        } catch (IOException e) {
            // Named by its description then.
        }
        return resource == null ? "file" : resource.getFilename();
    }
}
