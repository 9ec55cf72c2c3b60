package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;

/** Tokens signed by the keys that an issuer publishes over HTTP. */
class TokenRevalidationTest {

    private static final RSAKey FIRST = key("first");
    private static final RSAKey SECOND = key("second");

    private HttpServer issuer;
    private volatile JWKSet published = new JWKSet(List.of(FIRST, SECOND));
    private volatile int status = 200;
    private IssuerKeys keys;
    private Tokens tokens;

    @BeforeEach
    void start() throws IOException {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext(
                "/keys",
                exchange -> {
                    byte[] body = published.toString(true).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(status, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        issuer.start();
        String uri = "http://localhost:" + issuer.getAddress().getPort() + "/keys";
        JwtProperties properties = TestTokens.properties(Map.of("jwk_set_uri", uri));
        keys =
                IssuerKeys.at(
                        uri, Duration.ofMillis(20), Duration.ofMillis(1), Duration.ofSeconds(3));
        tokens =
                new Tokens(
                        TokenConfiguration.decoder(properties, keys), new TokenClaims(properties));
    }

    @AfterEach
    void stop() {
        issuer.stop(0);
    }

    @Test
    void keysOfTheIssuerSignTokens() {
        assertThat(tokens.read(by(FIRST)).caller().userId()).isEqualTo("1");
        assertThat(tokens.read(by(SECOND)).caller().role()).isEqualTo(Role.USER);
        assertThatThrownBy(() -> tokens.read(by(key("third"))))
                .isInstanceOf(OAuth2AuthenticationException.class);
    }

    @Test
    void aPublicKeyIsNoSecret() throws JOSEException {
        String secret =
                new String(FIRST.toRSAPublicKey().getEncoded(), StandardCharsets.ISO_8859_1);
        assertThatThrownBy(
                        () -> tokens.read(TestTokens.signed(TestTokens.claims(1, "admin"), secret)))
                .isInstanceOf(OAuth2AuthenticationException.class);
    }

    @Test
    void aKeyThatWasTakenOutClosesItsSocketsOnly() {
        Open first = open(FIRST);
        Open second = open(SECOND);
        TokenRevalidation revalidation = new TokenRevalidation(tokens, keys, Clock.systemUTC());
        assertThat(revalidation.closeRevoked(List.of(first, second))).isZero();

        published = new JWKSet(SECOND);
        await().untilAsserted(
                        () -> {
                            revalidation.closeRevoked(List.of(first, second));
                            assertThat(first.closed).isNotEmpty();
                        });
        assertThat(first.closed.get(0)).startsWith("4401 ");
        assertThat(second.closed).isEmpty();
        assertThat(revalidation.stillValid((ProgressPrincipal) first.principal())).isFalse();
        assertThat(revalidation.stillValid((ProgressPrincipal) second.principal())).isTrue();
    }

    @Test
    void anIssuerThatDoesNotAnswerClosesNothing() {
        Open first = open(FIRST);
        status = 500;
        published = new JWKSet(List.of());
        Instant until = Instant.now().plusMillis(200);
        TokenRevalidation revalidation = new TokenRevalidation(tokens, keys, Clock.systemUTC());
        await().until(
                        () -> {
                            assertThat(revalidation.closeRevoked(List.of(first))).isZero();
                            return Instant.now().isAfter(until);
                        });
        assertThat(tokens.read(by(FIRST)).caller()).isNotNull();
    }

    @Test
    void anIssuerThatNeverAnsweredIsNoFaultOfTheToken() {
        status = 500;
        assertThatThrownBy(() -> tokens.read(by(FIRST)))
                .isInstanceOf(AuthenticationServiceException.class);
    }

    @Test
    void anExpiredTokenClosesItsSocket() {
        Open first = open(FIRST);
        Clock later = Clock.fixed(Instant.now().plus(Duration.ofMinutes(6)), ZoneOffset.UTC);
        assertThat(new TokenRevalidation(tokens, keys, later).closeRevoked(List.of(first))).isOne();
        assertThat(first.closed).hasSize(1);
    }

    @Test
    void aPrincipalKeepsItsTokenToItself() {
        String token = by(FIRST);
        ProgressPrincipal principal =
                ProgressPrincipal.accepted(tokens.read(token), Scope.OWN, null, null);
        assertThat(principal.toString()).doesNotContain(token).contains("userId=1");
        assertThat(tokens.read(token).toString()).doesNotContain(token);
    }

    private Open open(RSAKey key) {
        return new Open(
                ProgressPrincipal.accepted(tokens.read(by(key)), Scope.OWN, null, null),
                new ArrayList<>());
    }

    private static String by(RSAKey key) {
        Map<String, Object> claims = TestTokens.claims(1, "user");
        return TestTokens.signed(claims, key);
    }

    private static RSAKey key(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Open(Principal principal, List<String> closed) implements OpenSession {

        @Override
        public void close(int code, String reason) {
            closed.add(code + " " + reason);
        }
    }
}
