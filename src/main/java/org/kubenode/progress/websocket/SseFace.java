package org.kubenode.progress.websocket;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.Map;

/**
 * The second face of a path: an event stream is a session like a WebSocket's, with the same queue,
 * writer, limits and exchanges. It takes no thread while nothing is written.
 */
public final class SseFace {

    /** Events are flushed one by one, so a large buffer would be heap for nothing. */
    private static final int BUFFER = 1024;

    private SseFace() {}

    /**
     * Answers a request with a stream: 401 or 403 for a refused principal, 503 when there are too
     * many sessions, 429 when they come too fast.
     */
    public static void open(
            HttpServletRequest request, HttpServletResponse response, SocketSessions sessions)
            throws IOException {
        if (!"GET".equals(request.getMethod())) {
            response.setHeader("Allow", "GET");
            response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
            return;
        }
        Principal principal = request.getUserPrincipal();
        if (principal instanceof SocketPrincipal known && known.refusal() != null) {
            boolean role = known.refusal().code() == CloseCodes.FORBIDDEN;
            response.sendError(
                    role ? HttpServletResponse.SC_FORBIDDEN : HttpServletResponse.SC_UNAUTHORIZED,
                    known.refusal().reason());
            return;
        }
        if (sessions.isFull(principal)) {
            response.setHeader("Retry-After", "10");
            response.sendError(
                    HttpServletResponse.SC_SERVICE_UNAVAILABLE, "Too many sessions or streams");
            return;
        }
        if (SocketFilter.isTooSoon(principal, response, sessions)) {
            return;
        }
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("text/event-stream;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        // Proxies that buffer answers would hold events back.
        response.setHeader("X-Accel-Buffering", "no");
        response.setBufferSize(BUFFER);
        AsyncContext context = request.startAsync();
        context.setTimeout(0);
        SseTransport transport = new SseTransport(context, response.getOutputStream());
        String last = request.getHeader("Last-Event-ID");
        Map<String, Object> attributes =
                last == null ? Map.of() : Map.of(WebSocketConstants.LAST_EVENT_ID, last);
        SocketSession session =
                sessions.open(
                        principal, SocketFilter.query(request, sessions), attributes, transport);
        transport.setSession(session);
        context.addListener(new End(session));
        response.getOutputStream().setWriteListener(transport);
    }

    private record End(SocketSession session) implements AsyncListener {

        @Override
        public void onComplete(AsyncEvent event) {
            session.closed(CloseCodes.NORMAL, "");
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            session.closed(CloseCodes.ABNORMAL, "timeout");
        }

        @Override
        public void onError(AsyncEvent event) {
            session.closed(CloseCodes.ABNORMAL, "the connection is lost");
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            // Nobody starts it again.
        }
    }
}
