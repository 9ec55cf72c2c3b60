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

    private CallerAuthentication(
            Jwt jwt, String userId, Caller caller, List<GrantedAuthority> rights) {
        super(jwt, rights, userId);
        this.caller = caller;
    }

    /**
     * @param jwt a token that {@link AccessTokenValidator} has passed
     * @param userClaim the claim that names the user
     */
    static CallerAuthentication of(Jwt jwt, String userClaim) {
        String userId = AccessTokenValidator.userId(jwt.getClaims().get(userClaim));
        String username = jwt.getClaims().get("username") instanceof String name ? name : userId;
        return Role.of(jwt.getClaimAsString("role"))
                .map(
                        role ->
                                new CallerAuthentication(
                                        jwt,
                                        userId,
                                        new Caller(userId, username, role),
                                        List.of(new SimpleGrantedAuthority("ROLE_" + role.name()))))
                .orElseGet(() -> new CallerAuthentication(jwt, userId, null, List.of()));
    }

    /** The caller, or null when the token's role is none of ours. */
    Caller caller() {
        return caller;
    }
}
