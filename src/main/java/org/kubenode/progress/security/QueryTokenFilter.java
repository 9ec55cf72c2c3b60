package org.kubenode.progress.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.kubenode.progress.problem.Problem;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Takes {@code ?token=} out of every request before anything can log it. The first value is left in
 * an attribute, which only the handshake of sockets and streams reads.
 */
final class QueryTokenFilter extends OncePerRequestFilter {

    static final String TOKEN = QueryTokenFilter.class.getName() + ".token";
    private static final String PARAMETER = "token";

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
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
}
