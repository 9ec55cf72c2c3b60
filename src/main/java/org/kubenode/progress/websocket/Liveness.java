package org.kubenode.progress.websocket;

import java.security.Principal;
import java.time.Instant;

/**
 * What the keeper looks after in one session: signs of life both ways, deadlines, and the expiry of
 * its principal. Times are of the sessions' monotonic clock, in nanoseconds.
 */
final class Liveness {

    /** What a flood already sent is taken in by then. */
    private static final long DRAIN_NANOS = 200_000_000;

    /** So long a peer that was refused may take to close. */
    static final long REFUSED_NANOS = 2_000_000_000;

    private final SocketSession session;
    private final SocketSessions sessions;
    private final SessionState state;
    private final SocketWriter writer;
    private final SocketTransport transport;
    private volatile long heard;
    private volatile long received;
    private volatile long nextPing;
    private volatile boolean refused;

    Liveness(
            SocketSession session,
            SocketSessions sessions,
            SessionState state,
            SocketWriter writer,
            SocketTransport transport) {
        this.session = session;
        this.sessions = sessions;
        this.state = state;
        this.writer = writer;
        this.transport = transport;
        long now = sessions.nanos();
        heard = now;
        received = now;
        nextPing = now + nanos(sessions.options().getPingInterval());
    }

    /** The peer gave a sign of life. */
    void heard() {
        heard = sessions.nanos();
    }

    /** The peer sent a message. */
    void received(long now) {
        heard = now;
        received = now;
    }

    /** Nobody here knows this peer: it is not given the time that others have. */
    void refused() {
        refused = true;
    }

    boolean isRefused() {
        return refused;
    }

    /**
     * Pings, sends heartbeats, and closes what has expired, is dead, or does not take its messages.
     *
     * @param wallClock for the expiry of the principal
     */
    void keep(long now, Instant wallClock) {
        if (state.isClosing()) {
            keepClosing(now);
            return;
        }
        WebSocketOptions options = sessions.options();
        long since = writer.sendingSince();
        if (since != 0 && now - since > nanos(options.getSendTimeout())) {
            writer.closeSlow();
        } else if (options.getDeadAfter() > 0
                && transport.answersPings()
                && now - heard > nanos(options.getDeadAfter())) {
            cut("the peer is gone");
        } else if (expired(session.principal(), wallClock)) {
            writer.closeNow(CloseCodes.TOKEN_EXPIRED, "token expired");
        } else if (options.getIdleTimeout() > 0
                && now - Math.max(received, writer.lastSent()) > nanos(options.getIdleTimeout())) {
            writer.close(CloseCodes.NORMAL, "idle");
        } else if (options.getPingInterval() > 0) {
            giveSignsOfLife(now, nanos(options.getPingInterval()));
        }
    }

    private void giveSignsOfLife(long now, long interval) {
        if (now - nextPing >= 0) {
            nextPing = now + interval;
            transport.ping();
        }
        // What is being written is a sign of life itself, if it arrives.
        if (writer.sendingSince() == 0 && now - writer.lastSent() >= interval) {
            session.beat();
        }
    }

    private void keepClosing(long now) {
        long closing = now - state.closingSince();
        if (closing >= DRAIN_NANOS) {
            writer.drained();
        }
        if (closing > nanos(sessions.options().getCloseTimeout())
                || refused && closing > REFUSED_NANOS) {
            cut("the peer did not close");
        }
    }

    private static boolean expired(Principal principal, Instant wallClock) {
        return principal instanceof SocketPrincipal known
                && known.expiresAt() != null
                && !wallClock.isBefore(known.expiresAt());
    }

    /** Cuts the connection. */
    void cut(String reason) {
        transport.abort();
        session.closed(CloseCodes.ABNORMAL, reason);
    }

    private static long nanos(long millis) {
        return millis * 1_000_000;
    }
}
