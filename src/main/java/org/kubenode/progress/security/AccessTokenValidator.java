package org.kubenode.progress.security;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * The claims that an access token must carry. Its words go to the client, so they name claims and
 * never their values.
 *
 * <p>{@code exp} is taken to the second, without the usual minute of leeway, because sockets are
 * closed at that moment too. A token from a clock that is ahead is taken up to a minute early
 * ({@code nbf}).
 */
final class AccessTokenValidator implements OAuth2TokenValidator<Jwt> {

    static final String EXPIRED = "The token has expired.";

    private static final Duration AHEAD = Duration.ofMinutes(1);

    /** RFC 9068, section 2.1. */
    private static final Set<String> ACCESS_TOKEN_TYPES = Set.of("at+jwt", "application/at+jwt");

    private final JwtProperties properties;
    private final TokenClaims claims;
    private final Clock clock;

    AccessTokenValidator(JwtProperties properties, TokenClaims claims, Clock clock) {
        this.properties = properties;
        this.claims = claims;
        this.clock = clock;
    }

    @Override
    public OAuth2TokenValidatorResult validate(Jwt jwt) {
        String wrong = firstFault(jwt);
        return wrong == null
                ? OAuth2TokenValidatorResult.success()
                : OAuth2TokenValidatorResult.failure(new OAuth2Error("invalid_token", wrong, null));
    }

    private String firstFault(Jwt jwt) {
        Instant now = clock.instant();
        if (jwt.getExpiresAt() == null) {
            return "The token has no claim exp.";
        }
        if (!now.isBefore(jwt.getExpiresAt())) {
            return EXPIRED;
        }
        if (jwt.getNotBefore() != null && now.plus(AHEAD).isBefore(jwt.getNotBefore())) {
            return "The token is not valid yet.";
        }
        if (!properties.issuer().isEmpty()
                && !properties.issuer().equals(jwt.getClaims().get("iss"))) {
            return "The claim iss is not the expected issuer.";
        }
        List<String> audience = jwt.getAudience() == null ? List.of() : jwt.getAudience();
        if (!properties.audience().isEmpty()
                && Collections.disjoint(properties.audience(), audience)) {
            return "The claim aud is not the expected audience.";
        }
        String wrongKind = wrongKind(jwt);
        return wrongKind == null ? claims.userFault(jwt) : wrongKind;
    }

    /**
     * Only access tokens open anything. Ours say so in {@code type}; Keycloak's in {@code typ};
     * those of RFC 9068 in their header; of the rest, what has a claim that only ID tokens have is
     * one (OpenID Connect Core, sections 2 and 3.3.2.11).
     */
    private String wrongKind(Jwt jwt) {
        Map<String, Object> given = jwt.getClaims();
        if (given.get("type") != null) {
            return "access".equals(given.get("type")) ? null : "The claim type is not access.";
        }
        if (properties.jwkSetUri().isEmpty() || properties.audience().isEmpty()) {
            return "The token has no claim type; it may be missing only with jwt.jwk_set_uri and jwt.audience.";
        }
        if (given.get("typ") != null) {
            return "bearer".equalsIgnoreCase(String.valueOf(given.get("typ")))
                    ? null
                    : "The claim typ is not Bearer: this is no access token.";
        }
        String header = String.valueOf(jwt.getHeaders().get("typ")).toLowerCase(Locale.ROOT);
        return ACCESS_TOKEN_TYPES.contains(header)
                ? null
                : properties.idTokenClaims().stream()
                        .filter(given::containsKey)
                        .findFirst()
                        .map(claim -> "The claim " + claim + " makes this an ID token.")
                        .orElse(null);
    }
}
