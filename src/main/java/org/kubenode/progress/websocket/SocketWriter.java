package org.kubenode.progress.websocket;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of a session: its bounded queue, and whose turn it is to call the transport.
 * Nothing in it waits for the peer.
 */
final class SocketWriter {

    private static final Logger LOG = LoggerFactory.getLogger(SocketWriter.class);

    /** So many messages in one go, then the sender's thread is given back. */
    static final int BURST = 64;

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

    private final SocketSession session;
    private final SocketSessions sessions;
    private final SocketTransport transport;
    private final SocketTransport.Completion completion = this::written;

    // Guarded by the queue.
    private final OutboundQueue queue;
    private final SessionState state;
    private Phase phase = Phase.IDLE;

    // What was sent together when nobody wrote: before the queue, for its peer is not slow.
    private List<Outbound> together = List.of();
    private int place;

    // Of whoever's turn it is: what it writes, what that replaced, whether more waits behind it.
    private Outbound writing;
    private Outbound firstSkipped;
    private boolean more;

    // Of the monotonic clock, nanoseconds.
    private volatile long sendingSince;
    private volatile long lastSent;

    SocketWriter(
            SocketSession session,
            SocketSessions sessions,
            SessionState state,
            SocketTransport transport) {
        this.session = session;
        this.sessions = sessions;
        this.state = state;
        this.transport = transport;
        WebSocketOptions options = sessions.options();
        this.queue =
                new OutboundQueue(
                        options.getSoftLimit(),
                        options.getHardLimit(),
                        options.getHardLimitBytes());
        this.lastSent = sessions.nanos();
    }

    /** Messages that wait, without the one that is being written. */
    int depth() {
        synchronized (queue) {
            return queue.size() + together.size() - place;
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

    /**
     * Takes messages in order, and writes them if nobody else does: together, as far as the network
     * takes them. Past the hard limit it closes.
     *
     * @param messages at most {@link #BURST}
     * @param conflate whether one may take the place of an older one
     * @return whether it is open
     */
    boolean send(List<Outbound> messages, boolean conflate) {
        int conflated;
        boolean full = false;
        boolean mine;
        synchronized (queue) {
            if (!state.isOpen()) {
                return false;
            }
            mine = phase == Phase.IDLE;
            if (mine) {
                // A socket that is written to at once never allocates a queue.
                together = messages;
                place = 0;
                next();
            } else {
                for (Outbound message : messages) {
                    full |= queue.offer(message, conflate) == OutboundQueue.Offer.FULL;
                }
            }
            conflated = queue.takeConflated();
        }
        for (int i = 0; i < conflated; i++) {
            sessions.listener().conflated();
        }
        if (mine) {
            write();
        }
        if (full) {
            closeSlow();
        }
        return !full;
    }

    void closeSlow() {
        sessions.listener().closedSlow();
        closeNow(CloseCodes.TRY_AGAIN_LATER, "slow consumer");
    }

    /** Closes after what waits has been sent. A second close does nothing. */
    void close(int code, String reason) {
        synchronized (queue) {
            if (!state.close(code, reason, sessions.nanos())
                    || phase != Phase.IDLE
                    || !state.sendClose()) {
                return;
            }
        }
        transport.close(state.code(), state.reason());
    }

    /** Closes without sending what waits. */
    void closeNow(int code, String reason) {
        synchronized (queue) {
            state.close(code, reason, sessions.nanos());
            if (!state.sendClose()) {
                return;
            }
            drop();
        }
        transport.close(state.code(), state.reason());
    }

    /** Takes and sends nothing more; the close itself waits for {@link #drained}. */
    void drain(int code, String reason) {
        synchronized (queue) {
            if (state.close(code, reason, sessions.nanos())) {
                drop();
                state.drain();
            }
        }
    }

    /** What {@link #drain} waited for is over. */
    void drained() {
        if (state.isDraining()) {
            closeNow(state.code(), state.reason());
        }
    }

    /**
     * The connection is gone. What was decided here counts more than what the network says.
     *
     * @return false when that was known
     */
    boolean closed(int code, String reason) {
        synchronized (queue) {
            state.close(code, reason, sessions.nanos());
            drop();
            return state.gone();
        }
    }

    private void write() {
        for (int sent = 1; ; sent++) {
            sendingSince = sessions.nanos() | 1;
            try {
                transport.send(writing, firstSkipped, more && sent < BURST, completion);
            } catch (Throwable e) {
                written(e);
            }
            boolean left;
            synchronized (queue) {
                if (phase == Phase.CALLING) {
                    phase = Phase.PENDING;
                    return;
                }
                left = next();
            }
            if (!left) {
                closeIfDue();
                return;
            }
            if (sent == BURST) {
                sessions.execute(this::write);
                return;
            }
        }
    }

    /** The network took the message, or failed. Within the call of send, or later, elsewhere. */
    private void written(Throwable failure) {
        Outbound message;
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
        boolean left;
        synchronized (queue) {
            if (phase == Phase.CALLING) {
                phase = Phase.DONE;
                return;
            }
            left = next();
        }
        if (left) {
            write();
        } else {
            closeIfDue();
        }
    }

    private void tellSent(Outbound message) {
        try {
            message.sent(session);
        } catch (Throwable e) {
            LOG.warn("A message's own callback failed", e);
        }
    }

    /** Takes the next message, if any; the caller holds the queue. */
    private boolean next() {
        writing = null;
        firstSkipped = null;
        if (place < together.size()) {
            writing = together.get(place++);
        } else {
            OutboundQueue.Entry next = state.isMute() ? null : queue.poll();
            together = List.of();
            place = 0;
            if (next != null) {
                writing = next.message();
                firstSkipped = next.firstSkipped();
            }
        }
        more = place < together.size() || !queue.isEmpty();
        phase = writing == null ? Phase.IDLE : Phase.CALLING;
        return writing != null;
    }

    /** Nothing that waits is sent; the caller holds the queue. */
    private void drop() {
        queue.clear();
        together = List.of();
        place = 0;
    }

    private void closeIfDue() {
        synchronized (queue) {
            if (!state.isClosing()
                    || phase != Phase.IDLE
                    || state.isDraining()
                    || !state.sendClose()) {
                return;
            }
        }
        transport.close(state.code(), state.reason());
    }
}
