package org.kubenode.progress.config;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** How access tokens are checked: by a shared secret or by a JWK set. */
@ConfigurationProperties("jwt")
public record JwtProperties(
        @Doc(
                        value =
                                "The shared secret of HS256 tokens, 32 bytes or more; this or"
                                        + " `jwt.jwk_set_uri` must be given. Better by `JWT_SECRET`"
                                        + " than in a file.",
                        secret = true,
                        unset = "none")
                @DefaultValue("")
                String secret,
        @Doc(
                        value = "Address of the JWK set of an identity provider.",
                        pattern = "https?://\\S+",
                        allowed = "an http or https address",
                        unset = "none")
                @DefaultValue("")
                String jwkSetUri,
        @Doc(value = "The `iss` that tokens must carry.", unset = "not checked") @DefaultValue("")
                String issuer,
        @Doc("Name of the claim that holds the user's id.") @DefaultValue("user_id")
                String userClaim) {

    /** Leaves the secret out. */
    @Override
    public String toString() {
        return "JwtProperties[jwkSetUri=%s, issuer=%s, userClaim=%s]"
                .formatted(jwkSetUri, issuer, userClaim);
    }
}
