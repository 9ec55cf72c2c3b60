package org.kubenode.progress.cluster;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Time, so that tests need not spend it. */
public interface Waiter {

    /** The clock of this machine, on its monotonic time. */
    Waiter SYSTEM =
            new Waiter() {
                @Override
                public long nanoTime() {
                    return System.nanoTime();
                }

                @Override
                public void pause(Duration time) throws InterruptedException {
                    TimeUnit.NANOSECONDS.sleep(time.toNanos());
                }
            };

    /** Nanoseconds since some moment; only differences mean something. */
    long nanoTime();

    /**
     * @throws InterruptedException at once when the batch was cancelled
     */
    void pause(Duration time) throws InterruptedException;
}
