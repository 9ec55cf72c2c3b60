package org.kubenode.progress.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each safeguard is taken out of replicas, in classes and files that stand before those of the
 * build on their classpath, and the run has to find a breach; with everything in place it finds
 * none.
 */
@Tag("mutations")
class SafeguardsIT {

    private static final long SEED = Long.getLong("chaos.seed", 8);
    private static final Path TABLE = Path.of("target", "chaos", "safeguards.md");

    static {
        Report.quiet();
    }

    /** All of them, or those that {@code -Dchaos.safeguards} names. */
    static Stream<Safeguard> safeguards() {
        String named = System.getProperty("chaos.safeguards");
        return named == null
                ? Stream.of(Safeguard.values())
                : Stream.of(named.split(",")).map(Safeguard::valueOf);
    }

    @ParameterizedTest
    @MethodSource("safeguards")
    void isMissedWhenItIsTakenOut(Safeguard safeguard) throws Exception {
        Episode.Outcome outcome = Episode.run(safeguard.scenario(SEED).from(safeguard.mutant()));
        Report.print(outcome);
        write(safeguard, outcome);
        assertThat(outcome.verdict().violations())
                .extracting(Violation::kind)
                .containsAnyElementsOf(safeguard.breach());
    }

    @ParameterizedTest
    @MethodSource("safeguards")
    void isEnoughWhenItIsInPlace(Safeguard safeguard) throws Exception {
        Episode.Outcome outcome = Episode.run(safeguard.scenario(SEED).from(safeguard.control()));
        Report.print(outcome);
        assertThat(outcome.verdict().violations()).isEmpty();
    }

    private static void write(Safeguard safeguard, Episode.Outcome outcome) throws IOException {
        var violations = outcome.verdict().violations();
        String first =
                violations.stream()
                        .filter(violation -> safeguard.breach().contains(violation.kind()))
                        .findFirst()
                        .map(violation -> violation.kind().name())
                        .orElse("none");
        Files.writeString(
                TABLE,
                "| %s | %s | %s, of %d in all (seed %d) |%n"
                        .formatted(
                                safeguard.name().toLowerCase().replace('_', ' '),
                                safeguard.off(),
                                first,
                                violations.size(),
                                outcome.scenario().seed()),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
