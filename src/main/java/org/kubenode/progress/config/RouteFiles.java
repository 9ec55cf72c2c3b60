package org.kubenode.progress.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * Which route files the start reads: the packaged ones, but for each that a file of the same name
 * in the folder replaces, and the folder's own.
 *
 * @param locations one for each file, in the order of the files' names
 * @param lines what the folder changed, for the log
 */
record RouteFiles(List<String> locations, List<String> lines) {

    private static final String SUFFIX = ".camel.yaml";
    private static final Pattern KEY = Pattern.compile("\\{\\{[?!]?([A-Za-z][A-Za-z0-9_-]*)\\.");

    /**
     * @param folder need not exist
     * @throws WrongConfiguration when a name cannot be used or the folder cannot be read
     */
    static RouteFiles in(Path folder) {
        Map<String, Resource> packaged = packaged();
        Map<String, String> locations = new TreeMap<>();
        packaged.keySet().forEach(name -> locations.put(name, "classpath:routes/" + name));
        List<String> lines = new ArrayList<>();
        List<String> same = new ArrayList<>();
        for (Path file : files(folder)) {
            String name = file.getFileName().toString();
            if (!file.toString().matches("[^,;*?{}]+")) {
                throw new WrongConfiguration(
                        "progress.routes_dir: the route file '%s' cannot be used; allowed: names without , ; * ? { }"
                                .formatted(file));
            }
            locations.put(name, "file:" + file.toAbsolutePath().normalize());
            if (!packaged.containsKey(name)) {
                lines.add("Route file %s is added".formatted(file.normalize()));
            } else if (same(file, packaged.get(name))) {
                same.add(name);
            } else {
                lines.add("Route file %s replaces the packaged one".formatted(file.normalize()));
            }
        }
        if (!same.isEmpty()) {
            // As in the project's own folder, where it is true of every file.
            lines.add(
                    "Route files in %s that are the same as the packaged ones: %s"
                            .formatted(folder.normalize(), String.join(", ", same)));
        }
        return new RouteFiles(List.copyOf(locations.values()), lines);
    }

    /** Whether one of them is the transport of that name, whatever number stands before it. */
    boolean haveNotifier(String transport) {
        return locations.stream()
                .anyMatch(
                        location ->
                                location.matches(
                                        ".*/(\\d+-)?notify-"
                                                + Pattern.quote(transport)
                                                + Pattern.quote(SUFFIX)));
    }

    private static Map<String, Resource> packaged() {
        Map<String, Resource> packaged = new TreeMap<>();
        try {
            for (Resource resource :
                    new PathMatchingResourcePatternResolver()
                            .getResources("classpath*:routes/*" + SUFFIX)) {
                packaged.putIfAbsent(resource.getFilename(), resource);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packaged;
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new WrongConfiguration(
                    "progress.routes_dir is '%s': the folder cannot be read".formatted(folder));
        }
    }

    /** What the names of the keys begin with that the folder's files read. */
    static Set<String> rootsOfKeys(Path folder) {
        Set<String> roots = new TreeSet<>();
        for (Path file : files(folder)) {
            try {
                KEY.matcher(Files.readString(file))
                        .results()
                        .forEach(key -> roots.add(key.group(1)));
            } catch (IOException e) {
                // The start says it.
            }
        }
        return roots;
    }

    private static boolean same(Path file, Resource resource) {
        try (InputStream in = resource.getInputStream()) {
            return Arrays.equals(Files.readAllBytes(file), in.readAllBytes());
        } catch (IOException e) {
            return false;
        }
    }
}
