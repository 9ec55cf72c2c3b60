package org.kubenode.progress.websocket;

import java.security.Principal;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One peer: a WebSocket, or an event stream. It has one bounded queue and one writer, whoever and
 * however many send: {@link #send} never waits for the peer, and what one thread sends arrives in
 * the order in which it was sent.
 */
public final class SocketSession {

    private static final Logger LOG = LoggerFactory.getLogger(SocketSession.class);

    /** So many messages in one go, then the sender's thread is given back. */
    private static final int BURST = 64;

    /** So many client messages may wait for a route. */
    private static final int MAX_WAITING_EVENTS = 256;

    /** What a flood already sent is taken in by then. */
    private static final long DRAIN_NANOS = 200_000_000;

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

    private final String id;
    private final Principal principal;
    private final Map<String, String> query;
    private final SocketSessions sessions;
    private final SocketTransport transport;
    private final SerialEvents events = new SerialEvents();
    private final SocketTransport.Completion completion = this::written;
    private volatile Map<String, Object> attributes;

    // Guarded by the queue.
    private final OutboundQueue queue;
    private State state = State.OPEN;
    private Phase phase = Phase.IDLE;
    private boolean closeSent;
    private Outbound writing;
    private int closeCode;
    private String closeReason;

    private volatile boolean announced;

    // Clocks of the keeper, nanoseconds.
    private volatile long sendingSince;
    private volatile long closingSince;
    private volatile long drainedAt;
    private volatile long heard;
    private volatile long active;
    private volatile long nextPing;
    private RateLimit rate;

    SocketSession(
            String id,
            Principal principal,
            Map<String, String> query,
            SocketSessions sessions,
            SocketTransport transport) {
        this.id = id;
        this.principal = principal;
        this.query = query;
        this.sessions = sessions;
        this.transport = transport;
        WebSocketOptions options = sessions.options();
        this.queue =
                new OutboundQueue(
                        options.getSoftLimit(),
                        options.getHardLimit(),
                        options.getHardLimitBytes());
        long now = sessions.nanos();
        this.heard = now;
        this.active = now;
        this.nextPing = now + millis(options.getPingInterval());
    }

    /** Unique in this process; short, for logs. */
    public String id() {
        return id;
    }

    /** The principal's name, or null. */
    public String user() {
        return principal == null ? null : principal.getName();
    }

    /** Who opened it, or null. */
    public Principal principal() {
        return principal;
    }

    /** The query's parameters, of several values the first. Unmodifiable; without secrets. */
    public Map<String, String> query() {
        return query;
    }

    /** A place for whoever uses the session; safe for several threads. */
    public Map<String, Object> attributes() {
        Map<String, Object> map = attributes;
        if (map == null) {
            synchronized (events) {
                map = attributes;
                if (map == null) {
                    map = new ConcurrentHashMap<>(4);
                    attributes = map;
                }
            }
        }
        return map;
    }

    /** The path of its endpoint, such as {@code /api/v1/progress/ws}. */
    public String path() {
        return sessions.path();
    }

    public boolean isOpen() {
        synchronized (queue) {
            return state == State.OPEN;
        }
    }

    /** Messages that wait, without the one that is being written. */
    public int queueDepth() {
        synchronized (queue) {
            return queue.size();
        }
    }

    /** Bytes of the messages that wait. They may be shared with other sessions. */
    public long queuedBytes() {
        synchronized (queue) {
            return queue.bytes();
        }
    }

    /**
     * Sends a message after those before it; never waits. A session past its hard limit is closed
     * with 1013.
     *
     * @return false when the session is closed or closing
     */
    public boolean send(Outbound message) {
        boolean write = false;
        OutboundQueue.Offer offer = OutboundQueue.Offer.QUEUED;
        synchronized (queue) {
            if (state != State.OPEN) {
                return false;
            }
            if (phase == Phase.IDLE) {
                write = true;
                phase = Phase.CALLING;
                writing = message;
            } else {
                offer = queue.offer(message, conflates());
            }
        }
        if (write) {
            write(message, null);
            return true;
        }
        if (offer == OutboundQueue.Offer.FULL) {
            sessions.listener().closedSlow();
            closeNow(CloseCodes.TRY_AGAIN_LATER, "slow consumer");
            return false;
        }
        if (offer == OutboundQueue.Offer.CONFLATED) {
            sessions.listener().conflated();
        }
        return true;
    }

    /** {@link #send(Outbound)} for a text that is never skipped. */
    public boolean send(String text) {
        return send(Outbound.of(text));
    }

    /**
     * Closes the session after what waits has been sent. A second close does nothing.
     *
     * @param code 1000 to 4999 as RFC 6455 allows
     * @param reason cut to 123 bytes; null for none
     */
    public void close(int code, String reason) {
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

    /**
     * Closes a little later, and drops what comes until then: a connection that is closed with
     * unread input is reset, and the peer would see neither code nor reason.
     */
    private void closeOnceDrained(int code, String reason) {
        synchronized (queue) {
            if (state == State.OPEN) {
                closing(code, reason);
                queue.clear();
                drainedAt = sessions.nanos() + DRAIN_NANOS;
            }
        }
    }

    private void closing(int code, String reason) {
        state = State.CLOSING;
        closeCode = code;
        closeReason = CloseCodes.reason(reason);
        closingSince = sessions.nanos();
    }

    private boolean conflates() {
        Map<String, Object> map = attributes;
        return map == null || !Boolean.FALSE.equals(map.get(WebSocketConstants.CONFLATE));
    }

    // ---- the writer

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
            active = sessions.nanos();
            sessions.listener().sent();
            tellSent(message);
        } else {
            failed(failure);
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
            message.sent(this);
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
            if (state != State.CLOSING || closeSent || phase != Phase.IDLE || drainedAt != 0) {
                return;
            }
            closeSent = true;
        }
        transport.close(closeCode, closeReason);
    }

    private void failed(Throwable failure) {
        LOG.debug("Session {} could not send: {}", id, failure.toString());
        closeNow(CloseCodes.INTERNAL_ERROR, "cannot send");
    }

    // ---- what the transport reports

    void opened() {
        announced = true;
        events.add(done -> sessions.handler().opened(this, done));
    }

    /** The peer gave a sign of life. */
    void heard() {
        heard = sessions.nanos();
    }

    void received(String text) {
        long now = sessions.nanos();
        heard = now;
        active = now;
        synchronized (queue) {
            if (state != State.OPEN) {
                return;
            }
        }
        WebSocketOptions options = sessions.options();
        if (rate == null) {
            rate = new RateLimit(options.getMaxRate(), options.getMaxBurst(), now);
        }
        if (!rate.allows(now)) {
            closeOnceDrained(
                    CloseCodes.POLICY, "more than " + options.getMaxRate() + " messages a second");
            return;
        }
        if (Utf8.longerThan(text, options.getMaxTextBytes())) {
            tooBig();
            return;
        }
        if (events.add(done -> sessions.handler().message(this, text, done)) > MAX_WAITING_EVENTS) {
            closeNow(CloseCodes.POLICY, "messages come faster than they are handled");
        }
    }

    void receivedBinary() {
        closeNow(CloseCodes.CANNOT_ACCEPT, "text frames only");
    }

    void tooBig() {
        closeNow(
                CloseCodes.TOO_BIG,
                "a message has at most " + sessions.options().getMaxTextBytes() + " bytes");
    }

    /** The connection is gone. What was decided here counts more than what the network says. */
    void closed(int code, String reason) {
        synchronized (queue) {
            if (state == State.CLOSED) {
                return;
            }
            if (state == State.OPEN) {
                closeCode = code;
                closeReason = CloseCodes.reason(reason);
            }
            state = State.CLOSED;
            closeSent = true;
            queue.clear();
        }
        sessions.removed(this);
        if (announced) {
            sessions.listener().closed(closeCode);
            // Not in this thread: it may be a sender's or the keeper's.
            sessions.execute(
                    () ->
                            events.add(
                                    done ->
                                            sessions.handler()
                                                    .closed(this, closeCode, closeReason, done)));
        }
    }

    // ---- what the keeper looks after

    /**
     * Pings, and closes what has expired, is dead, or does not take its messages.
     *
     * @param now monotonic, nanoseconds
     * @param wallClock for the expiry of the principal
     */
    void keep(long now, Instant wallClock) {
        WebSocketOptions options = sessions.options();
        boolean closing;
        synchronized (queue) {
            closing = state == State.CLOSING;
        }
        if (closing) {
            if (drainedAt != 0 && now - drainedAt >= 0) {
                drainedAt = 0;
                closeNow(closeCode, closeReason);
            }
            if (now - closingSince > millis(options.getCloseTimeout())) {
                cut("the peer did not close");
            }
            return;
        }
        long since = sendingSince;
        if (since != 0 && now - since > millis(options.getSendTimeout())) {
            sessions.listener().closedSlow();
            closeNow(CloseCodes.TRY_AGAIN_LATER, "slow consumer");
        } else if (options.getDeadAfter() > 0
                && transport.answersPings()
                && now - heard > millis(options.getDeadAfter())) {
            cut("the peer is gone");
        } else if (expired(wallClock)) {
            closeNow(CloseCodes.TOKEN_EXPIRED, "token expired");
        } else if (options.getIdleTimeout() > 0
                && now - active > millis(options.getIdleTimeout())) {
            close(CloseCodes.NORMAL, "idle");
        } else if (options.getPingInterval() > 0 && now - nextPing >= 0) {
            nextPing = now + millis(options.getPingInterval());
            transport.ping();
        }
    }

    private boolean expired(Instant wallClock) {
        return principal instanceof SocketPrincipal socketPrincipal
                && socketPrincipal.expiresAt() != null
                && !wallClock.isBefore(socketPrincipal.expiresAt());
    }

    private void cut(String reason) {
        transport.abort();
        closed(CloseCodes.ABNORMAL, reason);
    }

    private static long millis(long millis) {
        return millis * 1_000_000;
    }

    @Override
    public String toString() {
        return "SocketSession[" + id + ", user " + user() + "]";
    }
}
