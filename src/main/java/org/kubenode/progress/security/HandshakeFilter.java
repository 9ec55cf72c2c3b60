package org.kubenode.progress.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.kubenode.progress.problem.Problem;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.server.Peers;
import org.kubenode.progress.websocket.CloseRefusal;
import org.kubenode.progress.websocket.Handshake;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Authenticates the handshake of sockets and streams; behind it {@code getUserPrincipal()} is a
 * {@link ProgressPrincipal}. The token comes in the {@code Authorization} header, in the
 * subprotocol {@code bearer.<jwt>} beside {@code progress.v1}, or as {@code ?token=}, in this
 * order; never in a cookie.
 *
 * <p>A page cannot read the status of a handshake. So a socket whose token came as a subprotocol is
 * accepted with a principal that carries a refusal, to be closed at once; everything else is
 * answered with a status, {@code ?token=} too: its clients come back for ever after an accepted
 * one.
 */
final class HandshakeFilter extends OncePerRequestFilter {

    /** Token missing, wrong or expired. */
    static final int UNAUTHENTICATED = 4401;

    /** The role does not allow it. */
    static final int FORBIDDEN = 4403;

    /** The token cannot be verified for the moment (1013, try again later). */
    static final int TRY_AGAIN = 1013;

    private static final String SUBPROTOCOL = "progress.v1";
    private static final String BEARER = "bearer.";

    private final Tokens tokens;
    private final AllowedOrigins origins;
    private final boolean queryToken;
    private final Peers peers;
    private final Refusals refusals;

    HandshakeFilter(
            Tokens tokens,
            AllowedOrigins origins,
            boolean queryToken,
            Peers peers,
            Refusals refusals) {
        this.tokens = tokens;
        this.origins = origins;
        this.queryToken = queryToken;
        this.peers = peers;
        this.refusals = refusals;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean socket = SecurityConfiguration.SOCKET.equals(request.getServletPath());
        if (!origins.allow(request)) {
            ProblemResponse.write(
                    response,
                    Problem.of(403, HttpHeaders.ORIGIN, "Pages of this origin may not connect."));
            return;
        }
        if (socket && Handshake.lostItsUpgrade(request)) {
            // Before its token is missed: the subprotocol that carries it counts only beside it.
            refuse(response, Handshake.refusal(request));
            return;
        }
        ProgressPrincipal principal;
        try {
            principal = authenticate(request, Introduction.of(request, queryToken));
        } catch (AuthenticationException e) {
            ProblemGate.unauthenticated(response, e);
            return;
        } catch (ProblemException e) {
            if (e.status() == 429) {
                response.setHeader(HttpHeaders.RETRY_AFTER, "5");
            }
            ProblemResponse.write(response, e.problem());
            return;
        }
        Handshake.Refusal refusal = socket ? Handshake.refusal(request) : null;
        if (refusal != null) {
            refuse(response, refusal);
            return;
        }
        request.setAttribute(AuditFilter.CALLER, principal.caller());
        if (principal.caller() != null) {
            peers.known(request);
        }
        chain.doFilter(new Authenticated(request, principal), response);
    }

    private static void refuse(HttpServletResponse response, Handshake.Refusal refusal)
            throws IOException {
        if (refusal.wanted() != null) {
            response.setHeader(refusal.header(), refusal.wanted());
        }
        ProblemResponse.write(
                response, Problem.of(refusal.status(), refusal.header(), refusal.reason()));
    }

    private ProgressPrincipal authenticate(HttpServletRequest request, Introduction handshake) {
        try {
            CallerAuthentication authentication = tokens.read(handshake.token());
            if (authentication.caller() == null) {
                throw new ProblemException(
                        403, HttpHeaders.AUTHORIZATION, authentication.refusal());
            }
            Scope scope = Scope.of(authentication.caller(), scope(request));
            return ProgressPrincipal.accepted(
                    authentication, scope, handshake.subprotocol(), request.getRemoteAddr());
        } catch (OAuth2AuthenticationException e) {
            return refuse(request, handshake, e, UNAUTHENTICATED, e.getError().getDescription());
        } catch (AuthenticationServiceException e) {
            return refuse(request, handshake, e, TRY_AGAIN, e.getMessage());
        } catch (ProblemException e) {
            // A value that is no scope is the page's mistake, not the user's: it stays a 400.
            if (e.status() != 403) {
                throw e;
            }
            return refuse(request, handshake, e, FORBIDDEN, e.getMessage());
        }
    }

    /** Of the query: the server would wait for a form's body to look for it there too. */
    private static String scope(HttpServletRequest request) {
        List<String> given = QueryParameters.parse(request.getQueryString()).get("scope");
        return given == null ? null : given.get(0);
    }

    private ProgressPrincipal refuse(
            HttpServletRequest request,
            Introduction handshake,
            RuntimeException e,
            int code,
            String reason) {
        if (!handshake.closes()) {
            throw e;
        }
        if (!refusals.mayClose(request)) {
            throw new ProblemException(
                    429, null, "Too many sockets without a token that counts. This one: " + reason);
        }
        return ProgressPrincipal.refused(new CloseRefusal(code, reason), handshake.subprotocol());
    }

    /**
     * How a client introduces itself.
     *
     * @param token what it gave, or null
     * @param closes whether a refusal is a close code rather than a status
     * @param subprotocol what the server answers, or null
     */
    private record Introduction(String token, boolean closes, String subprotocol) {

        static Introduction of(HttpServletRequest request, boolean queryToken) {
            boolean socket = "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
            List<String> offered = socket ? offered(request) : List.of();
            String subprotocol = offered.contains(SUBPROTOCOL) ? SUBPROTOCOL : null;
            String header = request.getHeader(HttpHeaders.AUTHORIZATION);
            if (header != null) {
                return new Introduction(Tokens.ofHeader(header), false, subprotocol);
            }
            List<String> bearers =
                    offered.stream().filter(name -> name.startsWith(BEARER)).toList();
            if (!bearers.isEmpty()) {
                return new Introduction(
                        bearers.get(0).substring(BEARER.length()), true, subprotocol);
            }
            if (queryToken
                    && request.getAttribute(RequestLineFilter.TOKEN) instanceof String token) {
                return new Introduction(token, false, subprotocol);
            }
            return new Introduction(null, subprotocol != null, subprotocol);
        }

        private static List<String> offered(HttpServletRequest request) {
            return Collections.list(request.getHeaders("Sec-WebSocket-Protocol")).stream()
                    .flatMap(line -> Arrays.stream(line.split(",")))
                    .map(String::strip)
                    .toList();
        }
    }

    private static final class Authenticated extends HttpServletRequestWrapper {

        private final ProgressPrincipal principal;

        Authenticated(HttpServletRequest request, ProgressPrincipal principal) {
            super(request);
            this.principal = principal;
        }

        @Override
        public Principal getUserPrincipal() {
            return principal;
        }

        @Override
        public String getRemoteUser() {
            return principal.getName();
        }

        @Override
        public boolean isUserInRole(String role) {
            return principal.caller() != null && principal.caller().role().name().equals(role);
        }
    }
}
