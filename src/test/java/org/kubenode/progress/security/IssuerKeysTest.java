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
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;

/** A JWK set that drips, is away, is too large, or has a key that nobody can read. */
class IssuerKeysTest {

    private static final RSAKey KNOWN = key("known");
    private static final RSAKey UNKNOWN = key("unknown");
    private static final Duration ONE_READ = Duration.ofMillis(500);

    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile String published = new JWKSet(KNOWN).toString(true);
    private volatile boolean drips;
    private HttpServer issuer;

    @BeforeEach
    void start() throws IOException {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.setExecutor(threads);
        issuer.createContext(
                "/keys",
                exchange -> {
                    asked.incrementAndGet();
                    byte[] body = published.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, 0);
                    try (OutputStream out = exchange.getResponseBody()) {
                        for (int i = 0; drips && i < body.length; i++) {
                            out.write(body[i]);
                            out.flush();
                            if (over.await(100, TimeUnit.MILLISECONDS)) {
                                return;
                            }
                        }
                        if (!drips) {
                            out.write(body);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        issuer.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        issuer.stop(0);
        threads.shutdownNow();
    }

    @Test
    void aSetThatDripsLeavesTheKeysLastSeenInForce() {
        Tokens tokens = tokens(Duration.ofMillis(1), Duration.ofMillis(1));
        assertThat(tokens.read(by(KNOWN)).caller()).isNotNull();
        drips = true;
        int before = asked.get();
        // Every one of them finds the keys too old.
        for (int i = 0; i < 60; i++) {
            assertThat(tokens.read(by(KNOWN)).caller()).isNotNull();
        }
        await().until(() -> asked.get() > before);
        assertThat(tokens.read(by(KNOWN)).caller()).isNotNull();
        published = new JWKSet(UNKNOWN).toString(true);
        drips = false;
        // It is read again without a restart once the read that drips has been given up.
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .until(() -> tokens.read(by(UNKNOWN)).caller() != null);
    }

    @Test
    void aSetThatDripsFromTheStartIsGivenUp() {
        drips = true;
        Tokens tokens = tokens(Duration.ofSeconds(15), Duration.ofSeconds(5));
        assertThatThrownBy(() -> tokens.read(by(KNOWN)))
                .isInstanceOf(AuthenticationServiceException.class);
    }

    @Test
    void anUnknownKeyIsAFaultOfTheTokenAndAskedForAtALimitedRate() {
        Tokens tokens = tokens(Duration.ofSeconds(15), Duration.ofSeconds(15));
        assertThat(tokens.read(by(KNOWN)).caller()).isNotNull();
        String unknown = by(UNKNOWN);
        CompletableFuture.allOf(
                        IntStream.range(0, 60)
                                .mapToObj(
                                        i ->
                                                CompletableFuture.runAsync(
                                                        () ->
                                                                assertThatThrownBy(
                                                                                () ->
                                                                                        tokens.read(
                                                                                                unknown))
                                                                        .isInstanceOf(
                                                                                OAuth2AuthenticationException
                                                                                        .class),
                                                        threads))
                                .toArray(CompletableFuture[]::new))
                .join();
        assertThat(asked).hasValue(1);
    }

    @Test
    void aKeyThatIsNewIsFoundAtOnce() {
        Tokens tokens = tokens(Duration.ofSeconds(15), Duration.ofMillis(1));
        assertThat(tokens.read(by(KNOWN)).caller()).isNotNull();
        published = new JWKSet(UNKNOWN).toString(true);
        assertThat(tokens.read(by(UNKNOWN)).caller()).isNotNull();
    }

    @Test
    void oneBadKeySpoilsNoOther() {
        String good = KNOWN.toPublicJWK().toJSONString();
        for (String bad :
                new String[] {
                    "{\"kty\":\"RSA\",\"kid\":\"bad\"}",
                    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
                    "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"x5c\":[\"rubbish\"]}",
                    "{\"kty\":\"new\"}",
                    "{\"kid\":7}",
                    "{}"
                }) {
            published = "{\"keys\":[" + bad + "," + good + "]}";
            Tokens tokens = tokens(Duration.ofSeconds(15), Duration.ofSeconds(5));
            assertThat(tokens.read(by(KNOWN)).caller()).as(bad).isNotNull();
        }
    }

    @Test
    void whatIsNoSetOrTooLargeChangesNothing() {
        Tokens tokens = tokens(Duration.ofMillis(1), Duration.ofMillis(1));
        assertThat(tokens.read(by(KNOWN)).caller()).isNotNull();
        for (String answer :
                new String[] {
                    "<html>", "[]", "{\"keys\":[{}]}", "{\"keys\":[" + " ".repeat(1 << 20) + "]}"
                }) {
            published = answer;
            int before = asked.get();
            await().until(
                            () -> {
                                assertThat(tokens.read(by(KNOWN)).caller()).as(answer).isNotNull();
                                return asked.get() > before + 1;
                            });
        }
    }

    private Tokens tokens(Duration readAgainAfter, Duration atMostEvery) {
        String uri = "http://localhost:" + issuer.getAddress().getPort() + "/keys";
        JwtProperties properties = TestTokens.properties(Map.of("jwk_set_uri", uri));
        IssuerKeys keys = IssuerKeys.at(uri, readAgainAfter, atMostEvery, ONE_READ);
        return new Tokens(
                TokenConfiguration.decoder(properties, keys), new TokenClaims(properties));
    }

    private static String by(RSAKey key) {
        return TestTokens.signed(TestTokens.claims(1, "user"), key);
    }

    private static RSAKey key(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
