package org.kubenode.progress.websocket;

import java.security.Principal;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * One peer: a WebSocket, or an event stream. It has one bounded queue and one writer, whoever and
 * however many send: {@link #send} never waits for the peer, and what one thread sends arrives in
 * the order in which it was sent.
 */
public final class SocketSession {

    /** So many client messages may wait for a route. */
    private static final int MAX_WAITING_EVENTS = 256;

    private final String id;
    private final Map<String, List<String>> query;
    private final SocketSessions sessions;
    private final SessionState state = new SessionState();
    private final SocketWriter writer;
    private final Liveness liveness;
    private final SerialEvents events = new SerialEvents();
    private volatile Principal principal;
    private volatile Map<String, Object> attributes;
    private volatile Supplier<Outbound> heartbeat;
    private volatile UnaryOperator<Outbound> narrowing;
    private volatile boolean announced;
    private RateLimit rate;

    SocketSession(
            String id,
            Principal principal,
            Map<String, List<String>> query,
            SocketSessions sessions,
            SocketTransport transport) {
        this.id = id;
        this.principal = principal;
        this.query = query;
        this.sessions = sessions;
        this.writer = new SocketWriter(this, sessions, state, transport);
        this.liveness = new Liveness(this, sessions, state, writer, transport);
    }

    /** Unique in this process; short, for logs. */
    public String id() {
        return id;
    }

    /** The principal's name, or null. */
    public String user() {
        Principal current = principal;
        return current == null ? null : current.getName();
    }

    /** Who opened it, or null. */
    public Principal principal() {
        return principal;
    }

    /**
     * The same user showed a newer token: its expiry counts from now on.
     *
     * @throws IllegalArgumentException when it is another user
     */
    public void renew(Principal renewed) {
        if (!renewed.getName().equals(user())) {
            throw new IllegalArgumentException("A session stays its user's");
        }
        principal = renewed;
    }

    /** The first value of a query parameter; null when it was not sent, or is secret. */
    public String query(String name) {
        List<String> values = queryAll(name);
        return values.isEmpty() ? null : values.get(0);
    }

    /** Every value of a query parameter, in order; none when it was not sent, or is secret. */
    public List<String> queryAll(String name) {
        return Collections.unmodifiableList(query.getOrDefault(name, List.of()));
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
        return state.isOpen();
    }

    /** Messages that wait, without the one that is being written. */
    public int queueDepth() {
        return writer.depth();
    }

    /**
     * Has a message sent whenever nothing else was for a {@code pingInterval}, so that a peer that
     * cannot see pings knows the line is alive.
     *
     * @param message gives each; null for none any more
     */
    public void setHeartbeat(Supplier<Outbound> message) {
        heartbeat = message;
    }

    /** Sends a heartbeat now; nothing where {@link #setHeartbeat} set none. */
    public void beat() {
        Supplier<Outbound> message = heartbeat;
        if (message != null) {
            send(message.get());
        }
    }

    /**
     * Sends from now on only what is left of each message. Asked in the order of {@link #send}, for
     * messages of one key by one thread at a time.
     *
     * @param left gives what is sent instead; null for nothing
     */
    public void narrow(UnaryOperator<Outbound> left) {
        narrowing = left;
    }

    /**
     * Sends a message after those before it; never waits. A session past its hard limit is closed
     * with 1013.
     *
     * @return false when the session is closed or closing
     */
    public boolean send(Outbound message) {
        return send(List.of(message));
    }

    /** {@link #send(Outbound)} for messages in order, which leave in as few writes as may be. */
    public boolean send(List<Outbound> messages) {
        UnaryOperator<Outbound> left = narrowing;
        List<Outbound> sent =
                left == null
                        ? messages
                        : messages.stream().map(left).filter(Objects::nonNull).toList();
        if (sent.isEmpty()) {
            return isOpen();
        }
        for (int from = 0; from < sent.size(); from += SocketWriter.BURST) {
            int to = Math.min(sent.size(), from + SocketWriter.BURST);
            boolean whole = to - from == sent.size();
            if (!writer.send(whole ? sent : sent.subList(from, to), conflates())) {
                return false;
            }
        }
        return true;
    }

    /**
     * For whoever knows what is a repetition: so many bytes of it were sent, which count against
     * what all sessions of the user may have (option {@code maxReplayRate}).
     */
    public void replayed(long bytes) {
        if (user() != null) {
            sessions.replays().charge(user(), bytes);
        }
    }

    /** 0, or after how many seconds its user may ask for more again. */
    public int replayWait() {
        return user() == null ? 0 : sessions.replays().wait(user());
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
        writer.close(code, reason);
    }

    private boolean conflates() {
        Map<String, Object> map = attributes;
        return map == null || !Boolean.FALSE.equals(map.get(WebSocketConstants.CONFLATE));
    }

    void opened() {
        announced = true;
        events.add(done -> sessions.handler().opened(this, done));
    }

    /** It is closed at once, and seen by nobody. */
    void refuse(CloseRefusal refusal) {
        liveness.refused();
        writer.closeNow(refusal.code(), refusal.reason());
    }

    /** Whether nobody here knows the peer: what it sends is not kept, and soon cuts it off. */
    boolean isRefused() {
        return liveness.isRefused();
    }

    /** The peer gave a sign of life. */
    void heard() {
        liveness.heard();
    }

    void received(String text) {
        long now = sessions.nanos();
        liveness.received(now);
        if (!isOpen()) {
            return;
        }
        WebSocketOptions options = sessions.options();
        if (rate == null) {
            rate = new RateLimit(options.getMaxRate(), options.getMaxBurst(), now);
        }
        if (!rate.allows(now)) {
            // A connection that is closed with unread input is reset, and the peer would see
            // neither code nor reason.
            writer.drain(
                    CloseCodes.POLICY, "more than " + options.getMaxRate() + " messages a second");
            return;
        }
        if (Utf8.longerThan(text, options.getMaxTextBytes())) {
            tooBig();
            return;
        }
        if (events.add(done -> sessions.handler().message(this, text, done)) > MAX_WAITING_EVENTS) {
            writer.closeNow(CloseCodes.POLICY, "messages come faster than they are handled");
        }
    }

    void receivedBinary() {
        writer.closeNow(CloseCodes.CANNOT_ACCEPT, "text frames only");
    }

    void tooBig() {
        writer.closeNow(
                CloseCodes.TOO_BIG,
                "a message has at most " + sessions.options().getMaxTextBytes() + " bytes");
    }

    /** Cuts the connection without a word. */
    void cut(String reason) {
        liveness.cut(reason);
    }

    /** The connection is gone. What was decided here counts more than what the network says. */
    void closed(int code, String reason) {
        if (!writer.closed(code, reason)) {
            return;
        }
        sessions.removed(this);
        if (announced) {
            int decided = state.code();
            String why = state.reason();
            sessions.listener().closed(decided);
            // Not in this thread: it may be a sender's or the keeper's.
            sessions.execute(
                    () -> events.add(done -> sessions.handler().closed(this, decided, why, done)));
        }
    }

    void keep(long now, Instant wallClock) {
        liveness.keep(now, wallClock);
    }

    @Override
    public String toString() {
        return "SocketSession[" + id + ", user " + user() + "]";
    }
}
