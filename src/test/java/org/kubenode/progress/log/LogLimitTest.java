package org.kubenode.progress.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogLimitTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final LogLimit limit = new LogLimit(now::get);

    @Test
    void theFirstOfAKindPassesThenOneAMinuteWithTheirNumber() {
        assertThat(limit.pass("a")).isOne();
        assertThat(limit.pass("a")).isZero();
        assertThat(limit.pass("b")).isOne();
        now.addAndGet(TimeUnit.SECONDS.toNanos(59));
        assertThat(limit.pass("a")).isZero();
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(limit.pass("a")).isEqualTo(3);
        assertThat(limit.pass("a")).isZero();
    }

    @Test
    void kindsThatAClientMakesUpCostNoMemory() {
        limit.pass("kept");
        IntStream.range(0, 999).forEach(i -> limit.pass("kind " + i));
        assertThat(limit.pass("kept")).isZero();
        IntStream.range(0, 1_000).forEach(i -> limit.pass("more " + i));
        assertThat(limit.pass("kept")).isOne();
    }
}
