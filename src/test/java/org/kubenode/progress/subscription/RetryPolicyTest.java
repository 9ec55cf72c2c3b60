package org.kubenode.progress.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The one policy of docs/notifier-circuit.md, with a clock moved by hand. */
class RetryPolicyTest {

    private long now = 5_000_000_000L;
    private double random = 1.0;
    private final RetryPolicy policy = new RetryPolicy(() -> now, () -> random);

    private void pass(long ms) {
        now += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    private List<Long> pauses(int count) {
        return Stream.generate(policy::next).limit(count).map(Duration::toMillis).toList();
    }

    @Test
    void triesAtOnceThenBrisklyThenEverySecondOrTwo() {
        assertThat(pauses(7)).containsExactly(0L, 500L, 500L, 2000L, 2000L, 2000L, 2000L);
    }

    @Test
    void jitterIsHalfOfThePause() {
        random = 0.0;
        assertThat(pauses(5)).containsExactly(0L, 250L, 250L, 1000L, 1000L);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.0, 1000",
        "0, 1.0, 2000",
        "300000, 0.0, 1000",
        "300000, 1.0, 2000",
        "400000, 1.0, 12000",
        "580000, 1.0, 30000",
        "580000, 0.0, 15000",
        "86400000, 1.0, 30000",
    })
    void attemptsGoOnForEver(long lostForMs, double jitter, long expectedMs) {
        pauses(3);
        pass(lostForMs);
        random = jitter;
        assertThat(pauses(1)).containsExactly(expectedMs);
    }

    @Test
    void beginsAnewAtOnceAfterASubscriptionThatStood() {
        pauses(6);
        pass(86_400_000);
        policy.stood(Duration.ofSeconds(2));
        assertThat(pauses(5)).containsExactly(0L, 500L, 500L, 2000L, 2000L);
    }

    @Test
    void aSubscriptionThatFellAtOnceWasAFailedAttempt() {
        pauses(6);
        policy.stood(Duration.ofMillis(10));
        assertThat(pauses(1)).containsExactly(2000L);
    }
}
