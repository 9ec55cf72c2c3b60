package org.kubenode.progress.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SubscriptionTest {

    private final AtomicInteger links = new AtomicInteger();
    private final Queue<String> delivered = new ConcurrentLinkedQueue<>();

    /**
     * No link can be made, then one cannot be opened, then the route fails on the first payload.
     */
    @Test
    void noErrorEndsIt() throws Exception {
        Duration second = Duration.ofSeconds(1);
        Subscription<String> subscription =
                new Subscription<>(
                        new Subscription.Names("test", "Test", "test", "test"),
                        new Subscription.Limits(second, second, second, 10),
                        this::link,
                        this::deliver,
                        new RetryPolicy(System::nanoTime, () -> 0),
                        List.of());
        subscription.start();
        try {
            await().until(() -> delivered.contains("second"));
            assertThat(links).hasValue(3);
        } finally {
            subscription.stop();
        }
    }

    private Link link(Consumer<String> payloads) {
        if (links.incrementAndGet() == 1) {
            throw new StackOverflowError("no link");
        }
        return new Link() {
            @Override
            public void open(Duration limit) {
                if (links.get() == 2) {
                    throw new StackOverflowError("not opened");
                }
                payloads.accept("first");
                payloads.accept("second");
            }

            @Override
            public Throwable awaitLoss(Duration limit) throws InterruptedException {
                Thread.sleep(limit.toMillis());
                return null;
            }

            @Override
            public CompletableFuture<?> ping() {
                return CompletableFuture.completedFuture(null);
            }

            @Override
            public long received() {
                return 0;
            }

            @Override
            public void abort() {}
        };
    }

    private void deliver(String payload) {
        if (payload.equals("first")) {
            throw new StackOverflowError("as if the route did");
        }
        delivered.add(payload);
    }
}
