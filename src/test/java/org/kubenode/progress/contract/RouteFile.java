package org.kubenode.progress.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** One file of routes/, as a tree. */
record RouteFile(Path path, String text, JsonNode content) {

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    /** The steps that name an endpoint. */
    private static final Set<String> SENDING =
            Set.of("to", "toD", "wireTap", "enrich", "pollEnrich");

    static List<RouteFile> all() {
        return in(Path.of("routes"));
    }

    static List<RouteFile> in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml"))
                    .sorted()
                    .map(RouteFile::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RouteFile read(Path path) {
        try {
            String text = Files.readString(path);
            return new RouteFile(path, text, YAML.readTree(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file's name without number and endings. */
    String name() {
        return path.getFileName().toString().replaceAll("^\\d+-|\\.camel\\.yaml$", "");
    }

    List<JsonNode> routes() {
        return entries("route");
    }

    List<JsonNode> entries(String kind) {
        List<JsonNode> found = new ArrayList<>();
        content.forEach(
                entry -> {
                    if (entry.has(kind)) {
                        found.add(entry.get(kind));
                    }
                });
        return found;
    }

    /** An endpoint that a step sends to: its kind, and the step itself. */
    record Sent(String kind, JsonNode step) {

        String uri() {
            return step.isTextual() ? step.textValue() : step.path("uri").asText();
        }
    }

    /** Every endpoint that a route, a rest or a configuration of this file sends to. */
    List<Sent> sent() {
        return sent(content);
    }

    /** Every endpoint that the steps below a node send to. */
    static List<Sent> sent(JsonNode steps) {
        List<Sent> found = new ArrayList<>();
        walk(
                steps,
                (name, node) -> {
                    if (SENDING.contains(name)) {
                        found.add(new Sent(name, node));
                    }
                });
        return found;
    }

    /** The source of a test of that simple name. */
    static Optional<Path> testClass(String name) {
        try (Stream<Path> files = Files.walk(Path.of("src", "test", "java"))) {
            return files.filter(file -> file.endsWith(name + ".java")).findAny();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every field below a node, with its name. */
    static void walk(JsonNode node, BiConsumer<String, JsonNode> visitor) {
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                visitor.accept(field.getKey(), field.getValue());
                walk(field.getValue(), visitor);
            }
        } else if (node.isArray()) {
            node.forEach(item -> walk(item, visitor));
        }
    }

    @Override
    public String toString() {
        return path.getFileName().toString();
    }
}
