package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClusterLimiterTest {

    private final AtomicLong now = new AtomicLong();
    private final ClusterLimiter limiter =
            new ClusterLimiter(
                    16,
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
    void givesNoMoreThanItsBound() throws Exception {
        for (int i = 0; i < 16; i++) {
            assertThat(limiter.tryAcquire()).isTrue();
        }
        assertThat(limiter.tryAcquire()).isFalse();
        assertThat(limiter.acquire(Duration.ofMillis(1))).isFalse();
        limiter.release();
        assertThat(limiter.acquire(Duration.ZERO)).isTrue();
        assertThat(limiter.inUse()).isEqualTo(16);
    }

    @Test
    void aWaitingBatchGetsThePermitThatComesBack() throws Exception {
        while (limiter.tryAcquire()) {}
        CompletableFuture<Boolean> waiting =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return limiter.acquire(Duration.ofSeconds(30));
                            } catch (InterruptedException e) {
                                return false;
                            }
                        });
        limiter.release();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aCancelledBatchDoesNotWait() {
        while (limiter.tryAcquire()) {}
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> limiter.acquire(Duration.ofSeconds(30)))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void overloadHalvesOnceASecondAndGoodAnswersBringItBack() {
        limiter.throttled();
        limiter.throttled();
        assertThat(limiter.limit()).as("a volley of 429 counts once").isEqualTo(8);
        pass(1_000);
        limiter.throttled();
        assertThat(limiter.limit()).isEqualTo(4);
        for (int i = 0; i < 5; i++) {
            limiter.answered(Duration.ofMillis(20));
        }
        assertThat(limiter.limit()).as("one more for each round of answers").isEqualTo(5);
        for (int i = 0; i < 1_000; i++) {
            limiter.answered(Duration.ofMillis(20));
        }
        assertThat(limiter.limit()).isEqualTo(16);
    }

    @Test
    void neverBelowOne() {
        for (int i = 0; i < 20; i++) {
            limiter.throttled();
            pass(1_000);
        }
        assertThat(limiter.limit()).isEqualTo(1);
        assertThat(limiter.tryAcquire()).isTrue();
    }

    @Test
    void slowAnswersLowerItGently() {
        for (int i = 0; i < 100; i++) {
            limiter.answered(Duration.ofMillis(20));
        }
        for (int i = 0; i < 60; i++) {
            limiter.answered(Duration.ofMillis(500));
            pass(100);
        }
        assertThat(limiter.limit()).isBetween(7, 13);
    }

    @Test
    void aPermitComesBackOnce() {
        assertThatThrownBy(limiter::release).isInstanceOf(IllegalStateException.class);
    }

    private void pass(long ms) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
    }
}
