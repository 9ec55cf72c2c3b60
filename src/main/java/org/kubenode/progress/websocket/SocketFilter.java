package org.kubenode.progress.websocket;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Answers the requests for the paths that routes serve. It stands behind the security filters and
 * takes from the request only its principal and its query, so no header a client sends can reach an
 * exchange. Looking the path up here, instead of registering it with the container, lets a route
 * stop and start.
 */
public final class SocketFilter implements Filter {

    private static final int TOO_MANY_REQUESTS = 429;

    private final SocketPaths paths;

    public SocketFilter(SocketPaths paths) {
        this.paths = paths;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest http
                && response instanceof HttpServletResponse answer) {
            String path = path(http);
            SocketSessions sockets = paths.webSocket(path);
            if (sockets != null) {
                upgrade(http, answer, sockets);
                return;
            }
            SocketSessions streams = paths.stream(path);
            if (streams != null) {
                SseFace.open(http, answer, streams);
                return;
            }
        }
        chain.doFilter(request, response);
    }

    private static String path(HttpServletRequest request) {
        String info = request.getPathInfo();
        return info == null ? request.getServletPath() : request.getServletPath() + info;
    }

    private static void upgrade(
            HttpServletRequest request, HttpServletResponse response, SocketSessions sessions)
            throws IOException {
        Handshake.Refusal refusal = Handshake.refusal(request);
        if (refusal != null) {
            if (refusal.wanted() != null) {
                response.setHeader(refusal.header(), refusal.wanted());
            }
            response.sendError(refusal.status(), refusal.reason());
            return;
        }
        Principal principal = request.getUserPrincipal();
        if (isTooSoon(principal, response, sessions)) {
            return;
        }
        String subprotocol =
                principal instanceof SocketPrincipal known ? known.subprotocol() : null;
        JettySocket socket = new JettySocket(sessions, principal, query(request, sessions));
        new JettyUpgrade(socket, subprotocol).answer(request);
    }

    /**
     * Whether the user has had so many sessions, or so much sent again, that it is told to wait.
     */
    static boolean isTooSoon(
            Principal principal, HttpServletResponse response, SocketSessions sessions)
            throws IOException {
        int wait = sessions.admit(principal);
        if (wait > 0) {
            response.setHeader("Retry-After", Integer.toString(wait));
            response.sendError(
                    TOO_MANY_REQUESTS,
                    "Too many new connections of this user, or too much was sent to them again.");
        }
        return wait > 0;
    }

    static Map<String, List<String>> query(HttpServletRequest request, SocketSessions sessions) {
        String secret = sessions.options().getSecretParameters();
        Set<String> names = secret == null ? Set.of() : Set.of(secret.trim().split("\\s*,\\s*"));
        return QueryParameters.of(request.getQueryString(), names);
    }
}
