package org.kubenode.progress.websocket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of a session: its bounded queue, whether it is open, and whose turn it is to call
 * the transport. Nothing in it waits for the peer.
 */
final class SocketWriter {

    private static final Logger LOG = LoggerFactory.getLogger(SocketWriter.class);

    /** So many messages in one go, then the sender's thread is given back. */
    private static final int BURST = 64;

    private enum State {
        OPEN,
        /** No more is accepted; what waits is still sent. */
        CLOSING,
        CLOSED
    }

    private enum Phase {
        /** Nobody writes. */
        IDLE,
        /** Within the transport's call. */
        CALLING,
        /** The call returned, the completion has not come. */
        PENDING,
        /** The completion came within the call. */
        DONE
    }

    /** What became of a message. */
    enum Taken {
        /** Written, or it waits. */
        YES,
        /** It waits in the place of an older one. */
        CONFLATED,
        /** Closed or closing. */
        NO,
        /** Past the hard limit. */
        FULL
    }

    private final SocketSession session;
    private final SocketSessions sessions;
    private final SocketTransport transport;
    private final SocketTransport.Completion completion = this::written;

    // Guarded by the queue.
    private final OutboundQueue queue;
    private State state = State.OPEN;
    private Phase phase = Phase.IDLE;
    private boolean closeSent;
    private boolean draining;
    private Outbound writing;
    private int closeCode;
    private String closeReason;

    // Of the monotonic clock, nanoseconds.
    private volatile long sendingSince;
    private volatile long lastSent;
    private volatile long closingSince;

    SocketWriter(SocketSession session, SocketSessions sessions, SocketTransport transport) {
        this.session = session;
        this.sessions = sessions;
        this.transport = transport;
        WebSocketOptions options = sessions.options();
        this.queue =
                new OutboundQueue(
                        options.getSoftLimit(),
                        options.getHardLimit(),
                        options.getHardLimitBytes());
        this.lastSent = sessions.nanos();
    }

    boolean isOpen() {
        synchronized (queue) {
            return state == State.OPEN;
        }
    }

    boolean isClosing() {
        synchronized (queue) {
            return state == State.CLOSING;
        }
    }

    /** Messages that wait, without the one that is being written. */
    int depth() {
        synchronized (queue) {
            return queue.size();
        }
    }

    long queuedBytes() {
        synchronized (queue) {
            return queue.bytes();
        }
    }

    /** Since when the message that is being written is; 0 when none is. */
    long sendingSince() {
        return sendingSince;
    }

    /** When a message was last with the network; when it opened, before the first. */
    long lastSent() {
        return lastSent;
    }

    /** When the close began. */
    long closingSince() {
        return closingSince;
    }

    int closeCode() {
        return closeCode;
    }

    String closeReason() {
        return closeReason;
    }

    /**
     * @param conflate whether it may take the place of an older one
     */
    Taken send(Outbound message, boolean conflate) {
        synchronized (queue) {
            if (state != State.OPEN) {
                return Taken.NO;
            }
            if (phase != Phase.IDLE) {
                return switch (queue.offer(message, conflate)) {
                    case QUEUED -> Taken.YES;
                    case CONFLATED -> Taken.CONFLATED;
                    case FULL -> Taken.FULL;
                };
            }
            phase = Phase.CALLING;
            writing = message;
        }
        write(message, null);
        return Taken.YES;
    }

    /** Closes after what waits has been sent. A second close does nothing. */
    void close(int code, String reason) {
        boolean now;
        synchronized (queue) {
            if (state != State.OPEN) {
                return;
            }
            closing(code, reason);
            now = phase == Phase.IDLE;
            closeSent = now;
        }
        if (now) {
            transport.close(closeCode, closeReason);
        }
    }

    /** Closes without sending what waits. */
    void closeNow(int code, String reason) {
        synchronized (queue) {
            if (state == State.CLOSED || closeSent) {
                return;
            }
            if (state == State.OPEN) {
                closing(code, reason);
            }
            closeSent = true;
            queue.clear();
        }
        transport.close(closeCode, closeReason);
    }

    /** Takes and sends nothing more; the close itself waits for {@link #drained}. */
    void drain(int code, String reason) {
        synchronized (queue) {
            if (state == State.OPEN) {
                closing(code, reason);
                queue.clear();
                draining = true;
            }
        }
    }

    /** Whether {@link #drain} waits for {@link #drained}. */
    boolean isDraining() {
        synchronized (queue) {
            return draining && !closeSent;
        }
    }

    void drained() {
        closeNow(closeCode, closeReason);
    }

    /**
     * The connection is gone. What was decided here counts more than what the network says.
     *
     * @return false when that was known
     */
    boolean closed(int code, String reason) {
        synchronized (queue) {
            if (state == State.CLOSED) {
                return false;
            }
            if (state == State.OPEN) {
                closing(code, reason);
            }
            state = State.CLOSED;
            closeSent = true;
            queue.clear();
            return true;
        }
    }

    private void closing(int code, String reason) {
        state = State.CLOSING;
        closeCode = code;
        closeReason = CloseCodes.reason(reason);
        closingSince = sessions.nanos();
    }

    private void write(Outbound first, Outbound firstSkippedOfFirst) {
        Outbound message = first;
        Outbound firstSkipped = firstSkippedOfFirst;
        for (int sent = 1; ; sent++) {
            sendingSince = sessions.nanos() | 1;
            try {
                transport.send(message, firstSkipped, completion);
            } catch (RuntimeException e) {
                written(e);
            }
            OutboundQueue.Entry next;
            synchronized (queue) {
                if (phase == Phase.CALLING) {
                    phase = Phase.PENDING;
                    return;
                }
                next = next();
            }
            if (next == null) {
                closeIfDue();
                return;
            }
            message = next.message();
            firstSkipped = next.firstSkipped();
            if (sent == BURST) {
                sessions.execute(() -> write(next.message(), next.firstSkipped()));
                return;
            }
        }
    }

    /** The network took the message, or failed. Within the call of send, or later, elsewhere. */
    private void written(Throwable failure) {
        Outbound message;
        OutboundQueue.Entry next;
        sendingSince = 0;
        synchronized (queue) {
            message = writing;
        }
        if (failure == null) {
            lastSent = sessions.nanos();
            sessions.listener().sent();
            tellSent(message);
        } else {
            LOG.debug("{} could not send: {}", session, failure.toString());
            closeNow(CloseCodes.INTERNAL_ERROR, "cannot send");
        }
        synchronized (queue) {
            if (phase == Phase.CALLING) {
                phase = Phase.DONE;
                return;
            }
            next = next();
        }
        if (next == null) {
            closeIfDue();
        } else {
            write(next.message(), next.firstSkipped());
        }
    }

    private void tellSent(Outbound message) {
        try {
            message.sent(session);
        } catch (RuntimeException e) {
            LOG.warn("A message's own callback failed", e);
        }
    }

    /** Takes the next message; the caller holds the queue. */
    private OutboundQueue.Entry next() {
        OutboundQueue.Entry next = closeSent || state == State.CLOSED ? null : queue.poll();
        phase = next == null ? Phase.IDLE : Phase.CALLING;
        writing = next == null ? null : next.message();
        return next;
    }

    private void closeIfDue() {
        synchronized (queue) {
            if (state != State.CLOSING || closeSent || phase != Phase.IDLE || draining) {
                return;
            }
            closeSent = true;
        }
        transport.close(closeCode, closeReason);
    }
}
