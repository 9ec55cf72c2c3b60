package org.kubenode.progress.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Faults of every kind under load, judged by the history alone. {@code -Dchaos.minutes=} or {@code
 * -Dchaos.faults=} makes it long, {@code -Dchaos.seed=} repeats one: see docs/chaos.md.
 */
@Tag("chaos")
class ChaosIT {

    static {
        Report.quiet();
    }

    private static final int MINUTES = Integer.getInteger("chaos.minutes", 0);
    private static final int FAULTS = Integer.getInteger("chaos.faults", 0);
    private static final long SEED = Long.getLong("chaos.seed", 8);
    private static final String STAGE = System.getProperty("chaos.stage", "");
    private static final Duration LONG =
            Duration.ofSeconds(Integer.getInteger("chaos.seconds", 240));
    private static final Duration SHORT = Duration.ofSeconds(20);

    @Test
    void nothingIsLostWhateverBreaks() throws Exception {
        List<Episode.Outcome> outcomes = new ArrayList<>();
        Duration length = Duration.ZERO;
        int faults = 0;
        List<String> broken = new ArrayList<>();
        boolean longForm = MINUTES > 0 || FAULTS > 0;
        for (int i = 0;
                broken.size() < 3
                        && (longForm ? length.toMinutes() < MINUTES || faults < FAULTS : i < 2);
                i++) {
            StageKind stage =
                    STAGE.isEmpty()
                            ? StageKind.values()[i % StageKind.values().length]
                            : StageKind.valueOf(STAGE);
            try {
                Episode.Outcome outcome =
                        Episode.run(Scenario.everything(stage, SEED + i, longForm ? LONG : SHORT));
                outcomes.add(outcome);
                length = length.plus(outcome.length());
                faults += outcome.caused();
                Report.print(outcome);
            } catch (IllegalStateException | ConditionTimeoutException e) {
                // The run itself went wrong: it counts for nothing, and the others go on.
                System.out.printf("chaos: stage %s, seed %d: %s%n", stage, SEED + i, e);
                broken.add(stage + ", seed " + (SEED + i) + ": " + e.getMessage());
            }
            Report.write("chaos", outcomes);
        }
        assertThat(broken).isEmpty();
        assertThat(outcomes)
                .allSatisfy(outcome -> assertThat(outcome.verdict().violations()).isEmpty());
    }
}
