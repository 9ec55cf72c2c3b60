package org.kubenode.progress.cluster;

/** One drain on its way. Used by one thread at a time. */
public interface Drain {

    /** Whether there is still something to evict or to wait for. */
    boolean isRunning();

    /**
     * Evicts what can be evicted now, or waits a little for pods to go.
     *
     * @return one line of news, for example {@code evicted 3 of 12 pods}, or null when nothing
     *     changed
     * @throws NodeOperationException when the drain failed or its time is over
     * @throws InterruptedException when the batch was cancelled
     */
    String advance() throws InterruptedException;

    /** One line for people about a finished drain. */
    String result();
}
