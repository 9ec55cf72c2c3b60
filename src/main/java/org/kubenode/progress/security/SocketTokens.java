package org.kubenode.progress.security;

import java.security.Principal;
import java.util.List;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.websocket.SocketSessions;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;

/** The tokens of the sockets and streams that are open on this replica. */
public class SocketTokens {

    private final Tokens tokens;
    private final TokenRevalidation revalidation;
    private final SocketSessions sockets;

    SocketTokens(Tokens tokens, TokenRevalidation revalidation, SocketSessions sockets) {
        this.tokens = tokens;
        this.revalidation = revalidation;
        this.sockets = sockets;
    }

    /** Closes, with 4401, those whose token no longer counts, and returns how many there were. */
    public int revalidate() {
        List<Open> open = sockets.all().stream().map(Open::new).toList();
        return revalidation.closeRevoked(open);
    }

    /**
     * Lets a living socket go on with a newer token of its user. Otherwise it is closed as a
     * handshake with that token would be: 4401, 4403 (also for another user's), or 1013 while the
     * token cannot be verified.
     */
    public void renew(SocketSession session, String token) {
        ProgressPrincipal present = (ProgressPrincipal) session.principal();
        try {
            CallerAuthentication fresh = tokens.read(token);
            if (present.mayBecome(fresh)) {
                session.renew(
                        ProgressPrincipal.accepted(
                                fresh, present.scope(), present.subprotocol(), present.remote()));
            } else {
                session.close(
                        HandshakeFilter.FORBIDDEN,
                        "the token is another user's, or its role may not");
            }
        } catch (OAuth2AuthenticationException e) {
            session.close(HandshakeFilter.UNAUTHENTICATED, e.getError().getDescription());
        } catch (AuthenticationServiceException e) {
            session.close(HandshakeFilter.TRY_AGAIN, e.getMessage());
        }
    }

    /** Closes those of a user, with 4401, and returns how many there were. */
    int end(String userId) {
        List<SocketSession> open =
                sockets.all().stream()
                        .filter(session -> userId.equals(session.principal().getName()))
                        .toList();
        open.forEach(
                session -> session.close(TokenRevalidation.CODE, "an admin ended the sessions"));
        return open.size();
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
