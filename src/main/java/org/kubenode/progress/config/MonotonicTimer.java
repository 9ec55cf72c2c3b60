package org.kubenode.progress.config;

import java.util.Date;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A timer that counts by the monotonic clock. {@link Timer} itself waits until a time of the wall
 * clock, and stands still for as long as that is put back. A period is counted from the end of one
 * run to the next.
 */
final class MonotonicTimer extends Timer {

    private static final Logger LOG = LoggerFactory.getLogger(MonotonicTimer.class);

    private final ScheduledExecutorService executor;

    MonotonicTimer(String name) {
        super(name, true);
        // Its own thread is not needed.
        super.cancel();
        executor =
                new ScheduledThreadPoolExecutor(
                        1,
                        work -> {
                            Thread thread = new Thread(work, name);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    @Override
    public void schedule(TimerTask task, long delay) {
        executor.schedule(lasting(task), delay, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, long delay, long period) {
        executor.scheduleWithFixedDelay(lasting(task), delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void scheduleAtFixedRate(TimerTask task, long delay, long period) {
        executor.scheduleAtFixedRate(lasting(task), delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, Date time) {
        schedule(task, until(time));
    }

    @Override
    public void schedule(TimerTask task, Date firstTime, long period) {
        schedule(task, until(firstTime), period);
    }

    @Override
    public void scheduleAtFixedRate(TimerTask task, Date firstTime, long period) {
        scheduleAtFixedRate(task, until(firstTime), period);
    }

    /** A task that throws would not be run again. */
    private static Runnable lasting(TimerTask task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable e) {
                LOG.error("A timer goes on after an error", e);
            }
        };
    }

    private static long until(Date time) {
        return Math.max(0, time.getTime() - System.currentTimeMillis());
    }

    @Override
    public void cancel() {
        if (executor != null) {
            executor.shutdownNow();
        }
    }
}
