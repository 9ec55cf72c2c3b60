package org.kubenode.progress.firstrun;

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

/** The token of the first run's one user. */
final class AccessToken {

    private static final Duration VALID = Duration.ofHours(12);

    private AccessToken() {}

    /**
     * An administrator's token, valid for 12 hours.
     *
     * @param secret 32 bytes or more
     * @param userClaim the claim that holds the user's id
     * @param issuer left out when empty
     */
    static String of(String secret, String userClaim, String issuer) {
        Instant now = Instant.now();
        JWTClaimsSet.Builder claims =
                new JWTClaimsSet.Builder()
                        .claim(userClaim, 1)
                        .claim("username", "admin")
                        .claim("role", "admin")
                        .claim("type", "access")
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(VALID)));
        if (!issuer.isBlank()) {
            claims.issuer(issuer);
        }
        SignedJWT token =
                new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.HS256).build(), claims.build());
        try {
            token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (JOSEException e) {
            throw new IllegalStateException("The token cannot be signed", e);
        }
        return token.serialize();
    }
}
