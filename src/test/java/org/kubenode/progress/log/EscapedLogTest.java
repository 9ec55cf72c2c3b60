package org.kubenode.progress.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystemProperty;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** The log as Spring Boot sets it up with this application's settings. */
@ExtendWith(OutputCaptureExtension.class)
class EscapedLogTest {

    private static final String FOREIGN =
            "over\u202eride, \u001b[31mred\u0007\nWARN forged\u2028\u009b";
    private static final String SHOWN =
            "over\\u202eride, \\u001b[31mred\\u0007\\u000aWARN forged\\u2028\\u009b";

    /** They outlive the application, and would be those of the next one in this JVM. */
    @AfterEach
    void forgetTheSettings() {
        for (LoggingSystemProperty property : LoggingSystemProperty.values()) {
            System.clearProperty(property.getEnvironmentVariableName());
        }
    }

    private static void log(String... options) {
        try (ConfigurableApplicationContext ignored =
                new SpringApplicationBuilder(Nothing.class)
                        .web(WebApplicationType.NONE)
                        .run(options)) {
            Exception thrown =
                    new IllegalStateException(FOREIGN, new Exception("cause " + FOREIGN));
            thrown.addSuppressed(new Exception("suppressed " + FOREIGN));
            LoggerFactory.getLogger("any.library").error("A server says: {}", FOREIGN, thrown);
        }
    }

    @Test
    void messagesAndStackTracesAreLinesOfTheLayoutAlone(CapturedOutput output, @TempDir Path folder)
            throws Exception {
        Path file = folder.resolve("app.log");
        log("--logging.file.name=" + file);
        isShown(output.getOut());
        isShown(Files.readString(file));
    }

    private static void isShown(String log) {
        assertThat(log.lines())
                .anyMatch(line -> line.endsWith("A server says: " + SHOWN))
                .anyMatch(line -> line.equals("java.lang.IllegalStateException: " + SHOWN))
                .anyMatch(line -> line.equals("Caused by: java.lang.Exception: cause " + SHOWN))
                .anyMatch(line -> line.endsWith("java.lang.Exception: suppressed " + SHOWN))
                .anyMatch(line -> line.startsWith("\tat "))
                .noneMatch(line -> line.startsWith("WARN forged"));
    }

    @Test
    void aStructuredLogStaysJsonAndIsEscapedToo(CapturedOutput output) throws Exception {
        log("--logging.structured.format.console=ecs");
        List<String> lines = output.getOut().lines().toList();
        for (String line : lines) {
            JsonNode json = new ObjectMapper().readTree(line);
            assertThat(json.isObject()).as(line).isTrue();
            if (json.path("log").path("logger").asText().equals("any.library")) {
                assertThat(json.get("message").asText())
                        .isEqualTo("A server says: " + SHOWN.replace("\\u000a", "\n"));
                assertThat(json.at("/error/stack_trace").asText())
                        .contains("cause over\\u202eride")
                        .doesNotContain("\u202e", "\u001b");
                return;
            }
        }
        assertThat(lines).as("the line was logged").isNull();
    }

    static class Nothing {}
}
