package org.kubenode.progress.security;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.server.Peers;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Behind the authentication: bounds the requests of a user, and lets one on when its body is there,
 * in memory. Until then no thread waits for it. A request that is refused for its head has its
 * answer before; without a caller there is no body.
 */
final class WholeBodyFilter extends OncePerRequestFilter {

    private static final String BODY = WholeBodyFilter.class.getName() + ".body";
    private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

    /** Hawtio asks for every operation of every MBean in one body, of more than a megabyte. */
    private static final int LARGEST_OF_MANAGEMENT = 8 << 20;

    private final Peers peers;
    private final int largest;
    private final Set<String> passedBy;

    /**
     * @param largest bytes of a body
     * @param passedBy the paths whose requests are left as they are
     */
    WholeBodyFilter(Peers peers, int largest, Set<String> passedBy) {
        this.peers = peers;
        this.largest = largest;
        this.passedBy = passedBy;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return passedBy.contains(request.getServletPath());
    }

    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        try {
            HttpServletRequest whole =
                    request.getDispatcherType() == DispatcherType.ASYNC
                            ? arrived(request)
                            : begun(request, response);
            if (whole != null) {
                chain.doFilter(whole, response);
            }
        } catch (ProblemException e) {
            if (e.status() == 429 || e.status() == 503) {
                response.setHeader(HttpHeaders.RETRY_AFTER, "5");
            }
            ProblemResponse.write(response, e.problem());
        }
    }

    /** The request to go on with, or null when it goes on later. */
    private HttpServletRequest begun(HttpServletRequest request, HttpServletResponse response) {
        String peer = peer();
        if (peer != null && !peers.admit(request, peer)) {
            throw new ProblemException(429, null, "Too many requests of this user at once.");
        }
        boolean empty =
                request.getContentLengthLong() <= 0
                        && request.getHeader(HttpHeaders.TRANSFER_ENCODING) == null;
        boolean takes = WITH_BODY.contains(request.getMethod());
        if (takes && isOfTheApi(request)) {
            checkType(request);
        }
        if (empty) {
            return request;
        }
        if (peer == null || !takes) {
            return new WholeRequest(request, new byte[0]);
        }
        int most =
                request.getServletPath().startsWith("/actuator/") ? LARGEST_OF_MANAGEMENT : largest;
        if (request.getContentLengthLong() > most) {
            throw Peers.tooLarge(most);
        }
        CompletableFuture<byte[]> body = peers.body(request, peer, most);
        if (body.isDone()) {
            return whole(request, body);
        }
        request.setAttribute(BODY, body);
        AsyncContext later = request.startAsync(request, response);
        later.setTimeout(0);
        body.whenComplete((bytes, failure) -> later.dispatch());
        return null;
    }

    private static HttpServletRequest arrived(HttpServletRequest request) {
        if (!(request.getAttribute(BODY) instanceof CompletableFuture<?> body)) {
            return request;
        }
        request.removeAttribute(BODY);
        return whole(request, body);
    }

    private static HttpServletRequest whole(HttpServletRequest request, CompletableFuture<?> body) {
        try {
            return new WholeRequest(request, (byte[]) body.join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof ProblemException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    /** The user, or null when there is none. */
    private static String peer() {
        return SecurityContextHolder.getContext().getAuthentication()
                        instanceof CallerAuthentication known
                ? "user " + known.getName()
                : null;
    }

    private static boolean isOfTheApi(HttpServletRequest request) {
        return request.getServletPath().startsWith("/api/v1/");
    }

    private static void checkType(HttpServletRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !"identity".equalsIgnoreCase(encoding)) {
            throw new ProblemException(
                    415, "Content-Encoding", "A body comes without an encoding.");
        }
        String contentType = request.getContentType();
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
