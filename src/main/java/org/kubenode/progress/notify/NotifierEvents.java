package org.kubenode.progress.notify;

import org.kubenode.progress.subscription.SubscriptionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the components of postgres and redis report, told to the circuit. */
public final class NotifierEvents implements SubscriptionListener {

    private static final Logger LOG = LoggerFactory.getLogger(NotifierEvents.class);

    private final Circuit circuit;
    private boolean everSubscribed;

    public NotifierEvents(Circuit circuit) {
        this.circuit = circuit;
    }

    @Override
    public void subscribed(String endpointName) {
        if (!everSubscribed && "redis".equals(endpointName)) {
            LOG.info("Redis Pub/Sub notifier initialized");
        }
        everSubscribed = true;
        if (circuit.subscribed()) {
            LOG.info("Started {} notification subscription", circuit.snapshot().type());
        }
    }

    @Override
    public void lost(String endpointName, Throwable why) {
        circuit.lost(Reasons.of(why));
    }

    @Override
    public void attemptFailed(String endpointName, Throwable why) {
        LOG.debug("No subscription of {}: {}", endpointName, Reasons.of(why));
        circuit.attemptFailed(Reasons.of(why));
    }
}
