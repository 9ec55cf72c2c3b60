package org.kubenode.progress.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.kubenode.progress.problem.Problem;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Looks at path and query before anything else does, so that nothing can log a token: takes {@code
 * ?token=} out of every request. Its first value is left in an attribute, which only the handshake
 * of sockets and streams reads.
 *
 * <p>Refuses with 400 a second {@code Authorization}, a broken escape in the query, and a servlet's
 * path that is written with escapes ({@code /actuator/%6aolokia}): the server decodes it to find
 * the servlet, while Spring compares it as written and would fail.
 */
final class RequestLineFilter extends OncePerRequestFilter {

    static final String TOKEN = RequestLineFilter.class.getName() + ".token";
    private static final String PARAMETER = "token";

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION)).size() > 1) {
            // Who looks at the first and who looks at the last would see two callers.
            ProblemResponse.write(
                    response,
                    Problem.of(
                            400, HttpHeaders.AUTHORIZATION, "One such header, and not several."));
            return;
        }
        if (isEscapedServlet(request)) {
            ProblemResponse.write(
                    response, Problem.of(400, null, "The path is not written plainly."));
            return;
        }
        HttpServletRequest cleaned = request;
        try {
            List<String> token = QueryParameters.parse(request.getQueryString()).get(PARAMETER);
            if (token != null) {
                request.setAttribute(TOKEN, token.get(0));
                cleaned = new FilteredRequest(request, name -> !PARAMETER.equals(name));
            }
        } catch (IllegalArgumentException e) {
            ProblemResponse.write(
                    response, Problem.of(400, null, "The query string is not well formed."));
            return;
        }
        chain.doFilter(cleaned, response);
    }

    private static boolean isEscapedServlet(HttpServletRequest request) {
        return request.getHttpServletMapping().getMappingMatch() == MappingMatch.PATH
                && !request.getRequestURI()
                        .startsWith(request.getContextPath() + request.getServletPath());
    }
}
