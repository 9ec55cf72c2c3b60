package org.kubenode.progress.websocket;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/** Counts the sessions of one path: {@code websocket_…} on the Prometheus page. */
final class SocketMetrics implements SocketListener {

    private final Counter sent;
    private final Counter conflated;
    private final Counter closedSlow;
    private final MeterRegistry registry;
    private final Tags tags;

    private SocketMetrics(MeterRegistry registry, SocketSessions sessions) {
        this.registry = registry;
        this.tags = Tags.of("path", sessions.path());
        this.sent = registry.counter("websocket.sent.messages", tags);
        this.conflated = registry.counter("websocket.conflated.messages", tags);
        this.closedSlow = registry.counter("websocket.closed.slow", tags);
        Gauge.builder("websocket.sessions", sessions, SocketSessions::size)
                .description("Open WebSockets and event streams")
                .tags(tags)
                .register(registry);
        Gauge.builder("websocket.queue.messages", sessions, SocketSessions::queueDepth)
                .description("Messages that wait for their sessions")
                .tags(tags)
                .register(registry);
    }

    static void bind(MeterRegistry registry, SocketSessions sessions) {
        sessions.setListener(new SocketMetrics(registry, sessions));
    }

    @Override
    public void sent() {
        sent.increment();
    }

    @Override
    public void conflated() {
        conflated.increment();
    }

    @Override
    public void closedSlow() {
        closedSlow.increment();
    }

    @Override
    public void closed(int code) {
        registry.counter("websocket.closed", tags.and("code", Integer.toString(code))).increment();
    }
}
