package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.uuid.Generators;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceId;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TraceIdsTest {

    private static final String TASK = "019ab2c3-d4e5-7f60-8182-83848586878a";

    @Test
    void aTaskThatChangesHandsStaysInItsTraceWithARunOfItsOwn() {
        assertThat(TraceIds.trace(TASK)).isEqualTo("019ab2c3d4e57f60818283848586878a");
        assertThat(TraceIds.request(TASK)).isEqualTo("818283848586878a");
        assertThat(TraceIds.run(TASK, 1)).isEqualTo(TraceIds.run(TASK, 1));

        Set<String> ids = new HashSet<>();
        ids.add(TraceIds.request(TASK));
        IntStream.range(0, 1_000).forEach(epoch -> ids.add(TraceIds.run(TASK, epoch)));
        assertThat(ids).hasSize(1_001).allMatch(SpanId::isValid);
        assertThat(TraceId.isValid(TraceIds.trace(TASK))).isTrue();
    }

    @Test
    void tasksOfTheSameMomentAreSampledEvenly() {
        var generator = Generators.timeBasedEpochGenerator();
        int tasks = 20_000;

        long sampled =
                IntStream.range(0, tasks)
                        .mapToObj(i -> TraceIds.trace(generator.generate().toString()))
                        .filter(trace -> TraceIds.sampled(trace, 0.1))
                        .count();

        assertThat(sampled).isBetween(tasks * 8L / 100, tasks * 12L / 100);
        assertThat(TraceIds.sampled(TraceIds.trace(TASK), 0)).isFalse();
        assertThat(TraceIds.sampled(TraceIds.trace(TASK), 1)).isTrue();
    }
}
