package org.kubenode.progress.websocket;

import java.nio.ByteBuffer;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Utf8StringBuilder;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket of the server, bound to its {@link SocketSession}: RFC 6455 messages from frames.
 * Jetty has checked each frame, and calls for one at a time.
 */
final class JettySocket implements FrameHandler {

    private static final Logger LOG = LoggerFactory.getLogger(JettySocket.class);

    /** So much a peer that was refused may send before it has closed. */
    private static final int MAX_REFUSED_BYTES = 16 * 1024;

    /** Of a small client's frame, in bytes: flags, length, mask. */
    private static final int FRAME_HEAD = 6;

    private final SocketSessions sessions;
    private final Principal principal;
    private final Map<String, List<String>> query;
    private CoreSession core;
    private volatile SocketSession session;

    // Of a text in several frames: what came of it.
    private Utf8StringBuilder parts;
    private int bytes;

    JettySocket(SocketSessions sessions, Principal principal, Map<String, List<String>> query) {
        this.sessions = sessions;
        this.principal = principal;
        this.query = query;
    }

    @Override
    public void onOpen(CoreSession opened, Callback callback) {
        core = opened;
        session = sessions.open(principal, query, Map.of(), new JettyTransport(opened));
        callback.succeeded();
        opened.demand();
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        session.heard();
        if (session.isRefused() && frame.getOpCode() != OpCode.CLOSE) {
            ofRefused(frame, callback);
            return;
        }
        switch (frame.getOpCode()) {
            case OpCode.PING -> pong(frame, callback);
            case OpCode.CLOSE -> {
                CloseStatus status = CloseStatus.getCloseStatus(frame);
                session.closed(status.getCode(), status.getReason());
                // Jetty answers it.
                callback.succeeded();
            }
            default -> {
                data(frame);
                callback.succeeded();
                core.demand();
            }
        }
    }

    /** Nothing is kept or answered. */
    private void ofRefused(Frame frame, Callback callback) {
        bytes += frame.getPayloadLength() + FRAME_HEAD;
        callback.succeeded();
        if (bytes > MAX_REFUSED_BYTES) {
            session.cut("a refused peer goes on sending");
        } else {
            core.demand();
        }
    }

    /** The next frame is read when the pong has left, or a flood of pings would fill the heap. */
    private void pong(Frame ping, Callback callback) {
        Runnable next =
                () -> {
                    callback.succeeded();
                    core.demand();
                };
        core.sendFrame(
                new Frame(OpCode.PONG).setPayload(ping.getPayload()), Callback.from(next), false);
    }

    private void data(Frame frame) {
        if (frame.getOpCode() == OpCode.BINARY) {
            session.receivedBinary();
        } else if (frame.getOpCode() != OpCode.PONG) {
            text(frame);
        }
    }

    private void text(Frame frame) {
        // Once closing, what still comes is not kept.
        if (session.isOpen()) {
            ByteBuffer payload = frame.getPayload();
            bytes += payload == null ? 0 : payload.remaining();
            if (bytes > sessions.options().getMaxTextBytes()) {
                session.tooBig();
            } else {
                append(payload, frame.isFin());
            }
        }
        if (frame.isFin()) {
            parts = null;
            bytes = 0;
        }
    }

    private void append(ByteBuffer payload, boolean last) {
        Utf8StringBuilder text = parts == null ? new Utf8StringBuilder() : parts;
        if (payload != null) {
            text.append(payload);
        }
        if (text.hasCodingErrors()) {
            throw new BadPayloadException.InvalidUtf8();
        }
        if (last) {
            session.received(text.takeCompleteString(BadPayloadException.InvalidUtf8::new));
        } else {
            parts = text;
        }
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        SocketSession closed = session;
        if (closed != null) {
            closed.closed(status.getCode(), status.getReason());
        }
        callback.succeeded();
    }

    @Override
    public void onError(Throwable failure, Callback callback) {
        LOG.debug("{} failed: {}", session, failure.toString());
        callback.succeeded();
    }
}
