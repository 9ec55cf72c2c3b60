package org.kubenode.progress.cluster;

import java.time.Duration;

/** One drain on its way. Used by one thread at a time. */
public interface Drain {

    /** Whether there is still something to evict or to wait for. */
    boolean isRunning();

    /**
     * Looks at what is left and evicts what can be evicted now; it never waits.
     *
     * @return one line of news, for example {@code evicted 3 of 12 pods}, or null when nothing
     *     changed
     * @throws NodeOperationException when a pod may not be evicted with these options, the drain
     *     failed or its time is over
     * @throws InterruptedException when the batch was cancelled
     */
    String advance() throws InterruptedException;

    /** How long there is nothing to do before the next step; zero for none. */
    Duration pause();

    /** What it is going to do, and what it has done so far. */
    NodePlan plan();

    /** One line for people about a finished drain. */
    String result();
}
