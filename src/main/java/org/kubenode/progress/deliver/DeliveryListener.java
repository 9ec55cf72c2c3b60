package org.kubenode.progress.deliver;

import org.kubenode.progress.wire.Frame;

/** Counts what delivery does. */
public interface DeliveryListener {

    /**
     * A message was written to one of the sockets that waited for it. Quick, and never throws.
     *
     * @param path postgres, redis, memory, a transport's name, or poll when it came from the rows
     */
    void delivered(Frame frame, String path);

    /** Messages came that had been delivered already. */
    void duplicatesDropped(int messages);

    /** A gap is being filled from the rows. */
    void gapFilled();
}
