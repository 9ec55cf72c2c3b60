package org.kubenode.progress.security;

import java.util.List;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;

/**
 * A verified token and the caller it names. A role that is none of ours makes it an authentication
 * without rights.
 */
final class CallerAuthentication extends JwtAuthenticationToken {

    private final transient Caller caller;
    private final String refusal;

    private CallerAuthentication(
            Jwt jwt, String userId, Caller caller, String refusal, List<GrantedAuthority> rights) {
        super(jwt, rights, userId);
        this.caller = caller;
        this.refusal = refusal;
    }

    /**
     * @param jwt a token that {@link AccessTokenValidator} has passed
     */
    static CallerAuthentication of(Jwt jwt, TokenClaims claims) {
        String userId = claims.userId(jwt);
        Role role = claims.role(jwt).orElse(null);
        return role == null
                ? new CallerAuthentication(jwt, userId, null, claims.roleFault(jwt), List.of())
                : new CallerAuthentication(
                        jwt,
                        userId,
                        new Caller(userId, claims.username(jwt), role, claims.grants(jwt)),
                        null,
                        List.of(new SimpleGrantedAuthority("ROLE_" + role.name())));
    }

    /** The caller, or null when the token's role is none of ours. */
    Caller caller() {
        return caller;
    }

    /** Why there is no caller, or null when there is one. */
    String refusal() {
        return refusal;
    }
}
