package org.kubenode.progress.subscription;

/**
 * Told of every change of a subscription. Every bean of this type in the registry is called, on the
 * thread that tends the connection: return quickly, what is thrown is logged and dropped. A stop of
 * the route is not a loss.
 */
public interface SubscriptionListener {

    /**
     * LISTEN was confirmed by the server, for the first time or again. Whatever was committed
     * before is to be read from the rows; what commits from now on is notified.
     *
     * @param endpointName the endpoint's URI without its options
     */
    void subscribed(String endpointName);

    /**
     * A standing subscription ended; attempts to renew it begin at once.
     *
     * @param endpointName the endpoint's URI without its options
     * @param why what the server or the liveness check said
     */
    void lost(String endpointName, Throwable why);

    /**
     * An attempt to subscribe failed; the next follows after the back-off, for ever.
     *
     * @param endpointName the endpoint's URI without its options
     * @param why what the server or the network said
     */
    void attemptFailed(String endpointName, Throwable why);
}
