package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClusterLimiterTest {

    private static final Duration QUICK = Duration.ofMillis(5);

    private final AtomicLong now = new AtomicLong();
    private final ClusterLimiter limiter =
            new ClusterLimiter(
                    100,
                    new Waiter() {
                        @Override
                        public long nanoTime() {
                            return now.get();
                        }

                        @Override
                        public void pause(Duration time) {
                            now.addAndGet(time.toNanos());
                        }
                    });

    @Test
    void givesNoMoreThanItsBound() {
        for (int i = 0; i < 100; i++) {
            assertThat(limiter.tryAcquire()).isTrue();
        }
        assertThat(limiter.tryAcquire()).isFalse();
        limiter.release();
        assertThat(limiter.tryAcquire()).isTrue();
        limiter.acquireAnyway();
        assertThat(limiter.inUse()).isEqualTo(101);
    }

    @Test
    void overloadHalvesOnceASecond() {
        limiter.overloaded();
        limiter.overloaded();
        assertThat(limiter.limit()).as("a volley of 429 counts once").isEqualTo(50);
        pass(1_000);
        limiter.overloaded();
        assertThat(limiter.limit()).isEqualTo(25);
    }

    @Test
    void neverBelowOneAndBackToAllWithinTenSeconds() {
        for (int i = 0; i < 20; i++) {
            limiter.overloaded();
            pass(1_000);
        }
        assertThat(limiter.limit()).isEqualTo(1);
        assertThat(limiter.tryAcquire()).isTrue();
        answers("patch nodes", QUICK, 9);
        assertThat(limiter.limit()).isEqualTo(100);
    }

    @Test
    void itDoesNotGrowWhileTheServerSaysThatItHasTooMuch() {
        for (int i = 0; i < 100; i++) {
            limiter.overloaded();
            limiter.answered("patch nodes", QUICK);
            pass(100);
        }
        assertThat(limiter.limit()).isEqualTo(1);
    }

    @Test
    void aKindThatAlwaysTakesItsTimeIsNoLoad() {
        for (int second = 0; second < 60; second++) {
            answers("patch nodes", QUICK, 1);
            limiter.answered("list pods", Duration.ofMillis(300));
        }
        assertThat(limiter.limit()).isEqualTo(100);
    }

    @Test
    void answersSlowerThanTheirKindsLowerItToAQuarterAtMost() {
        answers("patch nodes", QUICK, 5);
        answers("patch nodes", Duration.ofMillis(500), 5);
        assertThat(limiter.limit()).isBetween(50, 80);
        answers("patch nodes", Duration.ofMillis(500), 20);
        assertThat(limiter.limit()).isEqualTo(25);
        answers("patch nodes", QUICK, 5);
        assertThat(limiter.limit()).isEqualTo(100);
    }

    @Test
    void aServerThatStaysSlowIsUsualAfterAMinute() {
        answers("patch nodes", QUICK, 5);
        answers("patch nodes", Duration.ofMillis(500), 70);
        assertThat(limiter.limit()).isEqualTo(100);
    }

    @Test
    void whatTellsNothingOfTheServerDoesNotSlowItDown() {
        answers(null, QUICK, 5);
        answers(null, Duration.ofSeconds(5), 20);
        assertThat(limiter.limit()).isEqualTo(100);
    }

    @Test
    void oneRequestWithoutAnswerIsNoLoadWhileOthersAreAnswered() {
        answers("patch nodes", QUICK, 1);
        limiter.unanswered(Duration.ofSeconds(10));
        assertThat(limiter.limit()).isEqualTo(100);
        pass(10_000);
        limiter.unanswered(Duration.ofSeconds(10));
        assertThat(limiter.limit()).as("nobody was answered").isEqualTo(50);
    }

    @Test
    void aPermitComesBackOnce() {
        assertThatThrownBy(limiter::release).isInstanceOf(IllegalStateException.class);
    }

    /** Ten a second. */
    private void answers(String kind, Duration took, int seconds) {
        for (int i = 0; i < seconds * 10; i++) {
            pass(100);
            limiter.answered(kind, took);
        }
    }

    private void pass(long ms) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
    }
}
