package org.kubenode.progress.websocket;

/**
 * Whether a session is open, and how it ends. Nothing but state; its {@link SocketWriter} changes
 * it, under the lock of its queue.
 */
final class SessionState {

    private enum State {
        OPEN,
        /** No more is accepted; what waits is still sent. */
        CLOSING,
        CLOSED
    }

    private State state = State.OPEN;
    private boolean closeSent;
    private boolean draining;
    private int code;
    private String reason;
    private long closingSince;

    synchronized boolean isOpen() {
        return state == State.OPEN;
    }

    synchronized boolean isClosing() {
        return state == State.CLOSING;
    }

    /** Whether nothing is sent any more. */
    synchronized boolean isMute() {
        return closeSent || state == State.CLOSED;
    }

    /** Whether it takes in what comes, before it says why it closes. */
    synchronized boolean isDraining() {
        return draining && !closeSent;
    }

    /** Why it closes: the first code given. */
    synchronized int code() {
        return code;
    }

    synchronized String reason() {
        return reason;
    }

    /** When the close began, monotonic nanoseconds. */
    synchronized long closingSince() {
        return closingSince;
    }

    /**
     * @param now monotonic, nanoseconds
     * @return false when it was closing before, for another reason
     */
    synchronized boolean close(int closeCode, String closeReason, long now) {
        if (state != State.OPEN) {
            return false;
        }
        state = State.CLOSING;
        code = closeCode;
        reason = CloseCodes.reason(closeReason);
        closingSince = now;
        return true;
    }

    synchronized void drain() {
        draining = true;
    }

    /** The close frame leaves now; false when it did before. */
    synchronized boolean sendClose() {
        if (isMute()) {
            return false;
        }
        closeSent = true;
        return true;
    }

    /** The connection is gone; false when that was known. */
    synchronized boolean gone() {
        boolean news = state != State.CLOSED;
        state = State.CLOSED;
        return news;
    }
}
