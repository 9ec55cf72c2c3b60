package org.kubenode.progress.subscription;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one subscription alive for ever: connects, listens, asks every few seconds whether the
 * server still answers, and begins again when it does not. There is never a second link.
 *
 * <p>Two threads: one tends the link, the other brings each payload to the route, one after
 * another. Starting waits for nothing; stopping waits for no server. Started once.
 */
public final class Subscription<P> {

    /** The first attempt loads the driver too, which a busy small machine takes seconds for. */
    private static final Duration WARM_UP = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);
    private static final Duration LISTENING_IN = Duration.ofMillis(100);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(1);

    /**
     * What a subscription is called.
     *
     * @param transport as in the configuration: postgres, redis
     * @param server for people: PostgreSQL, Redis
     * @param endpoint what listeners are told, without credentials
     * @param threads how the names of its threads begin
     */
    public record Names(String transport, String server, String endpoint, String threads) {}

    /**
     * @param openLimit for connecting, logging in and listening together
     * @param pingInterval between two liveness checks
     * @param pingTimeout for the answer to one
     * @param queueSize payloads held for a slow route before the link is no longer read
     */
    public record Limits(
            Duration openLimit, Duration pingInterval, Duration pingTimeout, int queueSize) {}

    private final Names names;
    private final Limits limits;
    private final Link.Factory<P> links;
    private final Consumer<P> route;
    private final RetryPolicy retry;
    private final SubscriptionListener listener;
    private final Inbox<P> inbox;
    private final Thread tending;
    private volatile boolean stopped;
    private boolean first = true;
    private boolean failureLogged;

    /**
     * @param route takes each payload; handles its own errors
     * @param listeners are told of every change, on the thread that tends the link
     */
    public Subscription(
            Names names,
            Limits limits,
            Link.Factory<P> links,
            Consumer<P> route,
            RetryPolicy retry,
            Collection<SubscriptionListener> listeners) {
        this.names = names;
        this.limits = limits;
        this.links = links;
        this.route = route;
        this.retry = retry;
        this.listener = new EverySubscriptionListener(listeners);
        this.inbox = new Inbox<>(limits.queueSize());
        this.tending = daemon("subscription", this::tend);
    }

    /** Begins, at once and for ever. */
    public void start() {
        daemon("delivery", this::deliver).start();
        tending.start();
    }

    /** Ends it within a second; what had not reached the route is dropped. */
    public void stop() throws InterruptedException {
        stopped = true;
        inbox.close();
        tending.interrupt();
        // A listener may stop the route from the very thread that would be waited for.
        if (Thread.currentThread() != tending) {
            tending.join(STOP_LIMIT.toMillis());
        }
    }

    private Thread daemon(String role, Runnable task) {
        Thread thread = new Thread(task, names.threads() + "-" + role);
        thread.setDaemon(true);
        return thread;
    }

    private void deliver() {
        try {
            for (P payload = inbox.take(); payload != null; payload = inbox.take()) {
                deliver(payload);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private void deliver(P payload) {
        try {
            route.accept(payload);
        } catch (Throwable e) {
            LOG.error("A {} notification could not be processed", names.transport(), e);
        }
    }

    private void tend() {
        try {
            while (!stopped) {
                TimeUnit.NANOSECONDS.sleep(retry.next().toNanos());
                subscribeSafely();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private void subscribeSafely() throws InterruptedException {
        try {
            subscribeOnce();
        } catch (RuntimeException | Error e) {
            LOG.error("{} listener failed, trying on", names.server(), e);
        }
    }

    private void subscribeOnce() throws InterruptedException {
        Link link = links.create(inbox::put);
        Throwable why;
        boolean subscribed = false;
        Duration warmUp = first ? WARM_UP : Duration.ZERO;
        first = false;
        try {
            link.open(limits.openLimit().plus(warmUp));
            subscribed = true;
            long since = System.nanoTime();
            failureLogged = false;
            listener.subscribed(names.endpoint());
            why = watch(link);
            retry.stood(Duration.ofNanos(System.nanoTime() - since));
        } catch (InterruptedException stop) {
            throw stop;
        } catch (Throwable e) {
            why = e;
        } finally {
            link.abort();
        }
        if (stopped) {
            return;
        }
        if (subscribed) {
            listener.lost(names.endpoint(), why);
        } else {
            announceFailure(why);
        }
    }

    /** The first of a row is worth a line, the others only when somebody looks. */
    private void announceFailure(Throwable why) {
        if (failureLogged) {
            LOG.debug("{} listener still cannot subscribe: {}", names.server(), Reason.of(why));
        } else {
            failureLogged = true;
            LOG.warn("{} listener cannot subscribe: {}, trying on", names.server(), Reason.of(why));
        }
        listener.attemptFailed(names.endpoint(), why);
    }

    /** Returns why the link is over. */
    private Throwable watch(Link link) throws InterruptedException {
        while (true) {
            Throwable why = link.awaitLoss(limits.pingInterval());
            if (why != null) {
                LOG.warn(
                        "{} listener connection lost: {}, attempting reconnect",
                        names.server(),
                        Reason.of(why));
                return why;
            }
            why = ping(link);
            if (why != null) {
                LOG.error(
                        "{} listener ping failed: {}, attempting reconnect",
                        names.server(),
                        Reason.of(why));
                return why;
            }
        }
    }

    /** Returns why the link is taken for dead, or null when it lives. */
    private Throwable ping(Link link) throws InterruptedException {
        CompletableFuture<?> answer = link.ping();
        long received = link.received();
        long deadline = System.nanoTime() + limits.pingTimeout().toNanos();
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
                    deadline = System.nanoTime() + limits.pingTimeout().toNanos();
                } else if (System.nanoTime() >= deadline) {
                    return new TimeoutException(
                            "no answer within " + limits.pingTimeout().toMillis() + " ms");
                }
            }
        }
    }
}
