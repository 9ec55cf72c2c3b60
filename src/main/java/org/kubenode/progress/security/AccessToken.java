package org.kubenode.progress.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.kubenode.progress.config.JwtProperties;

/** A token for a first try, signed with the secret that replicas check tokens by. */
public final class AccessToken {

    private static final Duration VALID = Duration.ofHours(12);

    private AccessToken() {}

    /**
     * A token that lasts for 12 hours, with the claims that the configuration looks for.
     *
     * @param user the user's id: an integer stays one
     * @param role {@code admin}, {@code user} or {@code viewer}
     * @throws IllegalArgumentException when none can be made, in words for an operator
     */
    public static String of(JwtProperties jwt, String user, String role) {
        if (!jwt.jwkSetUri().isBlank() || jwt.secret().isBlank()) {
            throw new IllegalArgumentException(
                    "a token needs jwt.secret; with jwt.jwk_set_uri the identity provider gives them");
        }
        Instant now = Instant.now();
        JWTClaimsSet.Builder claims =
                new JWTClaimsSet.Builder()
                        .claim("username", user)
                        .claim(jwt.userClaim(), id(user))
                        .claim(jwt.roleClaim(), claim(jwt.roles(), role))
                        .claim("type", "access")
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(VALID)));
        if (!jwt.issuer().isBlank()) {
            claims.issuer(jwt.issuer());
        }
        jwt.audience().stream().findFirst().ifPresent(claims::audience);
        SignedJWT token =
                new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.HS256).build(), claims.build());
        try {
            token.sign(new MACSigner(jwt.secret().getBytes(StandardCharsets.UTF_8)));
        } catch (JOSEException e) {
            throw new IllegalArgumentException("jwt.secret cannot sign: " + e.getMessage(), e);
        }
        return token.serialize();
    }

    private static Object id(String user) {
        return user.matches("-?[1-9]\\d{0,17}|0") ? Long.parseLong(user) : user;
    }

    /** What the configuration takes for the role. */
    private static String claim(Map<String, String> roles, String role) {
        if (roles.isEmpty()) {
            return role;
        }
        return roles.entrySet().stream()
                .filter(known -> known.getValue().equals(role))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("jwt.roles has none that is " + role));
    }
}
