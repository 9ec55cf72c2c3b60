package org.kubenode.progress.api;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.camel.CamelContext;
import org.kubenode.progress.problem.Problem;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The port opens a moment before the routes are up. Until they are, a client is told to come back:
 * a 404 of a call that exists would be believed.
 */
final class StartingFilter extends OncePerRequestFilter {

    private final CamelContext context;
    private volatile boolean started;

    StartingFilter(CamelContext context) {
        this.context = context;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        started = started || context.isStarted();
        return started;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader("Retry-After", "1");
        response.setContentType(Problem.MEDIA_TYPE);
        response.getOutputStream()
                .write(
                        Problem.of(503, null, "the replica is starting; try again")
                                .toJson()
                                .getBytes(StandardCharsets.UTF_8));
    }
}
