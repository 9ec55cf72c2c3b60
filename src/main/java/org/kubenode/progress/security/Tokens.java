package org.kubenode.progress.security;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtValidationException;
import org.springframework.security.oauth2.server.resource.BearerTokenErrors;

/** Reads bearer tokens, in one way for HTTP, sockets, streams and sessions. */
final class Tokens {

    private static final int LONGEST = 16_384;
    private static final Pattern BEARER = Pattern.compile("(?i:bearer) +([A-Za-z0-9._~+/-]+=*)");

    private static final Duration CLOCKS_APART = Duration.ofMinutes(1);
    private static final int MOST_ENDED = 10_000;

    private final Map<String, Instant> ended = new LinkedHashMap<>();
    private final JwtDecoder decoder;
    private final TokenClaims claims;

    Tokens(JwtDecoder decoder, TokenClaims claims) {
        this.decoder = decoder;
        this.claims = claims;
    }

    /** From now on the user's tokens that were issued until now open nothing on this replica. */
    void end(String userId) {
        synchronized (ended) {
            ended.remove(userId);
            ended.put(userId, Instant.now());
            if (ended.size() > MOST_ENDED) {
                ended.remove(ended.keySet().iterator().next());
            }
        }
    }

    private boolean isEnded(String userId, Instant issuedAt) {
        synchronized (ended) {
            Instant end = ended.get(userId);
            // Spring makes up an iat next to exp where a token has none.
            return end != null
                    && (issuedAt == null
                            || !issuedAt.isAfter(end)
                            || issuedAt.isAfter(Instant.now().plus(CLOCKS_APART)));
        }
    }

    /**
     * The token of an {@code Authorization} header.
     *
     * @throws OAuth2AuthenticationException when the header is there and is no bearer token
     */
    static String ofHeader(String authorization) {
        if (authorization == null) {
            return null;
        }
        Matcher matcher = BEARER.matcher(authorization.strip());
        if (!matcher.matches()) {
            throw new OAuth2AuthenticationException(
                    BearerTokenErrors.invalidToken(
                            "The Authorization header is not a bearer token."));
        }
        return matcher.group(1);
    }

    /**
     * Verifies a token.
     *
     * @param token the compact form, as the client gave it
     * @throws OAuth2AuthenticationException when it is missing, wrong or expired; its message may
     *     be shown to the client
     * @throws AuthenticationServiceException when the issuer's keys cannot be had
     */
    CallerAuthentication read(String token) {
        if (token == null || token.isEmpty()) {
            throw new OAuth2AuthenticationException(
                    BearerTokenErrors.invalidToken("A bearer token is needed."));
        }
        if (token.length() > LONGEST) {
            throw new OAuth2AuthenticationException(
                    BearerTokenErrors.invalidToken(
                            "The token has more than " + LONGEST + " characters."));
        }
        try {
            Jwt jwt = decoder.decode(token);
            CallerAuthentication read = CallerAuthentication.of(jwt, claims);
            if (isEnded(read.getName(), jwt.getIssuedAt())) {
                throw new OAuth2AuthenticationException(
                        BearerTokenErrors.invalidToken("An admin ended the sessions of the user."));
            }
            return read;
        } catch (BadJwtException e) {
            throw new OAuth2AuthenticationException(BearerTokenErrors.invalidToken(why(e)), e);
        } catch (JwtException e) {
            throw new AuthenticationServiceException(
                    "The keys of the token's issuer cannot be had.", e);
        }
    }

    private static String why(BadJwtException e) {
        if (e instanceof JwtValidationException invalid) {
            return invalid.getErrors().iterator().next().getDescription();
        }
        return "The token is not valid.";
    }
}
