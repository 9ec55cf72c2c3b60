package org.kubenode.progress.cluster.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.kubenode.progress.cluster.Waiter;

/** Time that passes when somebody waits. */
final class FakeWaiter implements Waiter {

    private final AtomicLong now = new AtomicLong();
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();

    @Override
    public long nanoTime() {
        return now.get();
    }

    @Override
    public void pause(Duration time) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        pauses.add(time);
        now.addAndGet(time.toNanos());
    }

    List<Duration> pauses() {
        return pauses;
    }
}
