package org.kubenode.progress.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.WebUtils;

/**
 * Authenticates by the session cookie where no bearer token is given. A cookie that no longer
 * counts is no cookie.
 */
final class CookieSessionFilter extends OncePerRequestFilter {

    private final CookieSessions sessions;
    private final Tokens tokens;
    private final RequestAttributeSecurityContextRepository repository =
            new RequestAttributeSecurityContextRepository();

    CookieSessionFilter(CookieSessions sessions, Tokens tokens) {
        this.sessions = sessions;
        this.tokens = tokens;
    }

    /**
     * Whether a request would be authenticated by its cookie; one that begins a session never is.
     */
    static boolean byCookie(HttpServletRequest request) {
        boolean begins =
                "POST".equals(request.getMethod())
                        && SecurityConfiguration.SESSION.equals(request.getServletPath());
        return !begins
                && request.getHeader(HttpHeaders.AUTHORIZATION) == null
                && id(request) != null;
    }

    /** The session id that a request carries, or null. */
    static String id(HttpServletRequest request) {
        Cookie cookie = WebUtils.getCookie(request, CookieSessions.COOKIE);
        return cookie == null ? null : cookie.getValue();
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (byCookie(request)) {
            String token = sessions.token(id(request));
            if (token != null) {
                try {
                    SecurityContext context = SecurityContextHolder.createEmptyContext();
                    context.setAuthentication(tokens.read(token));
                    SecurityContextHolder.setContext(context);
                    repository.saveContext(context, request, response);
                } catch (AuthenticationException e) {
                    sessions.end(id(request));
                }
            }
        }
        chain.doFilter(request, response);
    }
}
