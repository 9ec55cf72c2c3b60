package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What routes and beans ask the configuration for exists, so that no default hides in them. */
class PlaceholdersTest {

    private static final Pattern IN_ROUTES =
            Pattern.compile("\\{\\{\\??((?:database|jwt|progress)\\.[^}:]+)(:[^}]*)?}}");
    private static final Pattern IN_BEANS =
            Pattern.compile("@Value\\(\\s*\"\\$\\{((?:database|jwt|progress)\\.[^}:]+)(:[^}]*)?}");
    private static final Set<String> COMPUTED =
            Set.of(
                    "progress.store",
                    "progress.transport",
                    "progress.posts-ends",
                    "progress.presence-period");

    @Test
    void everyPlaceholderIsADocumentedKeyInKebabCase() throws IOException {
        Set<String> unknown = new TreeSet<>();
        collect(Path.of("routes"), ".camel.yaml", IN_ROUTES, unknown);
        collect(Path.of("src", "main", "java"), ".java", IN_BEANS, unknown);
        assertThat(unknown).isEmpty();
    }

    private static void collect(Path folder, String suffix, Pattern pattern, Set<String> unknown)
            throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(suffix)).toList()) {
                Matcher placeholder = pattern.matcher(Files.readString(file));
                while (placeholder.find()) {
                    String name = placeholder.group(1);
                    boolean known =
                            COMPUTED.contains(name)
                                    || Keys.find(name)
                                            .filter(key -> key.kebab().equals(name))
                                            .isPresent();
                    if (!known || placeholder.group(2) != null) {
                        unknown.add(file.getFileName() + ": " + placeholder.group());
                    }
                }
            }
        }
    }
}
