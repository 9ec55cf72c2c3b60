package org.kubenode.progress.security;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Set;
import javax.crypto.spec.SecretKeySpec;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.jose.jws.MacAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** How a token is verified: by a shared secret (HS256), or by the keys that an issuer publishes. */
@Configuration(proxyBeanMethods = false)
class TokenConfiguration {

    private static final int SHORTEST_SECRET_BYTES = 32;

    /** Only public-key signatures: with a MAC among them a public key could pass for a secret. */
    private static final Set<JWSAlgorithm> ALGORITHMS = JWSAlgorithm.Family.SIGNATURE;

    @Bean
    IssuerKeys issuerKeys(JwtProperties properties) {
        return properties.jwkSetUri().isEmpty()
                ? IssuerKeys.none()
                : IssuerKeys.at(properties.jwkSetUri());
    }

    @Bean
    JwtDecoder jwtDecoder(JwtProperties properties, IssuerKeys keys) {
        return decoder(properties, keys);
    }

    /**
     * @throws IllegalStateException when tokens are signed with a secret and it is too short
     */
    static JwtDecoder decoder(JwtProperties properties, IssuerKeys keys) {
        NimbusJwtDecoder decoder =
                keys.present() ? byPublicKeys(keys) : bySecret(properties.secret());
        decoder.setJwtValidator(new AccessTokenValidator(properties, Clock.systemUTC()));
        return decoder;
    }

    @Bean
    Tokens tokens(JwtDecoder decoder, JwtProperties properties) {
        return new Tokens(decoder, properties.userClaim());
    }

    @Bean
    TokenRevalidation tokenRevalidation(Tokens tokens, IssuerKeys keys) {
        return new TokenRevalidation(tokens, keys, Clock.systemUTC());
    }

    private static NimbusJwtDecoder bySecret(String secret) {
        byte[] key = secret.getBytes(StandardCharsets.UTF_8);
        if (key.length < SHORTEST_SECRET_BYTES) {
            throw new IllegalStateException(
                    "jwt.secret has "
                            + key.length
                            + " bytes; it needs at least "
                            + SHORTEST_SECRET_BYTES
                            + " (or give jwt.jwk_set_uri)");
        }
        return NimbusJwtDecoder.withSecretKey(new SecretKeySpec(key, "HmacSHA256"))
                .macAlgorithm(MacAlgorithm.HS256)
                .build();
    }

    private static NimbusJwtDecoder byPublicKeys(IssuerKeys keys) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(
                        JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys.source()));
        // The claims are the validator's.
        processor.setJWTClaimsSetVerifier((claims, context) -> {});
        return new NimbusJwtDecoder(processor);
    }
}
