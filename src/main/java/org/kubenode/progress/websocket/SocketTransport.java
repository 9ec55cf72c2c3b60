package org.kubenode.progress.websocket;

/** The network side of one session. Nothing in it blocks. */
interface SocketTransport {

    /** Told once for each {@link #send}, possibly before that returns. */
    interface Completion {
        /**
         * @param failure null when the message was handed to the network
         */
        void done(Throwable failure);
    }

    /**
     * Sends one message. The session calls it again only after the completion.
     *
     * @param firstSkipped the first message that this one replaced; null when none was skipped
     * @param more whether another one, or the close, follows at once: then this may wait to leave
     *     together with it
     */
    void send(Outbound message, Outbound firstSkipped, boolean more, Completion completion);

    /** Asks the peer for a sign of life. */
    void ping();

    /** Whether a living peer answers a ping. */
    boolean answersPings();

    /** Closes politely, after what was sent before. */
    void close(int code, String reason);

    /** Cuts the connection. */
    void abort();
}
