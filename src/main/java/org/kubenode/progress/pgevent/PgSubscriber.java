package org.kubenode.progress.pgevent;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one subscription alive for ever: connects, listens, asks every few seconds whether the
 * server still answers, and begins again when it does not. There is never a second link.
 */
final class PgSubscriber implements Runnable {

    /** The first attempt loads the driver too, which a busy small machine takes seconds for. */
    private static final Duration WARM_UP = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(PgSubscriber.class);
    private static final Duration LISTENING_IN = Duration.ofMillis(100);

    /**
     * @param pingInterval between two liveness checks
     * @param pingTimeout for the answer to one, and for log-in and LISTEN together
     */
    record Timing(Duration pingInterval, Duration pingTimeout) {}

    private final String endpointName;
    private final PgEventAddress address;
    private final PgListenSettings settings;
    private final Timing timing;
    private final Backoff backoff;
    private final Inbox inbox;
    private final SubscriptionListener listener;
    private volatile boolean stopped;
    private boolean first = true;
    private boolean failureLogged;

    PgSubscriber(
            String endpointName,
            PgEventAddress address,
            PgListenSettings settings,
            Timing timing,
            Backoff backoff,
            Inbox inbox,
            SubscriptionListener listener) {
        this.endpointName = endpointName;
        this.address = address;
        this.settings = settings;
        this.timing = timing;
        this.backoff = backoff;
        this.inbox = inbox;
        this.listener = listener;
    }

    /** Ends {@link #run} soon; also interrupt its thread. */
    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                TimeUnit.NANOSECONDS.sleep(backoff.next().toNanos());
                subscribeOnce();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private void subscribeOnce() throws InterruptedException {
        PgLink link = new PgLink(address, settings, inbox::put);
        Throwable why;
        boolean subscribed = false;
        Duration warmUp = first ? WARM_UP : Duration.ZERO;
        first = false;
        try {
            link.open(settings.connectTimeout().plus(timing.pingTimeout()).plus(warmUp));
            subscribed = true;
            long since = System.nanoTime();
            announceSubscribed();
            why = watch(link);
            backoff.succeeded(Duration.ofNanos(System.nanoTime() - since));
        } catch (InterruptedException stop) {
            throw stop;
        } catch (Exception | LinkageError e) {
            why = e;
        } finally {
            link.abort();
        }
        if (stopped) {
            return;
        }
        if (subscribed) {
            listener.lost(endpointName, why);
        } else {
            announceFailure(why);
        }
    }

    private void announceSubscribed() {
        failureLogged = false;
        LOG.info("Started postgres notification subscription");
        listener.subscribed(endpointName);
    }

    /** The first of a row is worth a line, the others only when somebody looks. */
    private void announceFailure(Throwable why) {
        if (failureLogged) {
            LOG.debug("PostgreSQL listener still cannot subscribe: {}", Reason.of(why));
        } else {
            failureLogged = true;
            LOG.warn("PostgreSQL listener cannot subscribe: {}, trying on", Reason.of(why));
        }
        listener.attemptFailed(endpointName, why);
    }

    /** Returns why the link is over. */
    private Throwable watch(PgLink link) throws InterruptedException {
        while (true) {
            Throwable why = link.awaitLoss(timing.pingInterval());
            if (why != null) {
                LOG.warn(
                        "PostgreSQL listener connection lost: {}, attempting reconnect",
                        Reason.of(why));
                return why;
            }
            why = ping(link);
            if (why != null) {
                LOG.error(
                        "PostgreSQL listener ping failed: {}, attempting reconnect",
                        Reason.of(why));
                return why;
            }
        }
    }

    /** Returns why the link is taken for dead, or null when it lives. */
    private Throwable ping(PgLink link) throws InterruptedException {
        CompletableFuture<Void> answer = link.ping();
        long received = link.received();
        long deadline = System.nanoTime() + timing.pingTimeout().toNanos();
        while (true) {
            try {
                answer.get(LISTENING_IN.toMillis(), TimeUnit.MILLISECONDS);
                return null;
            } catch (ExecutionException e) {
                return e.getCause();
            } catch (TimeoutException silence) {
                // Notifications that stand before the answer, or a route that holds the reader
                // back, say nothing against the link: the time counts from the last of them.
                if (link.received() != received || inbox.isPutWaiting()) {
                    received = link.received();
                    deadline = System.nanoTime() + timing.pingTimeout().toNanos();
                } else if (System.nanoTime() >= deadline) {
                    return new TimeoutException(
                            "no answer within " + timing.pingTimeout().toMillis() + " ms");
                }
            }
        }
    }
}
