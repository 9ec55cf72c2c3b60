package org.kubenode.progress.security;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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

    private static final int LONGEST_USER_ID = 128;
    private static final int LONGEST_USERNAME = 256;
    private static final Duration AHEAD = Duration.ofMinutes(1);

    private final JwtProperties properties;
    private final Clock clock;

    AccessTokenValidator(JwtProperties properties, Clock clock) {
        this.properties = properties;
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
        if (!"access".equals(jwt.getClaims().get("type"))) {
            return "The claim type is not access.";
        }
        if (userId(jwt.getClaims().get(properties.userClaim())) == null) {
            return "The claim "
                    + properties.userClaim()
                    + " is not an integer nor a text of 1 to "
                    + LONGEST_USER_ID
                    + " characters.";
        }
        Object username = jwt.getClaims().get("username");
        if (username != null
                && !(username instanceof String name && isText(name, LONGEST_USERNAME))) {
            return "The claim username is not a text.";
        }
        if (!(jwt.getClaims().get("role") instanceof String)) {
            return "The claim role is missing.";
        }
        return null;
    }

    /** A user id as text, or null when the claim is neither an integer nor a usable text. */
    static String userId(Object claim) {
        if (claim instanceof Long || claim instanceof Integer) {
            return claim.toString();
        }
        return claim instanceof String text && isText(text, LONGEST_USER_ID) ? text : null;
    }

    /**
     * Control characters and lone surrogates are refused: a user id ends in channel names, rows and
     * the log.
     */
    private static boolean isText(String text, int longest) {
        return !text.isBlank()
                && text.length() <= longest
                && text.codePoints()
                        .noneMatch(
                                c ->
                                        Character.isISOControl(c)
                                                || Character.getType(c) == Character.SURROGATE);
    }
}
