package org.kubenode.progress.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.core.Ordered;
import org.springframework.core.env.CommandLinePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.FileSystemResource;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Hands the one file of {@code --config=FILE} or {@code PROGRESS_CONFIG} to Spring Boot, which
 * reads it after its own files and before the environment. Runs before Boot reads files.
 */
class ConfigFilePostProcessor implements EnvironmentPostProcessor, Ordered {

    private static final String LOCATIONS = "spring.config.additional-location";

    @Override
    public int getOrder() {
        return ConfigDataEnvironmentPostProcessor.ORDER - 1;
    }

    @Override
    public void postProcessEnvironment(
            ConfigurableEnvironment environment, SpringApplication application) {
        String option = option(environment);
        String name = option != null ? option : environment.getProperty("progress.config");
        if (name == null || name.isBlank() && option == null) {
            return;
        }
        String key = option != null ? "--config" : "PROGRESS_CONFIG";
        Path file = existing(key, name);
        boolean properties = file.toString().endsWith(".properties");
        parse(key, name, file, properties);
        String location = "file:" + file.toAbsolutePath();
        if (!properties && !file.toString().matches(".*\\.ya?ml")) {
            location += "[.yaml]";
        }
        String others = environment.getProperty(LOCATIONS);
        environment
                .getPropertySources()
                .addFirst(
                        new MapPropertySource(
                                "configFile",
                                Map.of(
                                        LOCATIONS,
                                        others == null ? location : others + "," + location)));
    }

    /** Not by the environment's own search, which would also take a variable named CONFIG. */
    private static String option(ConfigurableEnvironment environment) {
        PropertySource<?> source =
                environment
                        .getPropertySources()
                        .get(CommandLinePropertySource.COMMAND_LINE_PROPERTY_SOURCE_NAME);
        Object value = source == null ? null : source.getProperty("config");
        return value == null ? null : value.toString();
    }

    private static Path existing(String key, String name) {
        Path file;
        try {
            file = Path.of(name);
        } catch (InvalidPathException e) {
            throw wrong(key, "is \'" + name + "\': not the name of a file");
        }
        if (Files.isDirectory(file) && !name.isBlank()) {
            throw wrong(key, "is \'" + name + "\': a folder; allowed: one YAML file");
        }
        if (name.isBlank() || !Files.isRegularFile(file)) {
            throw wrong(
                    key, "is \'" + name + "\': no such file; allowed: one YAML file that exists");
        }
        return file;
    }

    private static void parse(String key, String name, Path file, boolean properties) {
        try {
            if (properties) {
                new PropertiesPropertySourceLoader().load(name, new FileSystemResource(file));
            } else {
                Files.readString(file);
                new WrittenYamlLoader().load(name, new FileSystemResource(file));
            }
        } catch (CharacterCodingException e) {
            throw wrong(key, "is '" + name + "': no UTF-8; allowed: YAML in UTF-8");
        } catch (AccessDeniedException e) {
            throw wrong(key, "is '" + name + "': no right to read it");
        } catch (MarkedYAMLException e) {
            String where =
                    e.getProblemMark() == null
                            ? ""
                            : ", line " + (e.getProblemMark().getLine() + 1);
            throw wrong(key, "is '%s': no valid YAML%s: %s".formatted(name, where, e.getProblem()));
        } catch (IOException | RuntimeException e) {
            throw wrong(
                    key,
                    "is '%s': cannot be read: %s"
                            .formatted(
                                    name,
                                    String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
        }
    }

    private static WrongConfiguration wrong(String key, String what) {
        return new WrongConfiguration(List.of(key + " " + what), key.equals("--config") ? 2 : 1);
    }
}
