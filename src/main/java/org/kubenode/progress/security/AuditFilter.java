package org.kubenode.progress.security;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.web.filter.OncePerRequestFilter;

/** Notes for the {@link AuditLog} what became of a request, around everything else at the door. */
final class AuditFilter extends OncePerRequestFilter {

    /** Where the handshake of sockets and streams leaves the {@link Caller}. */
    static final String CALLER = AuditFilter.class.getName() + ".caller";

    private static final String TASK = "/api/v1/tasks/[^/]+/";

    private final AuditLog audit;

    AuditFilter(AuditLog audit) {
        this.audit = audit;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean followed = false;
        try {
            chain.doFilter(request, response);
            // A stream has begun by now, and ends with its client.
            followed = request.isAsyncStarted() && !isLine(request.getRequestURI());
            if (followed) {
                Attempt attempt = new Attempt(request, caller(request));
                request.getAsyncContext().addListener(attempt, request, response);
            }
        } finally {
            if (!followed) {
                new Attempt(request, caller(request)).ended(response.getStatus());
            }
        }
    }

    private static boolean isLine(String path) {
        return path.equals(SecurityConfiguration.SOCKET)
                || path.equals(SecurityConfiguration.STREAM);
    }

    /** What somebody tried; noted with how it was answered. */
    private final class Attempt implements AsyncListener {

        private final String method;
        private final String path;
        private final String address;
        private final Caller caller;

        Attempt(HttpServletRequest request, Caller caller) {
            this.method = request.getMethod();
            this.path = request.getRequestURI();
            this.address = request.getRemoteAddr();
            this.caller = caller;
        }

        void ended(int status) {
            String event = event(method, path, status);
            if (event != null) {
                // An acknowledgement changes something once, and can be sent again and again.
                boolean changes =
                        event.startsWith("task-") && !event.equals("task-ack")
                                || event.equals("sessions-ended");
                audit.note(event, caller, address, path, status, !changes);
            }
        }

        @Override
        public void onComplete(AsyncEvent event) {
            ended(((HttpServletResponse) event.getSuppliedResponse()).getStatus());
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            // Completed next.
        }

        @Override
        public void onError(AsyncEvent event) {
            // Completed next.
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext()
                    .addListener(this, event.getSuppliedRequest(), event.getSuppliedResponse());
        }
    }

    private static String event(String method, String path, int status) {
        if (status == 401 || status == 403) {
            return "refused";
        }
        if (status >= 400 || !path.startsWith("/api/v1/")) {
            return null;
        }
        if (path.equals(SecurityConfiguration.SESSION)) {
            return "DELETE".equals(method) ? "sign-out" : "sign-in";
        }
        if (isLine(path)) {
            return "connect";
        }
        if (path.equals(SecurityConfiguration.SESSIONS)) {
            return "sessions-ended";
        }
        return "POST".equals(method)
                        && path.matches(TASK + "(cancel|retry|ack|pause|resume|approve)")
                ? "task-" + path.substring(path.lastIndexOf('/') + 1)
                : null;
    }

    private static Caller caller(HttpServletRequest request) {
        if (request.getAttribute(CALLER) instanceof Caller known) {
            return known;
        }
        return request.getAttribute(
                                        RequestAttributeSecurityContextRepository
                                                .DEFAULT_REQUEST_ATTR_NAME)
                                instanceof SecurityContext context
                        && context.getAuthentication() instanceof CallerAuthentication known
                ? known.caller()
                : null;
    }
}
