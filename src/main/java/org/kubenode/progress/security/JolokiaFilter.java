package org.kubenode.progress.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.kubenode.progress.problem.Problem;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Jolokia is asked by POST alone: its GET can execute too, in the path or in {@code ?p=}, and no
 * CSRF token guards a GET. Hawtio's first question, which version it is, stays. Pages of other
 * origins are refused; with a session cookie a request must say that its page is of this one.
 */
final class JolokiaFilter extends OncePerRequestFilter {

    private static final AllowedOrigins OWN = new AllowedOrigins(List.of());

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean post = "POST".equals(request.getMethod());
        if (!post && !asksForTheVersion(request)) {
            response.setHeader(HttpHeaders.ALLOW, "POST");
            ProblemResponse.write(response, Problem.of(405, null, "Jolokia is asked by POST."));
        } else if (!OWN.allow(request)
                || post
                        && CookieSessionFilter.byCookie(request)
                        && request.getHeader(HttpHeaders.ORIGIN) == null) {
            ProblemResponse.write(
                    response,
                    Problem.of(403, HttpHeaders.ORIGIN, "Only pages of this origin may ask."));
        } else {
            chain.doFilter(request, response);
        }
    }

    private static boolean asksForTheVersion(HttpServletRequest request) {
        return "GET".equals(request.getMethod())
                && request.getRequestURI().matches(".*/jolokia(/|/version/?)?")
                && request.getParameter("p") == null;
    }
}
