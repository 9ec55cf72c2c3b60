package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class HandshakeTest extends GuardedTest {

    private static final String USER = TestTokens.token(1, "user");
    private static final String VIEWER = TestTokens.token("v", "viewer");
    private static final String ADMIN = TestTokens.token("a", "admin");
    private static final String GUEST = TestTokens.token(1, "guest");
    private static final String EXPIRED =
            TestTokens.signed(TestTokens.but("exp", Date.from(Instant.now().minusSeconds(1))));

    @Test
    void headerOpensASocketOrFailsWithAStatus() {
        assertThat(byHeader(USER)).isEqualTo("1 OWN null");
        assertThat(byHeader(EXPIRED)).isEqualTo("status 401");
        assertThat(byHeader("rubbish")).isEqualTo("status 401");
        assertThat(byHeader(GUEST)).isEqualTo("status 403");
        assertThat(socket("", builder -> builder)).isEqualTo("status 401");
    }

    @Test
    void headerDecidesEvenBesideTheOtherForms() {
        assertThat(
                        socket(
                                "?token=" + USER,
                                builder ->
                                        builder.header("Authorization", "Bearer " + EXPIRED)
                                                .subprotocols("progress.v1", "bearer." + USER)))
                .isEqualTo("status 401");
    }

    @Test
    void subprotocolOpensASocketOrClosesItWithACode() {
        assertThat(bySubprotocol(USER)).isEqualTo("1 OWN progress.v1 (progress.v1)");
        assertThat(bySubprotocol(EXPIRED))
                .isEqualTo("close 4401 The token has expired. (progress.v1)");
        assertThat(bySubprotocol("rubbish"))
                .isEqualTo("close 4401 The token is not valid. (progress.v1)");
        assertThat(bySubprotocol(GUEST)).startsWith("close 4403");
        assertThat(socket("", builder -> builder.subprotocols("progress.v1")))
                .startsWith("close 4401 A bearer token is needed.");
    }

    @Test
    void queryTokenOpensASocketOrFailsWithAStatus() {
        assertThat(socket("?token=" + USER, builder -> builder)).isEqualTo("1 OWN null");
        assertThat(socket("?token=" + EXPIRED, builder -> builder)).isEqualTo("status 401");
        assertThat(socket("?token=", builder -> builder)).isEqualTo("status 401");
        assertThat(socket("?token=" + GUEST, builder -> builder)).isEqualTo("status 403");
    }

    @Test
    void aTokenMayHave16KilobytesByEveryWayIn() {
        String large = TestTokens.signed(TestTokens.but("pad", "x".repeat(12_000)));
        assertThat(large.length()).isBetween(16_000, 16_384);
        assertThat(byHeader(large)).isEqualTo("1 OWN null");
        assertThat(bySubprotocol(large)).isEqualTo("1 OWN progress.v1 (progress.v1)");
        assertThat(socket("?token=" + large, builder -> builder)).isEqualTo("1 OWN null");
        assertThat(send(request("/api/v1/progress/stream?token=" + large)).statusCode())
                .isEqualTo(200);
        assertThat(
                        send(request("/api/v1/caller").header("Authorization", "Bearer " + large))
                                .statusCode())
                .isEqualTo(200);
        assertThat(
                        send(request("/api/v1/caller")
                                        .header(
                                                "Authorization",
                                                "Bearer " + large + "x".repeat(400)))
                                .body())
                .contains("more than 16384 characters");
    }

    @Test
    void aCookieOpensNothing() {
        HttpResponse<String> session =
                send(
                        as("admin", "/api/v1/session")
                                .POST(java.net.http.HttpRequest.BodyPublishers.noBody()));
        String cookie = session.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
        assertThat(socket("", builder -> builder.header("Cookie", cookie))).isEqualTo("status 401");
        assertThat(send(request("/api/v1/progress/stream").header("Cookie", cookie)).statusCode())
                .isEqualTo(401);
        assertThat(send(request("/api/v1/caller").header("Cookie", cookie)).statusCode())
                .isEqualTo(401);
    }

    @Test
    void scopeIsTheCallersOwnUnlessTheRoleSeesAll() {
        assertThat(scope(VIEWER, "")).isEqualTo("v ALL null");
        assertThat(scope(VIEWER, "?scope=own")).isEqualTo("v OWN null");
        assertThat(scope(ADMIN, "")).isEqualTo("a OWN null");
        assertThat(scope(ADMIN, "?scope=all")).isEqualTo("a ALL null");
        assertThat(scope(USER, "?scope=own")).isEqualTo("1 OWN null");
        assertThat(scope(USER, "?scope=all")).isEqualTo("status 403");
        assertThat(scope(ADMIN, "?scope=everything")).isEqualTo("status 400");
        assertThat(socket("?scope=all&token=" + USER, builder -> builder)).isEqualTo("status 403");
    }

    @Test
    void onlyPagesOfAllowedOriginsConnect() {
        assertThat(from("http://localhost:" + port)).isEqualTo("1 OWN null");
        assertThat(from("https://portal.example")).isEqualTo("1 OWN null");
        assertThat(from("https://PORTAL.example:443")).isEqualTo("1 OWN null");
        assertThat(from("https://localhost:" + port)).isEqualTo("status 403");
        assertThat(from("http://localhost:1")).isEqualTo("status 403");
        assertThat(from("https://portal.example.evil.example")).isEqualTo("status 403");
        assertThat(from("https://evil@portal.example")).isEqualTo("status 403");
        assertThat(from("null")).isEqualTo("status 403");
        // A header that any client can send makes no origin its own.
        assertThat(
                        socket(
                                "?token=" + USER,
                                builder ->
                                        builder.header("Origin", "https://evil.example")
                                                .header("X-Forwarded-Host", "evil.example")
                                                .header("X-Forwarded-Proto", "https")))
                .isEqualTo("status 403");
        assertThat(
                        send(request("/api/v1/progress/stream?token=" + USER)
                                        .header("Origin", "https://evil.example"))
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void aStreamTakesHeaderOrQueryTokenAndAlwaysFailsWithAStatus() {
        assertThat(send(as("user", "/api/v1/progress/stream?a=b")).body())
                .isEqualTo("1 OWN null a=b");
        HttpResponse<String> byQuery =
                send(request("/api/v1/progress/stream?token=" + VIEWER + "&a=b"));
        assertThat(byQuery.body()).isEqualTo("v ALL null a=b");
        HttpResponse<String> expired = send(request("/api/v1/progress/stream?token=" + EXPIRED));
        assertThat(expired.statusCode()).isEqualTo(401);
        assertThat(expired.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        assertThat(send(request("/api/v1/progress/stream?token=" + GUEST)).statusCode())
                .isEqualTo(403);
        assertThat(send(request("/api/v1/progress/stream")).statusCode()).isEqualTo(401);
        assertThat(send(request("/api/v1/progress/%73tream")).statusCode()).isEqualTo(401);
        // Without an upgrade there is no socket that could be closed.
        assertThat(send(request("/api/v1/progress/ws?token=" + EXPIRED)).statusCode())
                .isEqualTo(401);
    }

    @Test
    void aTokenOf16KilobytesIsTakenByEveryWayIn() {
        Map<String, Object> claims = TestTokens.but("groups", "x".repeat(12_000));
        String large = TestTokens.signed(claims);
        assertThat(large.length()).isBetween(16_000, 16 * 1_024);
        assertThat(byHeader(large)).isEqualTo("1 OWN null");
        assertThat(bySubprotocol(large)).isEqualTo("1 OWN progress.v1 (progress.v1)");
        assertThat(socket("?token=" + large, builder -> builder)).isEqualTo("1 OWN null");
        assertThat(send(request("/api/v1/caller").header("Authorization", "Bearer " + large)))
                .returns(200, HttpResponse::statusCode);
        claims.put("groups", "x".repeat(12_400));
        assertThat(bySubprotocol(TestTokens.signed(claims)))
                .isEqualTo("close 4401 The token has more than 16384 characters. (progress.v1)");
    }

    @Test
    void twoAuthorizationHeadersAreRefused() throws IOException {
        String good = "Authorization: Bearer " + USER + "\r\n";
        String twice = good + "authorization: Bearer " + EXPIRED + "\r\n";
        assertThat(raw("/api/v1/progress/ws", "1.1", UPGRADE + KEY + twice))
                .startsWith("HTTP/1.1 400 ")
                .contains("\"field\":\"Authorization\"");
        assertThat(raw("/api/v1/progress/stream", "1.1", twice)).startsWith("HTTP/1.1 400 ");
        assertThat(raw("/api/v1/caller", "1.1", twice)).startsWith("HTTP/1.1 400 ");
        assertThat(raw("/api/v1/caller", "1.1", good)).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aHandshakeThatIsNoneIsRefusedWithTheHeaderAtFault() throws IOException {
        String path = "/api/v1/progress/ws";
        String token = "Authorization: Bearer " + USER + "\r\n";
        assertThat(raw(path, "1.1", UPGRADE + KEY + token)).startsWith("HTTP/1.1 101 ");
        assertThat(raw(path, "1.0", UPGRADE + KEY + token))
                .startsWith("HTTP/1.1 400 ")
                .contains("HTTP/1.1 or newer");
        for (String key : List.of("", "c2hvcnQ=", "dGhlIHNhbXBsZSBub25jZQ", "!".repeat(24))) {
            assertThat(raw(path, "1.1", UPGRADE + "Sec-WebSocket-Key: " + key + "\r\n" + token))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"field\":\"Sec-WebSocket-Key\"");
        }
        assertThat(raw(path, "1.1", UPGRADE + KEY + KEY + token)).startsWith("HTTP/1.1 400 ");
        assertThat(raw(path, "1.1", UPGRADE.replace("13", "8") + KEY + token))
                .startsWith("HTTP/1.1 426 ")
                .contains("Sec-WebSocket-Version: 13");
        assertThat(raw(path, "1.1", token)).startsWith("HTTP/1.1 426 ");
        assertThat(raw(path, "1.1", "")).startsWith("HTTP/1.1 401 ");
    }

    /** As nginx does without its two lines: what is hop by hop is gone, the rest is passed on. */
    @Test
    void aProxyThatTakesTheUpgradeAwayIsTold() throws IOException {
        String left = "Sec-WebSocket-Version: 13\r\n" + KEY;
        String subprotocol = "Sec-WebSocket-Protocol: progress.v1, bearer." + USER + "\r\n";
        for (String version : List.of("1.0", "1.1")) {
            assertThat(raw("/api/v1/progress/ws", version, left + subprotocol))
                    .startsWith("HTTP/1.1 426 ")
                    .contains("Upgrade: websocket\r\n", "proxy_set_header Upgrade $http_upgrade")
                    .doesNotContain("bearer token");
        }
    }

    @Test
    void noTokenIsLogged(CapturedOutput output) {
        byHeader(USER);
        bySubprotocol(USER);
        socket("?token=" + USER, builder -> builder);
        socket("?token=" + EXPIRED, builder -> builder);
        send(request("/api/v1/progress/stream?token=" + USER));
        assertThat(output.getAll()).doesNotContain(USER, EXPIRED);
    }

    private static final String UPGRADE =
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    /** What is answered to a request as it is written here, up to the end of its body. */
    private String raw(String path, String version, String headers) throws IOException {
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(10_000);
            String request =
                    "GET " + path + " HTTP/" + version + "\r\nHost: localhost\r\n" + headers;
            socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder answer = new StringBuilder();
            while (answer.indexOf("\r\n\r\n") < 0) {
                answer.append((char) in.read());
            }
            Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(answer);
            if (length.find()) {
                byte[] body = in.readNBytes(Integer.parseInt(length.group(1)));
                answer.append(new String(body, StandardCharsets.UTF_8));
            }
            return answer.toString();
        }
    }

    private String byHeader(String token) {
        return socket("", builder -> builder.header("Authorization", "Bearer " + token));
    }

    private String bySubprotocol(String token) {
        return socket("", builder -> builder.subprotocols("progress.v1", "bearer." + token));
    }

    private String scope(String token, String query) {
        return socket(query, builder -> builder.header("Authorization", "Bearer " + token));
    }

    private String from(String origin) {
        return socket("?token=" + USER, builder -> builder.header("Origin", origin));
    }

    /**
     * What became of a handshake: the first text, the close code with its reason, or the status.
     */
    private String socket(String query, UnaryOperator<WebSocket.Builder> with) {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        WebSocket.Listener listener =
                new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                            WebSocket socket, CharSequence text, boolean last) {
                        outcome.complete(text.toString());
                        return null;
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                        outcome.complete("close " + code + " " + reason);
                        return null;
                    }

                    @Override
                    public void onError(WebSocket socket, Throwable error) {
                        outcome.completeExceptionally(error);
                    }
                };
        try {
            WebSocket socket =
                    with.apply(CLIENT.newWebSocketBuilder())
                            .buildAsync(
                                    URI.create(
                                            "ws://localhost:"
                                                    + port
                                                    + "/api/v1/progress/ws"
                                                    + query),
                                    listener)
                            .orTimeout(10, TimeUnit.SECONDS)
                            .join();
            String answered = socket.getSubprotocol();
            String text = outcome.orTimeout(10, TimeUnit.SECONDS).join();
            socket.abort();
            return answered.isEmpty() ? text : text + " (" + answered + ")";
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return "status " + refused.getResponse().statusCode();
            }
            throw e;
        }
    }
}
