package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.kubenode.progress.problem.Problem;
import org.springframework.http.HttpHeaders;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.csrf.CsrfException;

/** Answers 401 and 403 (and 503 when a token's issuer cannot be asked) as problems. */
final class ProblemGate implements AuthenticationEntryPoint, AccessDeniedHandler {

    @Override
    public void commence(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException e)
            throws IOException {
        unauthenticated(response, e);
    }

    static void unauthenticated(HttpServletResponse response, AuthenticationException e)
            throws IOException {
        if (e instanceof AuthenticationServiceException) {
            response.setHeader(HttpHeaders.RETRY_AFTER, "5");
            ProblemResponse.write(response, Problem.of(503, null, e.getMessage()));
        } else if (e instanceof OAuth2AuthenticationException wrong) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
            ProblemResponse.write(
                    response,
                    Problem.of(401, HttpHeaders.AUTHORIZATION, wrong.getError().getDescription()));
        } else {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            ProblemResponse.write(
                    response,
                    Problem.of(401, HttpHeaders.AUTHORIZATION, "A bearer token is needed."));
        }
    }

    @Override
    public void handle(
            HttpServletRequest request, HttpServletResponse response, AccessDeniedException e)
            throws IOException {
        Problem problem;
        if (e instanceof CsrfException) {
            problem =
                    Problem.of(
                            403,
                            "X-XSRF-TOKEN",
                            "A request with the session cookie repeats the cookie XSRF-TOKEN in this header.");
        } else if (SecurityContextHolder.getContext().getAuthentication()
                        instanceof CallerAuthentication known
                && known.caller() == null) {
            problem = Problem.of(403, HttpHeaders.AUTHORIZATION, known.refusal());
        } else {
            problem =
                    Problem.of(
                            403, null, "The role or the grants of the caller do not allow this.");
        }
        ProblemResponse.write(response, problem);
    }
}
