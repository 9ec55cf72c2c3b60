package org.kubenode.progress.subscription;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls all of them; one that throws harms neither the others nor the subscription. */
final class EverySubscriptionListener implements SubscriptionListener {

    private static final Logger LOG = LoggerFactory.getLogger(EverySubscriptionListener.class);

    private final List<SubscriptionListener> listeners;

    EverySubscriptionListener(Collection<SubscriptionListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    @Override
    public void subscribed(String endpointName) {
        each(listener -> listener.subscribed(endpointName));
    }

    @Override
    public void lost(String endpointName, Throwable why) {
        each(listener -> listener.lost(endpointName, why));
    }

    @Override
    public void attemptFailed(String endpointName, Throwable why) {
        each(listener -> listener.attemptFailed(endpointName, why));
    }

    private void each(Consumer<SubscriptionListener> call) {
        for (SubscriptionListener listener : listeners) {
            try {
                call.accept(listener);
            } catch (Throwable e) {
                LOG.warn("A subscription listener failed: {}", listener.getClass().getName(), e);
            }
        }
    }
}
