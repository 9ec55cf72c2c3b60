package org.kubenode.progress.testing;

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

/** Access tokens (HS256) that the replicas of {@link ReplicaProcess} take. */
public final class Tokens {

    /** The {@code jwt.secret} of the replicas under test. */
    public static final String SECRET = "for-tests-only-0123456789abcdef0123456789abcdef";

    private Tokens() {}

    /** The token of a user with the role user, valid for an hour. */
    public static String user(Object userId) {
        return of(userId, "user");
    }

    public static String viewer(Object userId) {
        return of(userId, "viewer");
    }

    public static String admin(Object userId) {
        return of(userId, "admin");
    }

    public static String of(Object userId, String role) {
        return of(userId, role, Duration.ofHours(1), SECRET);
    }

    /** A token with more claims, or others. */
    public static String with(Object userId, String role, Map<String, ?> more) {
        return of(userId, role, Duration.ofHours(1), SECRET, more);
    }

    /**
     * Any token.
     *
     * @param userId an integer or a text
     * @param valid from now; negative for one that has expired
     */
    public static String of(Object userId, String role, Duration valid, String secret) {
        return of(userId, role, valid, secret, Map.of());
    }

    private static String of(
            Object userId, String role, Duration valid, String secret, Map<String, ?> more) {
        JWTClaimsSet.Builder claims =
                new JWTClaimsSet.Builder()
                        .claim("user_id", userId)
                        .claim("username", "user " + userId)
                        .claim("role", role)
                        .claim("type", "access")
                        .expirationTime(Date.from(Instant.now().plus(valid)));
        more.forEach(claims::claim);
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
        try {
            token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }
}
