package org.kubenode.progress.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultPlanTest {

    private static List<FaultPlan.Planned> plan(StageKind stage, long seed) {
        return FaultPlan.of(Scenario.everything(stage, seed, Duration.ofMinutes(10)));
    }

    @ParameterizedTest
    @EnumSource
    void theSameSeedPlansTheSameAndAnotherSomethingElse(StageKind stage) {
        assertThat(plan(stage, 7)).isEqualTo(plan(stage, 7)).isNotEqualTo(plan(stage, 8));
    }

    @ParameterizedTest
    @EnumSource
    void plansEveryKindThatTheStageCanBreakAndNoOther(StageKind stage) {
        assertThat(plan(stage, 7).stream().map(FaultPlan.Planned::kind).collect(Collectors.toSet()))
                .allMatch(kind -> kind.on(stage))
                .hasSizeGreaterThan(20);
    }

    @Test
    void keepsToItsTime() {
        assertThat(plan(StageKind.POSTGRES, 7))
                .isNotEmpty()
                .allMatch(planned -> planned.atMs() <= 600_000);
    }
}
