package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeaseClockTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final LeaseClock clock = new LeaseClock(Duration.ofNanos(100), now::get, now.get());

    @Test
    void endsALeaseAfterTheLastAnsweredRenewalWasSentAlsoAcrossTheOverflowOfTheClock() {
        assertThat(clock.held()).isTrue();
        now.addAndGet(99);
        assertThat(clock.held()).isTrue();
        long sentAt = now.get();
        // The answer takes 50 ns: the lease counts from before it was sent.
        now.addAndGet(50);
        assertThat(clock.held()).isFalse();
        clock.renewed(sentAt);
        assertThat(clock.held()).isTrue();
        assertThat(clock.left()).isEqualTo(Duration.ofNanos(50));
        now.addAndGet(50);
        assertThat(clock.held()).isFalse();
    }

    @Test
    void anAnswerThatComesLateDoesNotShortenALease() {
        long first = now.get();
        now.addAndGet(80);
        clock.renewed(now.get());
        clock.renewed(first);
        now.addAndGet(90);
        assertThat(clock.held()).isTrue();
    }

    @Test
    void aTaskMayRunWhileItsLeaseDoesAndAlwaysWhileNobodyElseCanKnowOfIt() {
        TaskRun stored = run(true);
        TaskRun accepted = run(false);
        now.addAndGet(100);
        assertThat(stored.held()).isFalse();
        assertThat(accepted.held()).isTrue();
        accepted.markStored();
        assertThat(accepted.held()).isFalse();
    }

    private TaskRun run(boolean stored) {
        return new TaskRun("t", "1", "cordon", "test", 1, 1, 0, 0, 0, Map.of(), clock, stored);
    }
}
