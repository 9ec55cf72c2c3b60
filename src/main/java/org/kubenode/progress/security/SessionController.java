package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Who a bearer token is taken for; turns it into a cookie that opens {@code /actuator/**}, and ends
 * that. The last two answer 204.
 */
@RestController
@RequestMapping(SecurityConfiguration.SESSION)
class SessionController {

    private final CookieSessions sessions;
    private final Clock clock = Clock.systemUTC();

    SessionController(CookieSessions sessions) {
        this.sessions = sessions;
    }

    @GetMapping
    Map<String, Object> caller(CallerAuthentication caller) {
        Caller known = caller.caller();
        return Map.of(
                "user_id", known.userId(),
                "username", known.username(),
                "role", known.role().claim(),
                "sees_all", known.seesAll());
    }

    @PostMapping
    ResponseEntity<Void> begin(CallerAuthentication caller, HttpServletRequest request) {
        var token = caller.getToken();
        String previous = CookieSessionFilter.id(request);
        if (previous != null) {
            sessions.end(previous);
        }
        String id = sessions.begin(caller.getName(), token.getTokenValue(), token.getExpiresAt());
        return answer(
                id, Duration.between(clock.instant(), token.getExpiresAt()), request.isSecure());
    }

    @DeleteMapping
    ResponseEntity<Void> end(HttpServletRequest request) {
        String id = CookieSessionFilter.id(request);
        if (id != null) {
            sessions.end(id);
        }
        return answer("", Duration.ZERO, request.isSecure());
    }

    private static ResponseEntity<Void> answer(String id, Duration age, boolean secure) {
        ResponseCookie cookie = CookieSessions.cookie(id, age, secure);
        return ResponseEntity.noContent().header(HttpHeaders.SET_COOKIE, cookie.toString()).build();
    }
}
