package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.logout.LogoutHandler;

/**
 * Ends the session of a request's cookie and takes the cookie away. It is a GET, as Hawtio's page
 * asks: another site's page cannot, because the browser does not send it a SameSite=Strict cookie.
 */
final class CookieSessionLogout implements LogoutHandler {

    private final CookieSessions sessions;

    CookieSessionLogout(CookieSessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public void logout(
            HttpServletRequest request, HttpServletResponse response, Authentication caller) {
        String id = CookieSessionFilter.id(request);
        if (id != null) {
            sessions.end(id);
            response.addHeader(
                    HttpHeaders.SET_COOKIE,
                    CookieSessions.cookie("", Duration.ZERO, request.isSecure()).toString());
        }
    }
}
