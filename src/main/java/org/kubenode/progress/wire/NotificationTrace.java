package org.kubenode.progress.wire;

/**
 * Follows notifications from the replica that sends them to the socket. Quick, and never throws.
 */
public interface NotificationTrace {

    /** Traces nothing, and costs nothing. */
    NotificationTrace NONE =
            new NotificationTrace() {
                @Override
                public Notification sent(Notification notification) {
                    return notification;
                }

                @Override
                public void received(Notification notification) {}

                @Override
                public void delivered(Frame frame, String path) {}
            };

    /**
     * A notification is about to go out.
     *
     * @return the same, or the same with a {@code traceparent}
     */
    Notification sent(Notification notification);

    /** A transport brought a notification that somebody here waits for. */
    void received(Notification notification);

    /**
     * A message was written to one of the sockets that waited for it.
     *
     * @param path postgres, redis, memory, a transport's name, or poll
     */
    void delivered(Frame frame, String path);
}
