package org.kubenode.progress.security;

import java.util.Map;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Lets an admin end what a user has open on this replica: sockets, streams and sessions. The user's
 * tokens that were issued until now open nothing here any more.
 */
@RestController
class UserSessionsController {

    private final Tokens tokens;
    private final CookieSessions sessions;
    private final SocketTokens sockets;

    UserSessionsController(Tokens tokens, CookieSessions sessions, SocketTokens sockets) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.sockets = sockets;
    }

    @DeleteMapping(SecurityConfiguration.SESSIONS)
    Map<String, Object> end(@RequestParam("user_id") String userId) {
        tokens.end(userId);
        return Map.of(
                "user_id", userId,
                "sockets", sockets.end(userId),
                "sessions", sessions.endAll(userId));
    }
}
