package org.kubenode.progress.notify;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the components of postgres and redis report, told to the circuit. */
public final class NotifierEvents {

    private static final Logger LOG = LoggerFactory.getLogger(NotifierEvents.class);

    private final Circuit circuit;

    public NotifierEvents(Circuit circuit) {
        this.circuit = circuit;
    }

    /** A subscription stands, for the first time or again. */
    public void subscribed(String endpointName) {
        circuit.subscribed();
    }

    /** A subscription ended; its component seeks it again. */
    public void lost(String endpointName, Throwable why) {
        circuit.lost(Reasons.of(why));
    }

    /** An attempt failed; its component goes on. */
    public void attemptFailed(String endpointName, Throwable why) {
        LOG.debug("No subscription of {}: {}", endpointName, Reasons.of(why));
        circuit.attemptFailed(Reasons.of(why));
    }
}
