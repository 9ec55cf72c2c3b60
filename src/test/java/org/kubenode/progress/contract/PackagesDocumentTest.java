package org.kubenode.progress.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Which package uses which, in docs/architecture.md, as the imports say: its last column is written
 * by {@code mvn test -Dtest=PackagesDocumentTest -Ddocs.rewrite=true}. What a package holds is
 * written by people.
 */
class PackagesDocumentTest {

    private static final Path DOCUMENT = Path.of("docs", "architecture.md");
    private static final Path SOURCES =
            Path.of("src", "main", "java", "org", "kubenode", "progress");
    private static final Pattern IMPORT =
            Pattern.compile("(?m)^import (?:static )?org\\.kubenode\\.progress\\.([a-z]+)\\.");
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z]+)` \\| ([^|\n]*) \\| ([^|\n]*) \\|$");

    @Test
    void theTableSaysWhatTheImportsSay() throws IOException {
        Map<String, String> uses = uses();
        String text = Files.readString(DOCUMENT);
        List<String> listed = ROW.matcher(text).results().map(row -> row.group(1)).toList();
        assertThat(listed).as("packages of %s", DOCUMENT).containsExactlyElementsOf(uses.keySet());
        String written =
                ROW.matcher(text)
                        .replaceAll(
                                row ->
                                        Matcher.quoteReplacement(
                                                "| `%s` | %s | %s |"
                                                        .formatted(
                                                                row.group(1),
                                                                row.group(2),
                                                                uses.get(row.group(1)))));
        if (Boolean.getBoolean("docs.rewrite")) {
            Files.writeString(DOCUMENT, written);
        } else {
            assertThat(text).as("%s is stale", DOCUMENT).isEqualTo(written);
        }
    }

    private static Map<String, String> uses() throws IOException {
        Map<String, String> uses = new TreeMap<>();
        try (Stream<Path> packages = Files.list(SOURCES)) {
            for (Path folder : packages.filter(Files::isDirectory).toList()) {
                String own = folder.getFileName().toString();
                TreeSet<String> used = new TreeSet<>();
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        IMPORT.matcher(Files.readString(file))
                                .results()
                                .forEach(found -> used.add(found.group(1)));
                    }
                }
                used.remove(own);
                uses.put(
                        own,
                        used.isEmpty()
                                ? "nothing of ours"
                                : used.stream()
                                        .map(name -> "`" + name + "`")
                                        .collect(Collectors.joining(", ")));
            }
        }
        return uses;
    }
}
