package org.kubenode.progress.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A quarter of a minute of chaos with each build; {@link ChaosIT} is the rest. */
class ShortChaosIT {

    static {
        Report.quiet();
    }

    @Test
    void nothingIsLostInAQuarterOfAMinuteOfFaults() throws Exception {
        Episode.Outcome outcome =
                Episode.run(Scenario.everything(StageKind.POSTGRES, 8, Duration.ofSeconds(15)));
        Report.print(outcome);
        assertThat(outcome.verdict().violations()).isEmpty();
        assertThat(outcome.caused()).isPositive();
    }
}
