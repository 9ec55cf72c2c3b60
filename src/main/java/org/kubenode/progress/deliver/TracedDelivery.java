package org.kubenode.progress.deliver;

import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NotificationTrace;

/** Tells of each delivery twice; in place only while traces are on. */
record TracedDelivery(DeliveryListener listener, NotificationTrace trace)
        implements DeliveryListener {

    @Override
    public void delivered(Frame frame, String path) {
        listener.delivered(frame, path);
        trace.delivered(frame, path);
    }

    @Override
    public void duplicatesDropped(int messages) {
        listener.duplicatesDropped(messages);
    }

    @Override
    public void gapFilled() {
        listener.gapFilled();
    }
}
