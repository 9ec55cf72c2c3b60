package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class ApiDoorTest extends GuardedTest {

    private static final String BATCH = "/api/v1/nodes/batch/cordon";
    private static final String BODY = "{\"cluster_name\":\"test\",\"node_names\":[\"node-1=&\"]}";

    @Test
    void callerIsKnownOnTheThreadsOfPlatformHttp() {
        HttpResponse<String> answer = send(as("user", "/api/v1/caller"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .startsWith("Caller[userId=1, username=user 1, role=USER")
                .doesNotContain("qtp");
    }

    @Test
    void callersDoNotMixAcrossThreads() {
        List<HttpResponse<String>> answers =
                Stream.iterate(0, n -> n + 1)
                        .limit(200)
                        .map(
                                n ->
                                        CLIENT.sendAsync(
                                                request("/api/v1/caller")
                                                        .header(
                                                                "Authorization",
                                                                "bearer "
                                                                        + TestTokens.token(
                                                                                "u-" + n, "viewer"))
                                                        .build(),
                                                HttpResponse.BodyHandlers.ofString()))
                        .toList()
                        .stream()
                        .map(future -> future.join())
                        .toList();
        for (int n = 0; n < answers.size(); n++) {
            assertThat(answers.get(n).body()).startsWith("Caller[userId=u-" + n + ",");
        }
    }

    @Test
    void aUserIdIsTextWhetherTheTokenHasANumberOrAString() {
        for (Object id : List.of(1, "1")) {
            HttpResponse<String> answer =
                    send(
                            request("/api/v1/caller")
                                    .header(
                                            "Authorization",
                                            "Bearer " + TestTokens.token(id, "admin")));
            assertThat(answer.body()).startsWith("Caller[userId=1,");
        }
    }

    static Stream<Arguments> badTokens() {
        String good = TestTokens.token(1, "user");
        return Stream.of(
                Arguments.of(
                        "expired", bad("exp", Date.from(Instant.now().minusSeconds(1))), "expired"),
                Arguments.of("no exp", bad("exp", null), "exp"),
                Arguments.of(
                        "too early",
                        bad("nbf", Date.from(Instant.now().plusSeconds(200))),
                        "not valid yet"),
                Arguments.of("refresh token", bad("type", "refresh"), "type"),
                Arguments.of("no type", bad("type", null), "type"),
                Arguments.of("no user", bad("user_id", null), "user_id"),
                Arguments.of("empty user", bad("user_id", ""), "user_id"),
                Arguments.of("long user", bad("user_id", "u".repeat(129)), "user_id"),
                Arguments.of("user with a line break", bad("user_id", "a\nb"), "user_id"),
                Arguments.of("user as fraction", bad("user_id", 1.5), "user_id"),
                Arguments.of("user as boolean", bad("user_id", true), "user_id"),
                Arguments.of("username as list", bad("username", List.of("a")), "username"),
                Arguments.of(
                        "foreign secret",
                        TestTokens.signed(
                                TestTokens.claims(1, "user"),
                                "another secret of thirty-two bytes!!"),
                        "not valid"),
                Arguments.of("cut", good.substring(0, good.length() - 4), "not valid"),
                Arguments.of(
                        "unsigned",
                        "eyJhbGciOiJub25lIn0." + good.split("\\.")[1] + ".",
                        "not valid"),
                Arguments.of("rubbish", "rubbish", "not valid"));
    }

    private static String bad(String claim, Object value) {
        return TestTokens.signed(TestTokens.but(claim, value));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badTokens")
    void aBadTokenIs401(String name, String token, String why) throws Exception {
        HttpResponse<String> answer =
                send(request("/api/v1/caller").header("Authorization", "Bearer " + token));
        JsonNode problem = problem(answer, 401);
        assertThat(problem.get("detail").asText()).contains(why);
        assertThat(problem.get("field").asText()).isEqualTo("Authorization");
        assertThat(answer.headers().firstValue("WWW-Authenticate"))
                .hasValueSatisfying(value -> assertThat(value).startsWith("Bearer"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic dTpw", "Bearer", "Bearer a b", "token"})
    void anotherSchemeIs401(String authorization) throws Exception {
        problem(send(request("/api/v1/caller").header("Authorization", authorization)), 401);
    }

    @Test
    void ofTwoAuthorizationHeadersNeitherCounts() throws Exception {
        HttpResponse<String> answer =
                send(as("user", "/api/v1/caller").header("Authorization", "Bearer second"));
        assertThat(problem(answer, 400).get("field").asText()).isEqualTo("Authorization");
    }

    @Test
    void noTokenIs401() throws Exception {
        problem(send(request("/api/v1/caller")), 401);
        problem(send(post(request(BATCH), BODY)), 401);
        problem(send(request("/api/v1/nothing-here")), 401);
    }

    @Test
    void aTokenInAParameterOrACookieIs401() throws Exception {
        String token = TestTokens.token(1, "admin");
        problem(send(request("/api/v1/caller?token=" + token)), 401);
        problem(send(request("/api/v1/caller?access_token=" + token)), 401);
        problem(send(request("/api/v1/caller").header("Cookie", "progress-session=" + token)), 401);
        problem(
                send(
                        post(request(BATCH), "access_token=" + token)
                                .header("Content-Type", "application/x-www-form-urlencoded")),
                401);
    }

    @Test
    void aRoleThatIsNoneOfOursIs403() throws Exception {
        JsonNode guest = problem(send(as("guest", "/api/v1/caller")), 403);
        assertThat(guest.get("detail").asText())
                .isEqualTo("The claim role is guest; allowed: admin, user, viewer.");
        problem(send(as("ADMIN", "/api/v1/caller")), 403);
        HttpResponse<String> none =
                send(
                        request("/api/v1/caller")
                                .header("Authorization", "Bearer " + bad("role", null)));
        assertThat(problem(none, 403).get("detail").asText())
                .isEqualTo("The token has no claim role; allowed in it: admin, user, viewer.");
    }

    @Test
    void aViewerStartsNothing() throws Exception {
        problem(send(post(as("viewer", BATCH), BODY)), 403);
        problem(send(post(as("viewer", "/api/v1/tasks/7/cancel"), "")), 403);
        assertThat(send(post(as("user", "/api/v1/tasks/7/cancel"), "")).statusCode())
                .isEqualTo(200);
        assertThat(send(as("viewer", "/api/v1/caller")).statusCode()).isEqualTo(200);
    }

    @Test
    void aRouteOutsideTheApiIsNotOpenByAccident() throws Exception {
        problem(send(request("/elsewhere")), 401);
        assertThat(send(as("user", "/elsewhere")).body()).isEqualTo("open?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "application/x-www-form-urlencoded",
                ""
            })
    void aBodyArrivesAsJson(String type) {
        HttpRequest.Builder request = post(as("user", BATCH), BODY);
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        HttpResponse<String> answer = send(request);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(BODY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/xml",
                "multipart/form-data; boundary=x",
                "application/json; charset=iso-8859-1",
                "application/x-java-serialized-object",
                "json",
            })
    void anotherTypeIs415(String type) throws Exception {
        JsonNode problem =
                problem(send(post(as("user", BATCH), BODY).header("Content-Type", type)), 415);
        assertThat(problem.get("field").asText()).isEqualTo("Content-Type");
    }

    @Test
    void anEncodedBodyIs415() throws Exception {
        problem(send(post(as("user", BATCH), BODY).header("Content-Encoding", "gzip")), 415);
    }

    @Test
    void aLargeBodyIs413WithALengthAndInChunks() throws Exception {
        byte[] large = new byte[2_049];
        problem(send(as("user", BATCH).POST(BodyPublishers.ofByteArray(large))), 413);
        problem(
                send(
                        as("user", BATCH)
                                .POST(
                                        BodyPublishers.ofInputStream(
                                                () -> new ByteArrayInputStream(large)))),
                413);
        assertThat(
                        send(as("user", BATCH)
                                        .POST(
                                                BodyPublishers.ofInputStream(
                                                        () ->
                                                                new ByteArrayInputStream(
                                                                        large, 0, 2_048))))
                                .statusCode())
                .isEqualTo(200);
    }

    @Test
    void springsOwnRefusalsAreProblems() throws Exception {
        problem(send(as("user", "/api/v1/nothing-here")), 404);
        HttpResponse<String> wrongMethod = send(as("user", BATCH));
        problem(wrongMethod, 405);
        assertThat(wrongMethod.headers().firstValue("Allow")).hasValue("POST");
        problem(send(post(as("user", BATCH), BODY).header("Accept", "text/html")), 406);
        problem(send(as("user", "/api/v1//caller")), 400);
        problem(send(as("user", "/error")), 404);
    }

    @Test
    void whatTheServerItselfRefusesIsAProblem() throws Exception {
        assertThat(
                        raw(
                                "GET /api/v1/caller HTTP/1.1\r\nHost: localhost\r\nX: "
                                        + "x".repeat(30_000)
                                        + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431")
                .contains("application/problem+json")
                .contains("\"status\":431");
        assertThat(raw("GET /%ff%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .containsPattern("\"detail\":\"[A-Za-z]")
                .contains("application/problem+json");
        assertThat(
                        raw(
                                "GET /api/v1/caller?a=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                        + "Authorization: Bearer "
                                        + TestTokens.token(1, "user")
                                        + "\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/api/v1/careless",
        "POST,/api/v1/careless",
        "GET,/api/v1/forgetful",
        "POST,/api/v1/forgetful"
    })
    void nothingOfARequestComesBackEvenFromACarelessRoute(String method, String path) {
        String token = TestTokens.token(1, "user");
        String query =
                "?user_id=999&marker=marker-query&Location=marker-location&content-type=text/marker"
                        + "&CamelHttpResponseCode=299&camelhttpresponsecode=299&Set-Cookie=marker";
        HttpRequest.Builder request =
                request(path + query)
                        .header("Authorization", "Bearer " + token)
                        .header("X-Marker", "marker-header")
                        .header("Location", "https://marker.example")
                        .header("Retry-After", "marker")
                        .header("Cache-Control", "marker")
                        .header("Accept", "application/json, text/marker")
                        .header("Idempotency-Key", "marker-key")
                        .header("Cookie", "a=marker")
                        .header("Content-Disposition", "marker")
                        .header("Access-Control-Allow-Origin", "marker")
                        .method(
                                method,
                                "POST".equals(method)
                                        ? BodyPublishers.ofString(BODY)
                                        : BodyPublishers.noBody());
        if ("POST".equals(method)) {
            request.header("Content-Type", "application/json; marker=marker");
        } else {
            request.header("Content-Type", "text/marker");
        }
        HttpResponse<String> answer = send(request);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().map().toString())
                .doesNotContain("marker", "user_id", "999", token);
        if (path.endsWith("careless")) {
            assertThat(answer.body())
                    // The query is one text; no parameter of it is a header.
                    .contains("CamelHttpQuery=user_id=999&marker=marker-query&Location=")
                    .doesNotContainPattern("[{ ](user_id|marker|Location|Set-Cookie)=")
                    .doesNotContain(token, "marker-header", "text/marker ");
        }
    }

    @Test
    void aPlainCurlArrives() throws Exception {
        Process curl =
                new ProcessBuilder(
                                "curl",
                                "-sS",
                                "-i",
                                "-X",
                                "POST",
                                "http://localhost:" + port + BATCH + "?user_id=999",
                                "-H",
                                "Authorization: Bearer " + TestTokens.token(1, "user"),
                                "-d",
                                BODY)
                        .redirectErrorStream(true)
                        .start();
        String answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(answer)
                .startsWith("HTTP/1.1 200")
                .endsWith(BODY)
                .doesNotContainIgnoringCase("authorization: ");
        assertThat(answer).doesNotContain("user_id");
    }

    @Test
    void answersCarryTheSecurityHeaders() {
        Map<String, List<String>> headers = send(as("user", "/api/v1/caller")).headers().map();
        assertThat(headers.get("content-security-policy").get(0))
                .contains("script-src 'self'", "frame-ancestors 'self'");
        assertThat(headers.get("x-content-type-options")).containsExactly("nosniff");
        assertThat(headers.get("referrer-policy")).containsExactly("no-referrer");
        assertThat(headers)
                .doesNotContainKeys("access-control-allow-origin", "server", "set-cookie");
    }

    @Test
    void forwardedHeadersAreNotTrusted() {
        HttpResponse<String> answer =
                send(as("user", "/api/v1/careless").header("X-Forwarded-Host", "marker.example"));
        assertThat(answer.body()).doesNotContain("marker.example");
    }

    @Test
    void noSecretAndNoPasswordIsLogged(CapturedOutput output) {
        String token = TestTokens.token(1, "user");
        send(request("/api/v1/caller").header("Authorization", "Bearer " + token));
        send(request("/api/v1/progress/stream?token=" + token));
        assertThat(output.getAll())
                .doesNotContain(token, TestTokens.SECRET, "generated security password");
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static JsonNode problem(HttpResponse<String> answer, int status) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        JsonNode problem = new ObjectMapper().readTree(answer.body());
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("type").asText()).isEqualTo("about:blank");
        assertThat(problem.get("title").asText()).isNotBlank();
        return problem;
    }
}
