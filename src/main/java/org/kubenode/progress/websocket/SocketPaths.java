package org.kubenode.progress.websocket;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Which path has which sessions. The component's consumers fill it, the filter reads it. */
public final class SocketPaths {

    private final Executor executor;
    private final LongSupplier nanos;
    private final Clock clock;
    private final Map<String, SocketSessions> byPath = new ConcurrentHashMap<>();
    private final Map<String, SocketSessions> webSockets = new ConcurrentHashMap<>();
    private final Map<String, SocketSessions> streams = new ConcurrentHashMap<>();

    private volatile Consumer<SocketSessions> newPath = sessions -> {};

    SocketPaths(Executor executor, LongSupplier nanos, Clock clock) {
        this.executor = executor;
        this.nanos = nanos;
        this.clock = clock;
    }

    /** The sessions of a path, which need not be served yet. Never null. */
    public SocketSessions sessions(String path) {
        return byPath.computeIfAbsent(path, this::create);
    }

    private SocketSessions create(String path) {
        SocketSessions sessions = new SocketSessions(path, executor, nanos, clock);
        newPath.accept(sessions);
        return sessions;
    }

    Collection<SocketSessions> all() {
        return byPath.values();
    }

    /** Calls this with each path's sessions, from now on. */
    void onNewPath(Consumer<SocketSessions> consumer) {
        byPath.values().forEach(consumer);
        newPath = consumer;
    }

    void serve(SocketSessions sessions, String ssePath) {
        if (webSockets.putIfAbsent(sessions.path(), sessions) != null) {
            throw new IllegalStateException(sessions.path() + " is served by another route");
        }
        if (ssePath != null && streams.putIfAbsent(ssePath, sessions) != null) {
            webSockets.remove(sessions.path());
            throw new IllegalStateException(ssePath + " is served by another route");
        }
    }

    /** Takes nobody any more and closes whom it has with 1012; for a server that stops. */
    void shutDown() throws InterruptedException {
        Collection<SocketSessions> served = List.copyOf(webSockets.values());
        served.forEach(this::stopServing);
        served.forEach(
                sessions -> sessions.closeAll(CloseCodes.SERVICE_RESTART, "service restart"));
        for (SocketSessions sessions : served) {
            sessions.awaitNone(WebSocketConsumer.STOP_WAIT);
        }
    }

    void stopServing(SocketSessions sessions) {
        webSockets.values().remove(sessions);
        streams.values().remove(sessions);
    }

    /** The sessions whose WebSocket has this path, or null. */
    SocketSessions webSocket(String path) {
        return webSockets.get(path);
    }

    /** The sessions whose event stream has this path, or null. */
    SocketSessions stream(String path) {
        return streams.get(path);
    }
}
