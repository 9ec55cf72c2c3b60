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
import java.util.Map;
import java.util.Set;

/**
 * Answers the requests for the paths that routes serve. It stands behind the security filters and
 * takes from the request only its principal and its query, so no header a client sends can reach an
 * exchange. Looking the path up here, instead of registering it with the container, lets a route
 * stop and start.
 */
public final class SocketFilter implements Filter {

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
        if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            response.setHeader("Upgrade", "websocket");
            response.setHeader("Connection", "Upgrade");
            response.sendError(426, "This is a WebSocket");
            return;
        }
        if (!"13".equals(request.getHeader("Sec-WebSocket-Version"))) {
            response.setHeader("Sec-WebSocket-Version", "13");
            response.sendError(426, "WebSocket version 13 only");
            return;
        }
        if (!"GET".equals(request.getMethod())
                || request.getHeader("Sec-WebSocket-Key") == null
                || !asksToUpgrade(request)) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "Not a WebSocket handshake");
            return;
        }
        Principal principal = request.getUserPrincipal();
        String subprotocol =
                principal instanceof SocketPrincipal known ? known.subprotocol() : null;
        JettySocket socket = new JettySocket(sessions, principal, query(request, sessions));
        new JettyUpgrade(socket, subprotocol).answer(request);
    }

    private static boolean asksToUpgrade(HttpServletRequest request) {
        for (var values = request.getHeaders("Connection"); values.hasMoreElements(); ) {
            for (String value : values.nextElement().split(",")) {
                if ("upgrade".equalsIgnoreCase(value.trim())) {
                    return true;
                }
            }
        }
        return false;
    }

    static Map<String, String> query(HttpServletRequest request, SocketSessions sessions) {
        String secret = sessions.options().getSecretParameters();
        Set<String> names = secret == null ? Set.of() : Set.of(secret.trim().split("\\s*,\\s*"));
        return QueryParameters.of(request.getQueryString(), names);
    }
}
