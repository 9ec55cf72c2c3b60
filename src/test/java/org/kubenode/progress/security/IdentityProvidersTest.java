package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;

/**
 * Tokens of identity providers, taken by configuration alone. None of the providers runs here: the
 * tokens are made, in the shape that each provider documents (Dex: that of its source), and signed
 * by a key that the test publishes.
 */
class IdentityProvidersTest {

    private static final RSAKey KEY = key();
    private static HttpServer issuer;

    @BeforeAll
    static void publish() throws IOException {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] set = new JWKSet(KEY).toString(true).getBytes(StandardCharsets.UTF_8);
        issuer.createContext(
                "/keys",
                exchange -> {
                    exchange.sendResponseHeaders(200, set.length);
                    exchange.getResponseBody().write(set);
                    exchange.close();
                });
        issuer.start();
    }

    @AfterAll
    static void stop() {
        issuer.stop(0);
    }

    private static final Map<String, Object> KEYCLOAK =
            Map.of(
                    "issuer", "https://id.example/realms/ops",
                    "audience", "kube-node-progress",
                    "user_claim", "sub",
                    "role_claim", "realm_access.roles",
                    "roles[kube_admins]", "admin",
                    "roles[kube_users]", "user");
    private static final Map<String, Object> ENTRA =
            Map.of(
                    "issuer", "https://login.microsoftonline.com/11111111-tenant/v2.0",
                    "audience", "api://progress,22222222-api",
                    "user_claim", "oid",
                    "role_claim", "roles",
                    "roles.Nodes.Admin", "admin",
                    "roles.Nodes.Watch", "viewer");
    private static final Map<String, Object> AUTH0 =
            Map.of(
                    "issuer", "https://tenant.eu.auth0.com/",
                    "audience", "https://progress.example/api",
                    "user_claim", "sub",
                    "role_claim", "https://progress.example/roles");
    private static final Map<String, Object> DEX =
            Map.of(
                    "issuer", "https://dex.example/dex",
                    "audience", "progress",
                    "user_claim", "sub",
                    "role_claim", "groups",
                    "roles[org:team-admins]", "admin",
                    "id_token_claims", "c_hash");

    private static Map<String, Object> keycloak(String typ) {
        return claims(
                KEYCLOAK,
                Map.of(
                        "typ", typ,
                        "sub", "f:2b:alice",
                        "aud", List.of("kube-node-progress", "account"),
                        "azp", "console",
                        "nonce", "n-0S6",
                        "preferred_username", "alice",
                        "scope", "openid profile",
                        "realm_access",
                                Map.of(
                                        "roles",
                                        List.of("offline_access", "kube_users", "kube_admins"))));
    }

    private static Map<String, Object> entra(Map<String, Object> more) {
        Map<String, Object> claims =
                claims(
                        ENTRA,
                        Map.of(
                                "aud", "22222222-api",
                                "oid", "33333333-user",
                                "tid", "11111111-tenant",
                                "preferred_username", "bob@example.com",
                                "roles", List.of("Nodes.Watch"),
                                "ver", "2.0"));
        claims.putAll(more);
        return claims;
    }

    private static Map<String, Object> auth0(Map<String, Object> more) {
        Map<String, Object> claims =
                claims(
                        AUTH0,
                        Map.of(
                                "sub",
                                "auth0|5f",
                                "https://progress.example/roles",
                                List.of("user")));
        claims.putAll(more);
        return claims;
    }

    private static Map<String, Object> dex(Map<String, Object> more) {
        Map<String, Object> claims =
                claims(
                        DEX,
                        Map.of(
                                "sub", "CgNib2ISBWxvY2Fs",
                                "aud", "progress",
                                "nonce", "n-0S6",
                                "at_hash", "MTIzNDU2Nzg5MDEyMzQ1Ng",
                                "groups", List.of("org:everybody", "org:team-admins"),
                                "name", "carol"));
        claims.putAll(more);
        return claims;
    }

    static Stream<Arguments> accessTokens() {
        Object apis =
                List.of("https://progress.example/api", "https://tenant.eu.auth0.com/userinfo");
        return Stream.of(
                Arguments.of(
                        "Keycloak", KEYCLOAK, keycloak("Bearer"), "JWT", "f:2b:alice alice ADMIN"),
                Arguments.of(
                        "Entra ID",
                        ENTRA,
                        entra(Map.of("azp", "44444444-console", "scp", "use")),
                        "JWT",
                        "33333333-user bob@example.com VIEWER"),
                Arguments.of(
                        "Auth0",
                        AUTH0,
                        auth0(Map.of("aud", apis, "azp", "console", "scope", "openid")),
                        "JWT",
                        "auth0|5f auth0|5f USER"),
                Arguments.of(
                        "Auth0 by RFC 9068",
                        AUTH0,
                        auth0(Map.of("aud", apis, "client_id", "console", "jti", "1")),
                        "at+jwt",
                        "auth0|5f auth0|5f USER"),
                Arguments.of(
                        "RFC 9068, the long form",
                        AUTH0,
                        auth0(Map.of("aud", apis, "client_id", "console", "jti", "1")),
                        "application/at+jwt",
                        "auth0|5f auth0|5f USER"),
                Arguments.of("Dex", DEX, dex(Map.of()), "JWT", "CgNib2ISBWxvY2Fs carol ADMIN"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("accessTokens")
    void anAccessTokenOpens(
            String name,
            Map<String, Object> configuration,
            Map<String, Object> claims,
            String type,
            String expected) {
        Caller caller = read(configuration, TestTokens.signed(claims, KEY, type)).caller();
        assertThat(caller.userId() + " " + caller.username() + " " + caller.role())
                .isEqualTo(expected);
    }

    static Stream<Arguments> otherTokens() {
        return Stream.of(
                Arguments.of("Keycloak ID", KEYCLOAK, keycloak("ID"), "typ"),
                Arguments.of("Keycloak refresh", KEYCLOAK, keycloak("Refresh"), "typ"),
                Arguments.of("Keycloak offline", KEYCLOAK, keycloak("Offline"), "typ"),
                Arguments.of(
                        "Entra ID, ID of the console",
                        ENTRA,
                        entra(Map.of("aud", "console")),
                        "aud"),
                Arguments.of(
                        "Entra ID, ID where console and API are one",
                        ENTRA,
                        entra(Map.of("nonce", "n-0S6")),
                        "nonce"),
                Arguments.of("Auth0 ID", AUTH0, auth0(Map.of("aud", "console", "sid", "s")), "aud"),
                Arguments.of(
                        "Auth0 ID for the API",
                        AUTH0,
                        auth0(Map.of("aud", "https://progress.example/api", "nonce", "n")),
                        "nonce"),
                Arguments.of("Dex ID", DEX, dex(Map.of("c_hash", "Y29kZQ")), "c_hash"),
                Arguments.of(
                        "another issuer", DEX, dex(Map.of("iss", "https://evil.example")), "iss"),
                Arguments.of(
                        "a refresh token of ours", DEX, dex(Map.of("type", "refresh")), "type"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("otherTokens")
    void anotherTokenOpensNothing(
            String name,
            Map<String, Object> configuration,
            Map<String, Object> claims,
            String why) {
        assertThatThrownBy(() -> read(configuration, TestTokens.signed(claims, KEY)))
                .isInstanceOf(OAuth2AuthenticationException.class)
                .hasMessageContaining("The claim " + why);
    }

    /**
     * Refresh tokens of Entra ID, Auth0 and Dex are no JWT; Keycloak signs its own with a secret.
     */
    @Test
    void aRefreshTokenThatIsNoTokenOfTheKeySetOpensNothing() {
        for (String token :
                List.of(
                        "v1.MRrtvQ7zPlq-n0tajwt",
                        TestTokens.signed(
                                keycloak("Refresh"), "a secret of at least thirty-two bytes"))) {
            assertThatThrownBy(() -> read(KEYCLOAK, token))
                    .isInstanceOf(OAuth2AuthenticationException.class);
        }
    }

    @Test
    void aTokenWithoutTypeNeedsAnAudienceToo() {
        Map<String, Object> open = new LinkedHashMap<>(KEYCLOAK);
        open.remove("audience");
        String token = TestTokens.signed(keycloak("Bearer"), KEY);
        assertThatThrownBy(() -> read(open, token)).hasMessageContaining("no claim type");
        assertThat(read(KEYCLOAK, token).caller()).isNotNull();
    }

    @Test
    void rolesOfOneClientMayHaveDotsInItsName() {
        Map<String, Object> configuration = new LinkedHashMap<>(KEYCLOAK);
        configuration.put("role_claim", "resource_access.progress.example.roles");
        Map<String, Object> claims = keycloak("Bearer");
        claims.put(
                "resource_access",
                Map.of("progress.example", Map.of("roles", List.of("kube_users"))));
        assertThat(read(configuration, TestTokens.signed(claims, KEY)).caller().role())
                .isEqualTo(Role.USER);
    }

    @Test
    void aRoleThatIsNoneOfTheMapIsNamed() {
        Map<String, Object> claims = keycloak("Bearer");
        claims.put("realm_access", Map.of("roles", List.of("admin", "offline_access")));
        CallerAuthentication read = read(KEYCLOAK, TestTokens.signed(claims, KEY));
        assertThat(read.caller()).isNull();
        assertThat(read.getAuthorities()).isEmpty();
        assertThat(read.refusal())
                .startsWith("The claim realm_access.roles is admin, offline_access; allowed: kube_")
                .contains("kube_users", "kube_admins");
    }

    private static CallerAuthentication read(Map<String, Object> configuration, String token) {
        String uri = "http://localhost:" + issuer.getAddress().getPort() + "/keys";
        Map<String, Object> given = new LinkedHashMap<>(configuration);
        given.put("jwk_set_uri", uri);
        JwtProperties properties = TestTokens.properties(given);
        return new Tokens(
                        TokenConfiguration.decoder(properties, IssuerKeys.at(uri)),
                        new TokenClaims(properties))
                .read(token);
    }

    private static Map<String, Object> claims(
            Map<String, Object> configuration, Map<String, Object> more) {
        Map<String, Object> claims = new LinkedHashMap<>(more);
        claims.put("iss", configuration.get("issuer"));
        claims.put("exp", Date.from(Instant.now().plusSeconds(300)));
        return claims;
    }

    private static RSAKey key() {
        try {
            return new RSAKeyGenerator(2048).keyID("one").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
