package org.kubenode.progress.websocket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;
import java.util.Map;
import org.eclipse.jetty.ee10.websocket.jakarta.common.JakartaWebSocketSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One WebSocket to a server, bound to its {@link SocketSession}. */
public final class SocketEndpoint extends Endpoint {

    private static final Logger LOG = LoggerFactory.getLogger(SocketEndpoint.class);

    private final SocketSessions sessions;
    private volatile SocketSession session;
    private StringBuilder parts;

    SocketEndpoint(SocketSessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public void onOpen(Session socket, EndpointConfig config) {
        // Dead and idle peers are the keeper's, which has one timer for all.
        socket.setMaxIdleTimeout(0);
        // Parts, so that a message is refused as soon as it is too big, in our own words.
        socket.addMessageHandler(String.class, (MessageHandler.Partial<String>) this::onText);
        socket.addMessageHandler(
                ByteBuffer.class,
                (MessageHandler.Partial<ByteBuffer>) (part, last) -> session.receivedBinary());
        socket.addMessageHandler(
                PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> session.heard());
        SocketTransport transport =
                new JettyTransport(((JakartaWebSocketSession) socket).getCoreSession());
        session = sessions.open(null, Map.of(), Map.of(), transport);
    }

    private void onText(String part, boolean last) {
        if (last && parts == null) {
            session.received(part);
            return;
        }
        if (parts == null) {
            parts = new StringBuilder();
        }
        // Once too big, the session is closing: what still comes is not kept.
        if (parts.length() + part.length() > sessions.options().getMaxTextBytes()) {
            session.tooBig();
        } else {
            parts.append(part);
        }
        if (last) {
            String text = parts.toString();
            parts = null;
            session.received(text);
        }
    }

    @Override
    public void onClose(Session socket, CloseReason reason) {
        SocketSession closed = session;
        if (closed != null) {
            closed.closed(reason.getCloseCode().getCode(), reason.getReasonPhrase());
        }
    }

    @Override
    public void onError(Session socket, Throwable failure) {
        LOG.debug("Session {} failed: {}", session, failure.toString());
    }
}
