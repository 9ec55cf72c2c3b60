package org.kubenode.progress.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.kubenode.progress.problem.Problem;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The door of /api/v1, behind the authentication: takes curl's default form type and a missing type
 * for JSON, and lets only what the contract knows in and out ({@link ApiRequest}, {@link
 * ApiResponse}).
 */
final class ApiRequestFilter extends OncePerRequestFilter {

    /** For everybody, so that no reader of parameters can ask who calls. */
    private static final String DESCRIPTION = "/api/v1/openapi.json";

    private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

    private static final String PRESENTED = ApiRequestFilter.class.getName() + ".presented";

    private final Set<String> passedBy;

    /**
     * @param passedBy the paths whose requests are left as they are
     */
    ApiRequestFilter(Set<String> passedBy) {
        this.passedBy = passedBy;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return passedBy.contains(request.getServletPath())
                || request.getAttribute(PRESENTED) != null;
    }

    /** A request whose body took its time comes so, and once more with its answer. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ApiRequest presented;
        try {
            byte[] body =
                    WITH_BODY.contains(request.getMethod())
                            ? request.getInputStream().readAllBytes()
                            : null;
            presented = new ApiRequest(request, body);
            if (request.getServletPath().equals(DESCRIPTION)) {
                QueryParameters.requireOnly(request.getQueryString(), Set.of());
            }
        } catch (ProblemException e) {
            ProblemResponse.write(response, e.problem());
            return;
        } catch (IllegalArgumentException e) {
            ProblemResponse.write(
                    response, Problem.of(400, null, "The query string is not well formed."));
            return;
        }
        request.setAttribute(PRESENTED, true);
        chain.doFilter(presented, new ApiResponse(response));
    }
}
