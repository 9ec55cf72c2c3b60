package org.kubenode.progress.websocket;

/**
 * Who is told about sessions. For each session the calls come one after the other: open, messages,
 * close. The next one comes when {@code done} was run, which may be later and in another thread.
 */
interface SocketHandler {

    /** For the last events of sessions whose consumer is gone. */
    SocketHandler NONE = new SocketHandler() {};

    default void opened(SocketSession session, Runnable done) {
        done.run();
    }

    default void message(SocketSession session, String text, Runnable done) {
        done.run();
    }

    default void closed(SocketSession session, int code, String reason, Runnable done) {
        done.run();
    }
}
