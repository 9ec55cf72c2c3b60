package org.kubenode.progress.subscription;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** One connection that listens, from its first packet to its end; never reused. */
public interface Link {

    /** Makes the link of one attempt. */
    @FunctionalInterface
    interface Factory<P> {

        /**
         * @param payloads takes what arrives, in order, on one thread; may block, which holds the
         *     server back
         */
        Link create(Consumer<P> payloads);
    }

    /**
     * Connects, logs in and listens.
     *
     * @param limit for all of it
     * @throws Exception what the server or the network said
     */
    void open(Duration limit) throws Exception;

    /** Waits at most {@code limit} for the link to end; why it did, or null while it stands. */
    Throwable awaitLoss(Duration limit) throws InterruptedException;

    /** Asks the server for a sign of life. */
    CompletableFuture<?> ping();

    /** How many payloads have arrived. */
    long received();

    /** Ends the link now, without a word from the server; nothing is delivered afterwards. */
    void abort();
}
