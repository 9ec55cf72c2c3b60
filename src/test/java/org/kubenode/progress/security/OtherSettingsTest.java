package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.TestPropertySource;

/** The settings that the other tests leave at their defaults. */
@ExtendWith(OutputCaptureExtension.class)
@TestPropertySource(
        properties = {
            "progress.query_token=false",
            "progress.public_metrics=true",
            "progress.allowed_origins=",
            "jwt.user_claim=sub",
            "jwt.issuer=https://issuer.example",
            "jwt.sign_in.client_id=console",
            "server.forward-headers-strategy=framework"
        })
class OtherSettingsTest extends GuardedTest {

    private static String token() {
        var claims = TestTokens.but("user_id", null);
        claims.put("sub", "0f8e-oidc|subject");
        claims.put("iss", "https://issuer.example");
        return TestTokens.signed(claims);
    }

    @Test
    void userClaimAndIssuerAreConfiguration() {
        assertThat(
                        send(request("/api/v1/caller").header("Authorization", "Bearer " + token()))
                                .body())
                .startsWith("Caller[userId=0f8e-oidc|subject,");
        assertThat(send(as("user", "/api/v1/caller")).statusCode()).isEqualTo(401);
    }

    @Test
    void theConsoleLearnsWhereToSignInAndMayAskThere() {
        assertThat(send(request("/api/v1/sign-in")).body())
                .isEqualTo(
                        "{\"issuer\":\"https://issuer.example\",\"client_id\":\"console\","
                                + "\"scope\":\"openid profile\"}");
        assertThat(policy("/")).contains("connect-src 'self' https://issuer.example;");
        assertThat(policy("/api/v1/caller")).contains("connect-src 'self';");
    }

    private String policy(String path) {
        return send(request(path)).headers().firstValue("Content-Security-Policy").orElseThrow();
    }

    @Test
    void theQueryTokenCanBeSwitchedOff() {
        assertThat(send(request("/api/v1/progress/stream?token=" + token())).statusCode())
                .isEqualTo(401);
    }

    @Test
    void metricsCanBeOpen() {
        assertThat(send(request("/actuator/prometheus")).statusCode()).isEqualTo(200);
        assertThat(send(request("/actuator/info")).statusCode()).isEqualTo(401);
    }

    @Test
    void trustedForwardedHeadersSayWhatTheOwnOriginIs() {
        assertThat(stream("https://nodes.example", "https", "nodes.example")).isEqualTo(200);
        assertThat(stream("https://nodes.example", "https", "other.example")).isEqualTo(403);
        assertThat(stream("https://portal.example", "http", "nodes.example")).isEqualTo(403);
        try {
            CLIENT.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + token())
                    .header("Origin", "https://nodes.example")
                    .header("X-Forwarded-Proto", "https")
                    .header("X-Forwarded-Host", "nodes.example")
                    .buildAsync(
                            java.net.URI.create("ws://localhost:" + port + "/api/v1/progress/ws"),
                            new WebSocket.Listener() {})
                    .join()
                    .abort();
        } catch (CompletionException e) {
            WebSocketHandshakeException refused = (WebSocketHandshakeException) e.getCause();
            throw new AssertionError("refused with " + refused.getResponse().statusCode(), e);
        }
    }

    @Test
    void noPasswordIsGeneratedAtTheStart(CapturedOutput output) {
        assertThat(send(request("/actuator/health")).statusCode()).isEqualTo(200);
        assertThat(output.getAll()).doesNotContainIgnoringCase("password");
    }

    private int stream(String origin, String scheme, String host) {
        return send(request("/api/v1/progress/stream")
                        .header("Authorization", "Bearer " + token())
                        .header("Origin", origin)
                        .header("X-Forwarded-Proto", scheme)
                        .header("X-Forwarded-Host", host))
                .statusCode();
    }
}
