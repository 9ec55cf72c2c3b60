package org.kubenode.progress.batch;

import java.util.concurrent.Semaphore;

/** Places for node operations of one replica. */
final class Places extends Semaphore {

    private static final long serialVersionUID = 1L;

    Places(int places) {
        super(places);
    }

    /** Takes one whether there is one or not, for what cannot be left half done. */
    void acquireAnyway() {
        reducePermits(1);
    }
}
