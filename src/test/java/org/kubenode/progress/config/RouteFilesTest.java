package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

@ExtendWith(OutputCaptureExtension.class)
class RouteFilesTest {

    private static final String ROUTE =
            """
            - route:
                id: from-the-folder
                from:
                  uri: direct:from-the-folder
                  steps:
                    - log:
                        message: "{{progress.poll-interval}}"
            """;

    @TempDir Path folder;

    /** Camel and nothing else of the application. */
    @ImportAutoConfiguration(CamelAutoConfiguration.class)
    static class CamelAlone {}

    private static String packagedName() throws IOException {
        return new PathMatchingResourcePatternResolver()
                .getResources("classpath*:routes/*.camel.yaml")[0].getFilename();
    }

    private ConfigurableEnvironment environment() {
        return Prepared.of("--progress.routes_dir=" + folder);
    }

    private String[] pattern() {
        return environment().getProperty(ProgressEnvironmentPostProcessor.ROUTES).split(",");
    }

    @Test
    void packagedFilesAreReadWhereTheFolderHasNone() throws IOException {
        assertThat(pattern())
                .isNotEmpty()
                .allMatch(location -> location.startsWith("classpath:routes/"))
                .contains("classpath:routes/" + packagedName());
    }

    @Test
    void fileOfTheFolderReplacesThePackagedOneOfItsNameAndOthersAreAdded() throws IOException {
        String name = packagedName();
        Path replaced = Files.writeString(folder.resolve(name), ROUTE);
        Path added = Files.writeString(folder.resolve("99-mine.camel.yaml"), ROUTE);
        Files.writeString(folder.resolve("notes.yaml"), "not: a route");
        assertThat(pattern())
                .contains("file:" + replaced, "file:" + added)
                .doesNotContain("classpath:routes/" + name)
                .hasSize(RouteFiles.in(Path.of("no-such-folder")).locations().size() + 1);
        assertThat(RouteFiles.in(folder).lines())
                .containsExactly(
                        "Route file " + replaced + " replaces the packaged one",
                        "Route file " + added + " is added");
    }

    @Test
    void sameContentIsSaid() throws IOException {
        String name = packagedName();
        try (InputStream packaged = getClass().getResourceAsStream("/routes/" + name)) {
            Files.copy(packaged, folder.resolve(name));
        }
        assertThat(RouteFiles.in(folder).lines())
                .containsExactly(
                        "Route files in %s that are the same as the packaged ones: %s"
                                .formatted(folder, name));
    }

    @Test
    void patternOfTheUsersOwnStays() {
        assertThat(
                        Prepared.of("--camel.main.routes-include-pattern=file:mine.camel.yaml")
                                .getProperty(ProgressEnvironmentPostProcessor.ROUTES))
                .isEqualTo("file:mine.camel.yaml");
    }

    private ConfigurableApplicationContext start(Path file) {
        SpringApplication application = new SpringApplication(CamelAlone.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        return application.run("--camel.main.routes-include-pattern=file:" + file);
    }

    @Test
    void whatEveryUserOfTheMachineMayWriteIsWarnedOf(CapturedOutput output) throws IOException {
        Path safe = Files.writeString(folder.resolve("98-safe.camel.yaml"), ROUTE);
        Path open = Files.writeString(folder.resolve("99-open.camel.yaml"), ROUTE);
        Files.setPosixFilePermissions(safe, PosixFilePermissions.fromString("rw-rw-r--"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-rw-"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        ConfigurableEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addFirst(
                        new MapPropertySource(
                                "given",
                                Map.of(
                                        "jwt.secret",
                                        "x".repeat(32),
                                        "progress.routes_dir",
                                        folder.toString())));
        new ProgressEnvironmentPostProcessor(Supplier::get)
                .postProcessEnvironment(environment, new SpringApplication(CamelAlone.class));
        assertThat(output.getOut().lines().filter(line -> line.contains("every user")))
                .hasSize(2)
                .allMatch(line -> line.contains("WARN") && line.contains("chmod o-w"))
                .anyMatch(line -> line.contains(" " + folder + " may be written"))
                .anyMatch(line -> line.contains(open + " may be written"));
    }

    @Test
    void routeReadsAKeyAsItsKebabCasePlaceholder(CapturedOutput output) throws IOException {
        Path file = Files.writeString(folder.resolve("99-mine.camel.yaml"), ROUTE);
        try (ConfigurableApplicationContext context = start(file)) {
            context.getBean(CamelContext.class)
                    .createProducerTemplate()
                    .sendBody("direct:from-the-folder", "");
        }
        assertThat(output).contains("10000");
    }

    @Test
    void brokenRouteFileStopsTheStartWithFileAndLine(CapturedOutput output) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("99-mine.camel.yaml"), ROUTE.replace("- log:", "- lgo:"));
        assertThatThrownBy(() -> start(file).close())
                .rootCause()
                .hasMessageContaining("99-mine.camel.yaml")
                .hasMessageContaining("line 6");
        assertThat(output.getErr().strip())
                .isEqualTo(
                        "A route file cannot be read: Unknown node id: lgo in file:%s, line 6, column 11",
                        file);
        assertThat(output).as("no stack trace").doesNotContain("\tat ");
    }
}
