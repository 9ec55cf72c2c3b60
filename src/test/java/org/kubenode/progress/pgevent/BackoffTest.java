package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private static final RandomGenerator NO_JITTER = () -> 0L;
    private static final RandomGenerator ALL_JITTER = () -> -1L;

    @Test
    void triesAtOnceThenDoublesUpToTheGreatest() {
        assertThat(delays(backoff(NO_JITTER), 6))
                .containsExactly(0L, 200L, 400L, 800L, 1600L, 2000L);
    }

    @Test
    void jitterTakesAtMostAQuarter() {
        Backoff backoff = backoff(ALL_JITTER);
        backoff.next();
        assertThat(backoff.next()).isBetween(Duration.ofMillis(150), Duration.ofMillis(151));
    }

    @Test
    void beginsAnewAtOnceAfterASubscriptionThatStood() {
        Backoff backoff = backoff(NO_JITTER);
        delays(backoff, 6);
        backoff.succeeded(Duration.ofSeconds(2));
        assertThat(delays(backoff, 2)).containsExactly(0L, 200L);
    }

    @Test
    void beginsAnewWithADelayAfterASubscriptionThatFellAtOnce() {
        Backoff backoff = backoff(NO_JITTER);
        delays(backoff, 6);
        backoff.succeeded(Duration.ofMillis(10));
        assertThat(delays(backoff, 2)).containsExactly(200L, 400L);
    }

    private static Backoff backoff(RandomGenerator random) {
        return new Backoff(Duration.ofMillis(200), Duration.ofSeconds(2), random);
    }

    private static List<Long> delays(Backoff backoff, int count) {
        return Stream.generate(backoff::next).limit(count).map(Duration::toMillis).toList();
    }
}
