package org.kubenode.progress.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Signs tokens for tests. */
final class TestTokens {

    static final String SECRET = "a secret of at least thirty-two bytes";

    private TestTokens() {}

    /** The group {@code jwt} of a configuration, bound as the application binds it. */
    static JwtProperties properties(Map<String, ?> given) {
        Map<String, Object> named = new LinkedHashMap<>();
        given.forEach(
                (key, value) -> {
                    String[] name = key.split("(?=\\[)", 2);
                    named.put(
                            "jwt." + name[0].replace('_', '-') + (name.length > 1 ? name[1] : ""),
                            value);
                });
        return new Binder(new MapConfigurationPropertySource(named))
                .bindOrCreate("jwt", JwtProperties.class);
    }

    /** The claims of a good token that is valid for five minutes. */
    static Map<String, Object> claims(Object userId, String role) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("user_id", userId);
        claims.put("username", "user " + userId);
        claims.put("role", role);
        claims.put("type", "access");
        claims.put("exp", Date.from(Instant.now().plusSeconds(300)));
        return claims;
    }

    /** Good claims with one changed, or taken out when the value is null. */
    static Map<String, Object> but(String claim, Object value) {
        Map<String, Object> claims = claims(1, "user");
        if (value == null) {
            claims.remove(claim);
        } else {
            claims.put(claim, value);
        }
        return claims;
    }

    static String token(Object userId, String role) {
        return signed(claims(userId, role));
    }

    static String signed(Map<String, Object> claims) {
        return signed(claims, SECRET);
    }

    static String signed(Map<String, Object> claims, String secret) {
        try {
            return sign(new JWSHeader(JWSAlgorithm.HS256), claims, new MACSigner(secret));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static String signed(Map<String, Object> claims, RSAKey key) {
        return signed(claims, key, "JWT");
    }

    /**
     * @param type of the header
     */
    static String signed(Map<String, Object> claims, RSAKey key, String type) {
        try {
            JWSHeader header =
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID(key.getKeyID())
                            .type(new JOSEObjectType(type))
                            .build();
            return sign(header, claims, new RSASSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String sign(JWSHeader header, Map<String, Object> claims, JWSSigner signer)
            throws JOSEException {
        JWTClaimsSet.Builder set = new JWTClaimsSet.Builder();
        claims.forEach(set::claim);
        SignedJWT jwt = new SignedJWT(header, set.build());
        jwt.sign(signer);
        return jwt.serialize();
    }
}
