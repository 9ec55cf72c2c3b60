package org.kubenode.progress.notify;

/** How messages reach this replica at present: notifications, the poll of the rows, or both. */
public enum NotifierState {
    /** Probes come back: notifications, and a slow poll as backup. */
    REALTIME,
    /** The link is lost or silent: the fast poll has begun, the first attempts are under way. */
    RECONNECTING,
    /** The attempts failed, or polling was asked for: the poll alone, while attempts go on. */
    POLLING,
    /** The link is back: notifications and the fast poll together, until it has proved itself. */
    RECOVERING
}
