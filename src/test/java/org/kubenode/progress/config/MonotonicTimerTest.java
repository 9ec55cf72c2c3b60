package org.kubenode.progress.config;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.TimerTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A wall clock that is put back cannot be had in a test of one JVM: the chaos suite moves it. */
class MonotonicTimerTest {

    private static TimerTask task(Runnable work) {
        return new TimerTask() {
            @Override
            public void run() {
                work.run();
            }
        };
    }

    @Test
    void runsAgainAndAgainUntilItIsCancelled() {
        MonotonicTimer timer = new MonotonicTimer("test");
        AtomicInteger runs = new AtomicInteger();
        timer.schedule(task(runs::incrementAndGet), 0, 5);
        await().atMost(Duration.ofSeconds(10)).until(() -> runs.get() >= 5);
        timer.cancel();
        // A run that is under way may still end.
        AtomicInteger last = new AtomicInteger(-1);
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> last.getAndSet(runs.get()) == runs.get());
    }

    @Test
    void goesOnAfterAnError() {
        MonotonicTimer timer = new MonotonicTimer("test");
        AtomicInteger runs = new AtomicInteger();
        timer.schedule(
                task(
                        () -> {
                            runs.incrementAndGet();
                            throw new LinkageError("as if a class were missing");
                        }),
                0,
                5);
        await().atMost(Duration.ofSeconds(10)).until(() -> runs.get() >= 3);
        timer.cancel();
    }
}
