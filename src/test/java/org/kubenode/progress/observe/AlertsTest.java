package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Every alert has a test that makes it fire and a page that says what to do. */
class AlertsTest {

    private static final Path FOLDER = Path.of("configs", "prometheus");

    @Test
    void everyAlertFiresInATest() throws IOException {
        String tests = Files.readString(FOLDER.resolve("alerts_test.yml"));
        Set<String> fired =
                found("alertname: (\\w+)\\s+exp_alerts:\\s+- exp_labels", tests)
                        .collect(Collectors.toSet());
        Set<String> quiet =
                found("alertname: (\\w+), exp_alerts: \\[\\]", tests).collect(Collectors.toSet());
        assertThat(alerts()).isNotEmpty().isSubsetOf(fired).isSubsetOf(quiet);
    }

    @Test
    void everyAlertLeadsToASectionOfTheOperationsManual() throws IOException {
        String manual = Files.readString(Path.of("docs", "operations.md"));
        Set<String> sections =
                found("(?m)^## (.+)$", manual)
                        .map(title -> title.toLowerCase(Locale.ROOT).replace(' ', '-'))
                        .collect(Collectors.toSet());
        List<String> wanted =
                found(
                                "runbook: docs/operations\\.md#([\\w-]+)",
                                Files.readString(FOLDER.resolve("alerts.yml")))
                        .toList();
        assertThat(wanted).hasSameSizeAs(alerts());
        assertThat(sections).containsAll(wanted);
        assertThat(manual).contains(alerts());
    }

    @Test
    @EnabledIf(
            value = "promtoolIsHere",
            disabledReason = "needs promtool, of Debian's package prometheus")
    void promtoolFindsNothingWrong() throws Exception {
        promtool("check", "config", FOLDER.resolve("prometheus.yml").toString());
        promtool("test", "rules", FOLDER.resolve("alerts_test.yml").toString());
    }

    /** Debian's package prometheus brings it; {@code .ci/run} installs it. */
    static boolean promtoolIsHere() {
        return Prometheus.has("promtool");
    }

    private static void promtool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }

    private static List<String> alerts() throws IOException {
        return found("alert: (\\w+)", Files.readString(FOLDER.resolve("alerts.yml"))).toList();
    }

    private static Stream<String> found(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map(match -> match.group(1));
    }
}
