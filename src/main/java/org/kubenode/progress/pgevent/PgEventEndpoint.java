package org.kubenode.progress.pgevent;

import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.CamelContextHelper;
import org.apache.camel.support.DefaultEndpoint;
import org.kubenode.progress.subscription.RetryPolicy;
import org.kubenode.progress.subscription.Subscription;
import org.kubenode.progress.subscription.SubscriptionListener;

/**
 * {@code pgevent:host:port/database/channel}. Consumes only: to notify, a route's {@code sql:} step
 * calls {@code pg_notify} in the transaction whose commit it announces.
 *
 * <p>The body is the payload as a String; the header {@code channel} names the channel.
 */
public class PgEventEndpoint extends DefaultEndpoint {

    /** The header that names the channel, as in camel-pgevent. */
    public static final String HEADER_CHANNEL = "channel";

    private final PgEventAddress address;
    private PgListenSettings settings;
    private long pingInterval = 2_000;
    private long pingTimeout = 2_000;
    private int queueSize = 1_024;

    PgEventEndpoint(String uri, PgEventComponent component, PgEventAddress address) {
        super(uri, component);
        this.address = address;
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException(
                "pgevent: only consumes; notify with SELECT pg_notify(channel, payload) in sql:");
    }

    @Override
    public org.apache.camel.Consumer createConsumer(Processor processor) throws Exception {
        PgEventConsumer consumer = new PgEventConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    Subscription<String> newSubscription(Consumer<String> route) {
        PgListenSettings login = settings();
        PgEventAddress target = address.via(login.host(), login.port());
        Duration answer = Duration.ofMillis(pingTimeout);
        return new Subscription<>(
                new Subscription.Names("postgres", "PostgreSQL", getEndpointBaseUri(), "pgevent"),
                new Subscription.Limits(
                        login.connectTimeout().plus(answer),
                        Duration.ofMillis(pingInterval),
                        answer,
                        queueSize),
                payloads -> new PgLink(target, login, payloads),
                route,
                new RetryPolicy(System::nanoTime, RandomGenerator.getDefault()::nextDouble),
                listeners());
    }

    private PgListenSettings settings() {
        return settings != null
                ? settings
                : CamelContextHelper.mandatoryFindSingleByType(
                        getCamelContext(), PgListenSettings.class);
    }

    private Set<SubscriptionListener> listeners() {
        return getCamelContext().getRegistry().findByType(SubscriptionListener.class);
    }

    public String getHost() {
        return address.host();
    }

    public int getPort() {
        return address.port();
    }

    public String getDatabase() {
        return address.database();
    }

    public String getChannel() {
        return address.channel();
    }

    /**
     * How to log in, when the registry holds more than one {@link PgListenSettings}: {@code
     * settings=#name}. By default the only one of its type.
     */
    public void setSettings(PgListenSettings settings) {
        this.settings = settings;
    }

    public long getPingInterval() {
        return pingInterval;
    }

    /** Milliseconds between two liveness checks, above zero; 2000 by default. */
    public void setPingInterval(long pingInterval) {
        this.pingInterval = positive("pingInterval", pingInterval);
    }

    public long getPingTimeout() {
        return pingTimeout;
    }

    /** Milliseconds to wait for the answer to one, above zero; 2000 by default. */
    public void setPingTimeout(long pingTimeout) {
        this.pingTimeout = positive("pingTimeout", pingTimeout);
    }

    public int getQueueSize() {
        return queueSize;
    }

    /**
     * Notifications (each under 8,000 bytes) held for a slow route before the socket is no longer
     * read, above zero; 1024 by default.
     */
    public void setQueueSize(int queueSize) {
        this.queueSize = (int) positive("queueSize", queueSize);
    }

    private static long positive(String option, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(option + " must be above zero, not " + value);
        }
        return value;
    }
}
