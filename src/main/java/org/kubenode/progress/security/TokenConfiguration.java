package org.kubenode.progress.security;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Set;
import org.kubenode.progress.config.GrantsProperties;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
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
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(
                        JOSEObjectType.JWT,
                        new JOSEObjectType("at+jwt"),
                        new JOSEObjectType("application/at+jwt"),
                        null));
        processor.setJWSKeySelector(
                keys.present()
                        ? new JWSVerificationKeySelector<>(ALGORITHMS, keys)
                        : new JWSVerificationKeySelector<>(
                                JWSAlgorithm.HS256, new ImmutableSecret<>(secret(properties))));
        // The claims are the validator's.
        processor.setJWTClaimsSetVerifier((claims, context) -> {});
        NimbusJwtDecoder decoder = new NimbusJwtDecoder(processor);
        decoder.setJwtValidator(
                new AccessTokenValidator(
                        properties, new TokenClaims(properties), Clock.systemUTC()));
        return decoder;
    }

    @Bean
    Tokens tokens(JwtDecoder decoder, JwtProperties properties, GrantsProperties grants) {
        return new Tokens(decoder, new TokenClaims(properties, grants));
    }

    @Bean
    TokenRevalidation tokenRevalidation(Tokens tokens, IssuerKeys keys) {
        return new TokenRevalidation(tokens, keys, Clock.systemUTC());
    }

    private static byte[] secret(JwtProperties properties) {
        byte[] secret = properties.secret().getBytes(StandardCharsets.UTF_8);
        if (secret.length < SHORTEST_SECRET_BYTES) {
            throw new IllegalStateException(
                    "jwt.secret has "
                            + secret.length
                            + " bytes; it needs at least "
                            + SHORTEST_SECRET_BYTES
                            + " (or give jwt.jwk_set_uri)");
        }
        return secret;
    }
}
