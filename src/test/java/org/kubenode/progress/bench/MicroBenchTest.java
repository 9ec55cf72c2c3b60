package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs {@link MicroBench}, {@link StepBench} and {@link RouteMetricsBench}. */
@Tag("bench")
class MicroBenchTest {

    @Test
    void whatIsDoneForEachMessage() throws Exception {
        Options options =
                new OptionsBuilder()
                        .include("\\.(Micro|Step|RouteMetrics)Bench\\.")
                        .forks(Rig.FULL ? 1 : 0)
                        .warmupIterations(Rig.FULL ? 2 : 1)
                        .warmupTime(TimeValue.milliseconds(Rig.FULL ? 1_000 : 300))
                        .measurementIterations(Rig.FULL ? 3 : 1)
                        .measurementTime(TimeValue.milliseconds(Rig.FULL ? 1_000 : 200))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build();
        Collection<RunResult> runs = new Runner(options).run();
        Results results = new Results("micro");
        for (RunResult run : runs) {
            String step = run.getParams().getParam("step");
            results.figure(
                    step == null
                            ? run.getPrimaryResult().getLabel()
                            : "a step: " + step.toLowerCase(Locale.ROOT).replace('_', ' '),
                    run.getPrimaryResult().getScore(),
                    "µs",
                    "");
        }
        results.write(System.out);
        assertThat(runs).hasSize(8 + 3 + StepBench.Step.values().length);
    }
}
