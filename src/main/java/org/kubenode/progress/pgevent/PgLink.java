package org.kubenode.progress.pgevent;

import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.postgresql.client.SSLMode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.kubenode.progress.subscription.Link;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * One connection that listens, from its first packet to its end; never reused.
 *
 * <p>It owns its event loop (one thread). {@link #abort} ends that loop, which closes the socket
 * whatever the driver was doing: connecting, logging in, or waiting for a server that is dead. So
 * an attempt that was given up leaks no connection, and nothing ever waits for the far side.
 */
final class PgLink implements Link {

    private static final Duration LOCAL_CLOSE_LIMIT = Duration.ofMillis(250);

    private final PgEventAddress address;
    private final PgListenSettings settings;
    private final Consumer<String> payloads;
    private final LoopResources loop;
    private final CompletableFuture<Throwable> lost = new CompletableFuture<>();
    private final AtomicLong received = new AtomicLong();
    private final Object gate = new Object();
    private boolean aborted;
    private volatile PostgresqlConnection connection;

    /**
     * @param payloads called on the event loop, in order; may block, which holds the server back
     */
    PgLink(PgEventAddress address, PgListenSettings settings, Consumer<String> payloads) {
        this.address = address;
        this.settings = settings;
        this.payloads = payloads;
        this.loop = LoopResources.create("pgevent-" + address.channel(), 1, 1, true);
    }

    /**
     * Connects, logs in and listens.
     *
     * @param limit for all of it; the TCP connection has its own, shorter one
     */
    @Override
    public void open(Duration limit) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        connection = await(new PostgresqlConnectionFactory(configuration()).create(), deadline);
        // Before LISTEN, because the driver drops what nobody has subscribed to; and without a
        // limit,
        // because it ends a subscription that lags.
        connection
                .getNotifications()
                .subscribe(
                        notification -> deliver(notification.getParameter()),
                        lost::complete,
                        () -> lost.complete(new IOException("the server closed the connection")));
        String quoted = '"' + address.channel().replace("\"", "\"\"") + '"';
        await(run("LISTEN " + quoted), deadline);
    }

    /** Waits at most {@code limit} for the link to end; null while it stands. */
    @Override
    public Throwable awaitLoss(Duration limit) throws InterruptedException {
        try {
            return lost.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException standing) {
            return null;
        } catch (ExecutionException impossible) {
            return impossible.getCause();
        }
    }

    /** Notifications received so far. */
    @Override
    public long received() {
        return received.get();
    }

    /** Asks the server for an answer; completes with it, or exceptionally. */
    @Override
    public CompletableFuture<Void> ping() {
        return run("SELECT 1").toFuture();
    }

    /** Ends the link now, without a word from the server; nothing is delivered afterwards. */
    @Override
    public void abort() {
        synchronized (gate) {
            aborted = true;
        }
        PostgresqlConnection open = connection;
        if (open != null) {
            open.close().subscribe(done -> {}, alreadyBroken -> {});
        }
        CompletableFuture<Void> ended =
                loop.disposeLater(Duration.ZERO, LOCAL_CLOSE_LIMIT).toFuture();
        try {
            ended.get(LOCAL_CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException endsLater) {
            // The loop's thread is in a name look-up, say; it closes the socket when it is back.
        }
    }

    private void deliver(String payload) {
        synchronized (gate) {
            if (!aborted) {
                received.incrementAndGet();
                payloads.accept(payload);
            }
        }
    }

    private Mono<Void> run(String statement) {
        return connection
                .createStatement(statement)
                .execute()
                .concatMap(PostgresqlResult::getRowsUpdated)
                .then();
    }

    private static <T> T await(Mono<T> step, long deadline) throws Exception {
        CompletableFuture<T> answer = step.toFuture();
        try {
            return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException silence) {
            throw new TimeoutException("no answer from the server");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private PostgresqlConnectionConfiguration configuration() {
        PostgresqlConnectionConfiguration.Builder builder =
                PostgresqlConnectionConfiguration.builder()
                        .host(address.host())
                        .port(address.port())
                        .database(address.database())
                        .username(settings.username())
                        .password(settings.password())
                        .applicationName(settings.applicationName())
                        .connectTimeout(settings.connectTimeout())
                        .sslMode(SSLMode.fromValue(settings.tls().value()))
                        .tcpNoDelay(true)
                        .autodetectExtensions(false)
                        .loopResources(loop);
        if (settings.rootCertificate() != null) {
            builder.sslRootCert(settings.rootCertificate().toString());
        }
        return builder.build();
    }
}
