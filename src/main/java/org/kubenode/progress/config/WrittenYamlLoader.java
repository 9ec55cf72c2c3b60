package org.kubenode.progress.config;

import java.io.IOException;
import java.io.Reader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.Resource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.reader.UnicodeReader;

/**
 * Reads YAML as Spring Boot does, but takes each scalar as it is written: YAML 1.1 makes other
 * numbers of {@code 01234567}, {@code 0x1F}, {@code 1_000} and {@code 1:30}, and truth of {@code
 * yes}, and a password may look so. What is empty or null stays so. Boot asks the first loader of a
 * file's ending.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class WrittenYamlLoader implements PropertySourceLoader {

    private final YamlPropertySourceLoader boot = new YamlPropertySourceLoader();

    @Override
    public String[] getFileExtensions() {
        return boot.getFileExtensions();
    }

    @Override
    public List<PropertySource<?>> load(String name, Resource resource) throws IOException {
        List<PropertySource<?>> sources = boot.load(name, resource);
        Map<TextResourceOrigin.Location, String> written = written(resource);
        return sources.stream()
                .<PropertySource<?>>map(source -> asWritten(source, written))
                .toList();
    }

    private static Map<TextResourceOrigin.Location, String> written(Resource resource)
            throws IOException {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(Integer.MAX_VALUE);
        Map<TextResourceOrigin.Location, String> written = new HashMap<>();
        try (Reader text = new UnicodeReader(resource.getInputStream())) {
            for (Event event : new Yaml(options).parse(text)) {
                if (event instanceof ScalarEvent scalar) {
                    written.put(
                            new TextResourceOrigin.Location(
                                    scalar.getStartMark().getLine(),
                                    scalar.getStartMark().getColumn()),
                            scalar.getValue());
                }
            }
        }
        return written;
    }

    private static PropertySource<?> asWritten(
            PropertySource<?> source, Map<TextResourceOrigin.Location, String> written) {
        Map<String, Object> values = new LinkedHashMap<>();
        ((OriginTrackedMapPropertySource) source)
                .getSource()
                .forEach((key, value) -> values.put(key.toString(), asWritten(value, written)));
        return new OriginTrackedMapPropertySource(source.getName(), values, true);
    }

    private static Object asWritten(
            Object value, Map<TextResourceOrigin.Location, String> written) {
        return value instanceof OriginTrackedValue tracked
                        && !(tracked.getValue() instanceof CharSequence)
                        && tracked.getOrigin() instanceof TextResourceOrigin origin
                        && written.containsKey(origin.getLocation())
                ? OriginTrackedValue.of(written.get(origin.getLocation()), origin)
                : value;
    }
}
