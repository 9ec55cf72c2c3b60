package org.kubenode.progress.pgevent;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.kubenode.progress.subscription.SubscriptionListener;

/** A plain Camel context with one route from {@code pgevent:}, and what it received. */
final class Listening implements AutoCloseable, SubscriptionListener {

    static final String CHANNEL = "progress_update";

    final DefaultCamelContext context = new DefaultCamelContext();
    final List<String> received = Collections.synchronizedList(new ArrayList<>());
    final List<String> channels = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger subscriptions = new AtomicInteger();
    final List<Throwable> losses = Collections.synchronizedList(new ArrayList<>());
    final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    final List<String> names = Collections.synchronizedList(new ArrayList<>());

    private Listening(PgListenSettings settings, String uri, Consumer<String> step)
            throws Exception {
        context.getRegistry().bind("pgevent", new PgEventComponent());
        context.getRegistry().bind("settings", settings);
        context.getRegistry().bind("recorder", this);
        context.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from(uri)
                                .routeId("listen")
                                .process(e -> step.accept(e.getIn().getBody(String.class)))
                                .process(
                                        e -> {
                                            channels.add(
                                                    e.getIn().getHeader("channel", String.class));
                                            received.add(e.getIn().getBody(String.class));
                                        });
                    }
                });
        context.start();
    }

    static Listening on(int port, String applicationName) throws Exception {
        return on(settings(applicationName), uri(port), body -> {});
    }

    static Listening on(PgListenSettings settings, String uri, Consumer<String> step)
            throws Exception {
        return new Listening(settings, uri, step);
    }

    static PgListenSettings settings(String applicationName) {
        return PgListenSettings.of("postgres", "", applicationName, TlsMode.DISABLE);
    }

    static String uri(int port) {
        return uri("localhost", port);
    }

    static String uri(String host, int port) {
        return "pgevent:" + host + ":" + port + "/" + PgServer.DATABASE + "/" + CHANNEL;
    }

    Listening awaitSubscriptions(int count) {
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> subscriptions.get() >= count);
        return this;
    }

    void awaitReceived(int count) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> received.size() >= count);
    }

    /** How long the context takes to stop. */
    Duration stop() {
        long before = System.nanoTime();
        context.stop();
        return Duration.ofNanos(System.nanoTime() - before);
    }

    @Override
    public void subscribed(String endpointName) {
        names.add(endpointName);
        subscriptions.incrementAndGet();
    }

    @Override
    public void lost(String endpointName, Throwable why) {
        losses.add(why);
    }

    @Override
    public void attemptFailed(String endpointName, Throwable why) {
        failures.add(why);
    }

    @Override
    public void close() {
        context.stop();
    }
}
