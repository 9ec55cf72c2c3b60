package org.kubenode.progress.security;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How bearer tokens are verified.
 *
 * @param secret the HS256 key, at least 32 bytes of UTF-8; empty when {@code jwkSetUri} is given
 * @param jwkSetUri where the public keys of the issuer are, instead of a secret
 * @param issuer the claim {@code iss} that a token must carry; empty: not checked
 * @param userClaim the name of the claim that identifies the user
 */
@ConfigurationProperties("jwt")
public record JwtProperties(
        @DefaultValue("") String secret,
        @DefaultValue("") String jwkSetUri,
        @DefaultValue("") String issuer,
        @DefaultValue("user_id") String userClaim) {

    /** Without the secret. */
    @Override
    public String toString() {
        return "JwtProperties[jwkSetUri="
                + jwkSetUri
                + ", issuer="
                + issuer
                + ", userClaim="
                + userClaim
                + "]";
    }
}
