package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;

/** Many threads post, one at a time works, every event is handled, and the turn always ends. */
class FeedTurnTest {

    private static final int THREADS = 4;
    private static final int POSTS = 200_000;

    @Test
    @Timeout(60)
    void oneThreadAtATimeHasTheTurnAndItEnds() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger handled = new AtomicInteger();
        Feed feed =
                new Feed(
                        "task-1",
                        new WireCodec(),
                        user -> List.of(),
                        new DeliveryListener() {
                            @Override
                            public void delivered(Frame frame, String path) {}

                            @Override
                            public void duplicatesDropped(int messages) {
                                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                handled.incrementAndGet();
                                inside.decrementAndGet();
                            }

                            @Override
                            public void gapFilled() {}
                        });
        Feed.Event message =
                new Feed.Event.Arrived(Notification.notYetDurable(List.of(frame())), "memory");
        assertThat(feed.post(message)).isTrue();
        work(feed);
        CyclicBarrier together = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            done.add(
                    threads.submit(
                            () -> {
                                together.await();
                                for (int n = 0; n < POSTS; n++) {
                                    if (feed.post(message)) {
                                        work(feed);
                                    }
                                }
                                return null;
                            }));
        }
        for (Future<?> one : done) {
            one.get(50, TimeUnit.SECONDS);
        }
        threads.shutdown();

        assertThat(handled).hasValue(THREADS * POSTS);
        assertThat(most).hasValue(1);
        assertThat(feed.post(message)).as("the last turn has ended").isTrue();
    }

    private static void work(Feed feed) {
        Step step = feed.next();
        while (step != null) {
            step = feed.next();
        }
    }

    private static Frame frame() {
        return new Frame(
                "task-1",
                "1",
                FrameType.PROGRESS,
                "cordon",
                "test",
                1,
                1,
                1,
                10,
                "node-1",
                "succeeded",
                null,
                1,
                0,
                "Processed node-1 (1/10)",
                null,
                Instant.parse("2026-11-23T10:00:00.000Z"));
    }
}
