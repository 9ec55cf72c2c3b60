package org.kubenode.progress.websocket;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to another server, which is made again for as long as somebody uses it. */
final class SocketClient implements SocketHandler {

    private static final Logger LOG = LoggerFactory.getLogger(SocketClient.class);

    private final WebSocketEndpoint endpoint;
    private final SocketSessions sessions;
    private final Executor executor;
    private int users;
    private boolean failing;
    private SocketHandler consumer;
    private CompletableFuture<SocketSession> session = new CompletableFuture<>();

    SocketClient(WebSocketEndpoint endpoint, SocketSessions sessions, Executor executor) {
        this.endpoint = endpoint;
        this.sessions = sessions;
        this.executor = executor;
    }

    /**
     * Keeps the connection from now on.
     *
     * @param handler who is told of events; null for a producer
     */
    synchronized void use(SocketHandler handler) {
        if (handler != null) {
            consumer = handler;
        }
        if (users++ == 0) {
            sessions.serve(this, endpoint.getOptions());
            executor.execute(this::connect);
        }
    }

    synchronized void leave() {
        if (--users == 0) {
            sessions.closeAll(CloseCodes.NORMAL, null);
            consumer = null;
        }
    }

    /**
     * @return the open session
     * @throws IOException when there is none within the given time
     */
    SocketSession session(long millis) throws IOException, InterruptedException {
        CompletableFuture<SocketSession> current;
        synchronized (this) {
            current = session;
        }
        try {
            return current.get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            throw new IOException("Not connected to " + endpoint.getPath(), e);
        }
    }

    private void connect() {
        if (!isUsed()) {
            return;
        }
        ClientEndpointConfig.Builder config = ClientEndpointConfig.Builder.create();
        if (endpoint.getSubprotocols() != null) {
            config.preferredSubprotocols(List.of(endpoint.getSubprotocols().split("\\s*,\\s*")));
        }
        if (endpoint.getClientConfigurator() != null) {
            config.configurator(endpoint.getClientConfigurator());
        }
        try {
            endpoint.getComponent()
                    .client()
                    .connectToServer(
                            new SocketEndpoint(sessions),
                            config.build(),
                            URI.create(endpoint.getTarget()));
            failing = false;
        } catch (IOException | DeploymentException | RuntimeException e) {
            if (!failing) {
                LOG.warn(
                        "Cannot connect to {}: {}; trying again every {} ms",
                        endpoint.getPath(),
                        e.getMessage(),
                        endpoint.getReconnectDelay());
            }
            failing = true;
            connectLater();
        }
    }

    private synchronized boolean isUsed() {
        return users > 0;
    }

    private void connectLater() {
        CompletableFuture.delayedExecutor(
                        endpoint.getReconnectDelay(), TimeUnit.MILLISECONDS, executor)
                .execute(this::connect);
    }

    private synchronized SocketHandler consumer() {
        return consumer;
    }

    @Override
    public void opened(SocketSession opened, Runnable done) {
        synchronized (this) {
            session.complete(opened);
        }
        SocketHandler told = consumer();
        if (told == null) {
            done.run();
        } else {
            told.opened(opened, done);
        }
    }

    @Override
    public void message(SocketSession from, String text, Runnable done) {
        SocketHandler told = consumer();
        if (told == null) {
            done.run();
        } else {
            told.message(from, text, done);
        }
    }

    @Override
    public void closed(SocketSession closed, int code, String reason, Runnable done) {
        synchronized (this) {
            session = new CompletableFuture<>();
        }
        connectLater();
        SocketHandler told = consumer();
        if (told == null) {
            done.run();
        } else {
            told.closed(closed, code, reason, done);
        }
    }
}
