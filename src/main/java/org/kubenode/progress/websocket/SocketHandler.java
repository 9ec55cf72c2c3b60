package org.kubenode.progress.websocket;

/**
 * Who is told about sessions. For each session the calls come one after the other: open, messages,
 * close. The next one comes when {@code done} was run, which may be later and in another thread.
 */
interface SocketHandler {

    void opened(SocketSession session, Runnable done);

    void message(SocketSession session, String text, Runnable done);

    void closed(SocketSession session, int code, String reason, Runnable done);
}
