package org.kubenode.progress.websocket;

/** What can be counted. Called from many threads; must be quick and must not throw. */
public interface SocketListener {

    SocketListener NONE = new SocketListener() {};

    /** A message was handed to the network for one session. */
    default void sent() {}

    /** A waiting message was replaced by a newer one. */
    default void conflated() {}

    /** A session was closed because its peer does not read fast enough. */
    default void closedSlow() {}

    /** A session is gone, with its close code. */
    default void closed(int code) {}
}
