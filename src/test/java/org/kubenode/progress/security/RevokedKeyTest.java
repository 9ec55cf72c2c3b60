package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** An issuer takes back one of its keys while sockets of both are open. */
class RevokedKeyTest extends GuardedTest {

    private static final RSAKey KEPT = key("kept");
    private static final RSAKey REVOKED = key("revoked");
    private static volatile JWKSet published = new JWKSet(List.of(KEPT, REVOKED));
    private static HttpServer issuer;

    @Autowired private SocketTokens socketTokens;

    @DynamicPropertySource
    static void startIssuer(DynamicPropertyRegistry registry) throws IOException {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext(
                "/keys",
                exchange -> {
                    byte[] body = published.toString(true).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        issuer.start();
        registry.add("jwt.secret", () -> "");
        registry.add(
                "jwt.jwk_set_uri",
                () -> "http://localhost:" + issuer.getAddress().getPort() + "/keys");
    }

    @AfterAll
    static void stopIssuer() {
        issuer.stop(0);
    }

    @Test
    void theSocketsOfAKeyThatWasTakenBackAreClosed() {
        CompletableFuture<String> kept = open(KEPT);
        CompletableFuture<String> revoked = open(REVOKED);
        assertThat(socketTokens.revalidate()).isZero();

        published = new JWKSet(KEPT);
        // As the route does, only more often; the keys are read again after 15 s.
        await().atMost(Duration.ofSeconds(25))
                .pollInterval(Duration.ofMillis(500))
                .until(
                        () -> {
                            socketTokens.revalidate();
                            return revoked.isDone();
                        });
        assertThat(revoked.join()).startsWith("4401 ");
        assertThat(kept).isNotDone();
    }

    private CompletableFuture<String> open(RSAKey key) {
        CompletableFuture<String> closed = new CompletableFuture<>();
        CompletableFuture<String> opened = new CompletableFuture<>();
        CLIENT.newWebSocketBuilder()
                .header(
                        "Authorization",
                        "Bearer " + TestTokens.signed(TestTokens.claims(1, "user"), key))
                .buildAsync(
                        URI.create("ws://localhost:" + port + "/api/v1/progress/ws"),
                        new WebSocket.Listener() {
                            @Override
                            public CompletionStage<?> onText(
                                    WebSocket socket, CharSequence text, boolean last) {
                                opened.complete(text.toString());
                                socket.request(1);
                                return null;
                            }

                            @Override
                            public CompletionStage<?> onClose(
                                    WebSocket socket, int code, String reason) {
                                closed.complete(code + " " + reason);
                                return null;
                            }
                        })
                .join();
        assertThat(opened.join()).startsWith("1 OWN");
        return closed;
    }

    private static RSAKey key(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
