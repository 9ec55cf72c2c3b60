package org.kubenode.progress.security;

import java.security.Principal;
import java.util.List;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.websocket.SocketSessions;

/** The tokens of the sockets and streams that are open on this replica. */
public class SocketTokens {

    private final TokenRevalidation revalidation;
    private final SocketSessions sockets;

    SocketTokens(TokenRevalidation revalidation, SocketSessions sockets) {
        this.revalidation = revalidation;
        this.sockets = sockets;
    }

    /** Closes, with 4401, those whose token no longer counts, and returns how many there were. */
    public int revalidate() {
        List<Open> open = sockets.all().stream().map(Open::new).toList();
        return revalidation.closeRevoked(open);
    }

    private record Open(SocketSession session) implements OpenSession {

        @Override
        public Principal principal() {
            return session.principal();
        }

        @Override
        public void close(int code, String reason) {
            session.close(code, reason);
        }
    }
}
