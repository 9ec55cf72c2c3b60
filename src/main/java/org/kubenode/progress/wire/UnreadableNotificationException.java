package org.kubenode.progress.wire;

/** What came over a channel is not a notification; it is counted and dropped. */
public class UnreadableNotificationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnreadableNotificationException(String why) {
        super(why);
    }
}
