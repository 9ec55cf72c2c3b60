package org.kubenode.progress.browser;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * As much of an OpenID provider as the code flow with PKCE takes, with tokens in the shape of
 * Keycloak's. Its sign-in page lets everybody in at once. It checks what a provider checks: the
 * client, the redirect address, the verifier, and that a code is used once.
 */
final class OidcStandIn implements AutoCloseable {

    private final RSAKey key;
    private final HttpServer server;
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final AtomicInteger renewals = new AtomicInteger();
    private volatile String role;
    private volatile Duration life;

    OidcStandIn() throws IOException, JOSEException {
        key = new RSAKeyGenerator(2048).keyID("one").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/.well-known/openid-configuration",
                exchange ->
                        answer(
                                exchange,
                                200,
                                """
                                {"issuer":"%1$s","authorization_endpoint":"%1$s/auth","token_endpoint":"%1$s/token"}
                                """
                                        .formatted(issuer())));
        server.createContext(
                "/keys", exchange -> answer(exchange, 200, new JWKSet(key).toString(true)));
        server.createContext("/auth", this::authorise);
        server.createContext("/token", this::token);
        server.start();
    }

    String issuer() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /** What the next tokens are like. */
    void next(String role, Duration life) {
        this.role = role;
        this.life = life;
    }

    int renewals() {
        return renewals.get();
    }

    private void authorise(HttpExchange exchange) throws IOException {
        Map<String, String> asked = parameters(exchange.getRequestURI().getRawQuery());
        if (!"code".equals(asked.get("response_type"))
                || !"console".equals(asked.get("client_id"))
                || !"S256".equals(asked.get("code_challenge_method"))
                || !"progress".equals(asked.get("audience"))) {
            answer(exchange, 400, "{}");
            return;
        }
        String code = UUID.randomUUID().toString();
        codes.put(code, asked);
        exchange.getResponseHeaders()
                .set(
                        "Location",
                        UriComponentsBuilder.fromUriString(asked.get("redirect_uri"))
                                .queryParam("code", code)
                                .queryParam("state", asked.get("state"))
                                .queryParam("iss", issuer())
                                .toUriString());
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> given =
                parameters(
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        boolean good;
        if ("refresh_token".equals(given.get("grant_type"))) {
            renewals.incrementAndGet();
            good = "again".equals(given.get("refresh_token"));
            life = Duration.ofMinutes(5);
        } else {
            Map<String, String> asked = codes.remove(given.getOrDefault("code", ""));
            good =
                    asked != null
                            && asked.get("redirect_uri").equals(given.get("redirect_uri"))
                            && asked.get("code_challenge").equals(s256(given.get("code_verifier")));
        }
        answer(
                exchange,
                good ? 200 : 400,
                good
                        ? "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"refresh_token\":\"again\"}"
                                .formatted(accessToken())
                        : "{\"error\":\"invalid_grant\"}");
    }

    private String accessToken() {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(),
                        new JWTClaimsSet.Builder()
                                .issuer(issuer())
                                .audience("progress")
                                .subject("f:alice")
                                .claim("typ", "Bearer")
                                .claim("preferred_username", "alice")
                                .claim("realm_access", Map.of("roles", List.of(role)))
                                .expirationTime(Date.from(Instant.now().plus(life)))
                                .build());
        try {
            token.sign(new RSASSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    private static String s256(String verifier) {
        try {
            return Base64URL.encode(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(verifier.getBytes(StandardCharsets.US_ASCII)))
                    .toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new HashMap<>();
        UriComponentsBuilder.fromUriString("?" + query.replace("+", "%20"))
                .build(true)
                .getQueryParams()
                .toSingleValueMap()
                .forEach(
                        (name, value) ->
                                parameters.put(
                                        name, URLDecoder.decode(value, StandardCharsets.UTF_8)));
        return parameters;
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
