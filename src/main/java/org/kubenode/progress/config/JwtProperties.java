package org.kubenode.progress.config;

import java.util.List;
import java.util.Map;
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
        @Doc(
                        value =
                                "Of the `aud` of a token one must be among these. With a JWK set and"
                                        + " an audience a token needs no `type`.",
                        unset = "not checked")
                @DefaultValue
                List<String> audience,
        @Doc(
                        "Name of the claim that holds the user's id. This and the next two may be"
                                + " nested, with dots between the names.")
                @DefaultValue("user_id")
                String userClaim,
        @Doc(
                        "Name of the claim that holds the role, a text or a list: the strongest"
                                + " counts, in the order `admin`, `user`, `viewer`. For Keycloak"
                                + " `realm_access.roles`.")
                @DefaultValue("role")
                String roleClaim,
        @Doc(
                        value =
                                "The provider's roles and which of ours each means; when given, only"
                                        + " they count. A name with other characters than letters,"
                                        + " digits, `.` and `-` stands in brackets:"
                                        + " `\"[/kube_admins]\": admin`.",
                        pattern = "admin|user|viewer",
                        allowed = "a map to `admin`, `user` or `viewer`",
                        unset = "the claim has our names")
                @DefaultValue
                Map<String, String> roles,
        @Doc(
                        "Claims that only ID tokens have. A token without `type` that carries one is"
                                + " refused, unless its header or its claim `typ` says that it is an"
                                + " access token. For Dex `c_hash`: its access tokens have the"
                                + " others too.")
                @DefaultValue({"nonce", "at_hash", "c_hash", "s_hash"})
                List<String> idTokenClaims,
        @Doc("Name of the claim that holds the user's groups, for `grants`.")
                @DefaultValue("groups")
                String groupsClaim,
        @Doc(
                        value =
                                "Name of a claim that holds grants, texts `cluster/operation` with `*`"
                                        + " for any: they count beside those of `grants`. When given, a"
                                        + " token without it has none.",
                        unset = "none")
                @DefaultValue("")
                String grantsClaim,
        @DefaultValue SignIn signIn) {

    /** How the console signs in at the issuer, beside a token that is pasted. */
    public record SignIn(
            @Doc(
                            value =
                                    "The console's client at the issuer, a public one with PKCE whose"
                                            + " redirect address is the console's; needs"
                                            + " `jwt.issuer`.",
                            unset = "tokens are pasted")
                    @DefaultValue("")
                    String clientId,
            @Doc("The scopes that the console asks for.") @DefaultValue("openid profile")
                    String scope) {}

    /** Leaves the secret out. */
    @Override
    public String toString() {
        return "JwtProperties[jwkSetUri=%s, issuer=%s, audience=%s]"
                .formatted(jwkSetUri, issuer, audience);
    }
}
