package org.kubenode.progress.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.kubenode.progress.problem.Problem;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The door of /api/v1, behind the authentication: reads the body up to its limit, takes curl's
 * default form type and a missing type for JSON, and lets only what the contract knows in and out
 * ({@link ApiRequest}, {@link ApiResponse}).
 */
final class ApiRequestFilter extends OncePerRequestFilter {

    /** No route answers it: Camel does. */
    private static final String DESCRIPTION = "/api/v1/openapi.json";

    private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

    private final int largestBody;
    private final Set<String> passedBy;

    /**
     * @param largestBody bytes
     * @param passedBy the paths whose requests are left as they are
     */
    ApiRequestFilter(int largestBody, Set<String> passedBy) {
        this.largestBody = largestBody;
        this.passedBy = passedBy;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return passedBy.contains(request.getServletPath());
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ApiRequest presented;
        try {
            byte[] body = WITH_BODY.contains(request.getMethod()) ? body(request) : null;
            presented = new ApiRequest(request, body);
            if (request.getServletPath().equals(DESCRIPTION)) {
                noParameter(request.getQueryString());
            }
        } catch (ProblemException e) {
            ProblemResponse.write(response, e.problem());
            return;
        } catch (IllegalArgumentException e) {
            ProblemResponse.write(
                    response, Problem.of(400, null, "The query string is not well formed."));
            return;
        }
        chain.doFilter(presented, new ApiResponse(response));
    }

    private byte[] body(HttpServletRequest request) throws IOException {
        checkType(request.getContentType(), request.getHeader("Content-Encoding"));
        if (request.getContentLengthLong() > largestBody) {
            throw tooLarge();
        }
        byte[] body = request.getInputStream().readNBytes(largestBody + 1);
        if (body.length > largestBody) {
            throw tooLarge();
        }
        return body;
    }

    private static void noParameter(String query) {
        for (String name : QueryParameters.parse(query).keySet()) {
            throw new ProblemException(400, name, "there is no such parameter; allowed: none");
        }
    }

    private ProblemException tooLarge() {
        return new ProblemException(413, null, "A body has at most " + largestBody + " bytes.");
    }

    private static void checkType(String contentType, String encoding) {
        if (encoding != null && !"identity".equalsIgnoreCase(encoding)) {
            throw new ProblemException(
                    415, "Content-Encoding", "A body comes without an encoding.");
        }
        if (contentType != null && !contentType.isBlank() && !isJson(contentType)) {
            throw new ProblemException(415, "Content-Type", "A body is application/json in UTF-8.");
        }
    }

    private static boolean isJson(String contentType) {
        try {
            MediaType type = MediaType.parseMediaType(contentType);
            boolean known =
                    type.equalsTypeAndSubtype(MediaType.APPLICATION_JSON)
                            || type.equalsTypeAndSubtype(MediaType.APPLICATION_FORM_URLENCODED);
            return known
                    && (type.getCharset() == null
                            || StandardCharsets.UTF_8.equals(type.getCharset()));
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }
}
