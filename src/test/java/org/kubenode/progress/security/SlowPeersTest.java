package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.server.PeerLimits;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.embedded.jetty.JettyWebServer;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;

/** Peers that send or read slowly, many of them, and others who are answered all the same. */
@SpringBootTest(
        classes = GuardedApplication.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "jwt.secret=" + TestTokens.SECRET,
            "camel.main.routes-include-pattern=false",
            "spring.task.execution.pool.queue-capacity=40",
            "server.jetty.threads.idle-timeout=1s"
        })
@Import(SlowPeersTest.Small.class)
@Timeout(60)
class SlowPeersTest {

    private static final String BATCH = "/api/v1/nodes/batch/cordon";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int MIB = 1 << 20;
    private static final int REQUESTS = 30;
    private static final AtomicInteger LARGE = new AtomicInteger();
    private static volatile CountDownLatch gate = new CountDownLatch(0);

    @TestConfiguration
    static class Small {

        @Bean
        @Primary
        PeerLimits smallLimits() {
            return new PeerLimits(
                    Duration.ofSeconds(1), Duration.ofSeconds(2), 4 * MIB, REQUESTS, 64 * MIB);
        }

        @Bean
        RouteBuilder slowRoutes() {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from("platform-http:/api/v1/large?httpMethodRestrict=GET")
                            .routeId("large")
                            .process(exchange -> LARGE.incrementAndGet())
                            .removeHeaders("*")
                            .setBody(constant("x".repeat(4 * MIB)));
                    from("platform-http:/api/v1/busy?httpMethodRestrict=GET")
                            .routeId("busy")
                            .process(exchange -> gate.await())
                            .removeHeaders("*")
                            .setBody(constant("{}"));
                }
            };
        }
    }

    @LocalServerPort private int port;

    private final List<Socket> sockets = new ArrayList<>();
    private final ScheduledExecutorService drips = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void end() throws IOException {
        gate.countDown();
        drips.shutdownNow();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void drippedBodiesHoldNoThreadAndEndAs408() throws IOException {
        // Those of other tests' servers too.
        long before = jettyThreads();
        List<Socket> drippers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int user = 100 + i / REQUESTS;
            drippers.add(send(head("POST", BATCH, user, "user", "Content-Length: 1000") + "{"));
        }
        drip(drippers, " ");
        othersAreServed();
        assertThat(jettyThreads() - before).isLessThan(100);
        for (Socket dripper : drippers) {
            assertProblem(answer(dripper), 408).contains("Connection: close");
        }
        await().until(() -> get("/api/v1/forgetful", 100).statusCode() == 200);
    }

    @Test
    void aBodyInPiecesArrivesWhole() throws Exception {
        String body = "{\"text\":\"" + "x".repeat(100_000) + "\"}";
        Socket socket =
                send(
                        head(
                                        "POST",
                                        BATCH,
                                        3,
                                        "user",
                                        "Connection: close",
                                        "Content-Length: " + body.length())
                                + body.substring(0, 10));
        for (int from = 10; from < body.length(); from += 20_000) {
            write(socket, body.substring(from, Math.min(from + 20_000, body.length())));
        }
        assertThat(answer(socket)).startsWith("HTTP/1.1 200").endsWith(body);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/v1/nodes/batch/cordon, none,   application/json,                401",
        "POST, /api/v1/nodes/batch/cordon, viewer, application/json,                403",
        "POST, /api/v1/nodes/batch/cordon, user,   text/plain,                      415",
        "POST, /api/v1/progress/stream,    user, application/x-www-form-urlencoded, 405",
        "POST, /actuator/jolokia,          user,   application/json,                403",
        "GET,  /index.html,                none,   multipart/form-data;boundary=x,  200",
        "GET,  /api/v1/forgetful,          user,   multipart/form-data;boundary=x,  200"
    })
    void whatTheHeadDecidesNeedsNoBody(
            String method, String path, String role, String type, int status) throws IOException {
        Socket socket =
                send(head(method, path, 4, role, "Content-Type: " + type, "Content-Length: 99"));
        assertThat(answer(socket)).startsWith("HTTP/1.1 " + status).contains("Connection: close");
    }

    @Test
    void aBodyThatIsTooLargeByItsLengthIsNotAwaited() throws IOException {
        Socket socket = send(head("POST", BATCH, 4, "user", "Content-Length: 1048577"));
        assertProblem(answer(socket), 413);
    }

    @Test
    void drippedHeadsAreClosedAndIdleConnectionsAreNot() throws Exception {
        Socket idle = send("");
        Socket kept = send(head("GET", "/api/v1/forgetful", 1, "user"));
        assertThat(status(kept)).isEqualTo("HTTP/1.1 200 OK");
        List<Socket> heads = new ArrayList<>();
        List<Socket> lines = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            heads.add(send("GET / HTTP/1.1\r\nHost: localhost\r\nX: "));
            lines.add(send(""));
        }
        drip(heads, "x");
        drip(lines, "\r\n");
        for (Socket socket : heads) {
            assertThat(answer(socket)).isEmpty();
        }
        for (Socket socket : lines) {
            assertThat(answer(socket)).isEmpty();
        }
        for (Socket socket : List.of(idle, kept)) {
            write(socket, head("GET", "/api/v1/forgetful", 1, "user", "Connection: close"));
            assertThat(answer(socket)).contains("HTTP/1.1 200");
        }
    }

    @Test
    void answersThatNobodyReadsHoldNoThreadAndABoundedShare() throws IOException {
        LARGE.set(0);
        List<Socket> readers = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            readers.add(send(head("GET", "/api/v1/large", 5, "user", "Connection: close")));
        }
        await().until(() -> LARGE.get() == readers.size());
        othersAreServed();
        int served = 0;
        int refused = 0;
        for (Socket reader : readers) {
            String answer = answer(reader);
            if (answer.startsWith("HTTP/1.1 503")) {
                assertProblem(answer, 503).containsIgnoringCase("Retry-After: ");
                refused++;
            } else if (answer.startsWith("HTTP/1.1 200")) {
                served++;
            }
        }
        assertThat(served).isBetween(1, 8);
        assertThat(refused).isGreaterThanOrEqualTo(16);
        await().untilAsserted(() -> assertThat(get("/api/v1/large", 5).body()).hasSize(4 * MIB));
    }

    @Test
    void anAnswerThatIsReadTooSlowlyIsCut() throws IOException {
        Socket reader = send(head("GET", "/api/v1/large", 6, "user", "Connection: close"));
        await().pollDelay(Duration.ofMillis(3_500)).until(() -> true);
        assertThat(answer(reader).length()).isLessThan(4 * MIB);
    }

    @Test
    void healthAnswersWhileEveryThreadOfTheApiIsTakenAndWhatIsOverIs503() throws IOException {
        gate = new CountDownLatch(1);
        List<Socket> busy = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int user = 10 + i % 3;
            busy.add(send(head("GET", "/api/v1/busy", user, "user", "Connection: close")));
        }
        List<Socket> over = new ArrayList<>();
        await().until(
                        () -> {
                            for (Socket socket : busy) {
                                if (socket.getInputStream().available() > 0) {
                                    over.add(socket);
                                }
                            }
                            busy.removeAll(over);
                            return over.size() == 60 - 48;
                        });
        for (Socket socket : over) {
            assertProblem(answer(socket), 503).containsIgnoringCase("Retry-After: ");
        }
        live();
        gate.countDown();
        for (Socket socket : busy) {
            assertThat(answer(socket)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void aUserHasSoManyRequestsAtOnceAndOthersHaveTheirs() throws IOException {
        gate = new CountDownLatch(1);
        for (int i = 0; i < REQUESTS; i++) {
            send(head("GET", "/api/v1/busy", 7, "user", "Connection: close"));
        }
        await().until(() -> get("/api/v1/session", 7).statusCode() == 429);
        HttpResponse<String> tooMany = get("/api/v1/session", 7);
        assertThat(tooMany.headers().firstValue("Retry-After")).isPresent();
        assertThat(tooMany.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        assertThat(get("/api/v1/session", 8).statusCode()).isEqualTo(200);
        gate.countDown();
        await().until(() -> get("/api/v1/session", 7).statusCode() == 200);
    }

    @Test
    void whatABurstTookOfThreadsIsGivenBack(
            @Autowired ServletWebServerApplicationContext application) throws Exception {
        QueuedThreadPool pool =
                (QueuedThreadPool)
                        ((JettyWebServer) application.getWebServer()).getServer().getThreadPool();
        CountDownLatch burst = new CountDownLatch(1);
        for (int i = 0; i < 100; i++) {
            pool.execute(
                    () -> {
                        try {
                            burst.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
        }
        await().until(() -> pool.getThreads() >= 100);
        burst.countDown();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> pool.getThreads() <= pool.getMinThreads() + 4);
    }

    private void othersAreServed() {
        live();
        HttpResponse<String> answer =
                sent(
                        request(BATCH)
                                .header("Authorization", "Bearer " + TestTokens.token(2, "user"))
                                .POST(BodyPublishers.ofString("{}")));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{}");
    }

    private void live() {
        assertThat(sent(request("/actuator/health/liveness")).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> get(String path, int user) {
        return sent(
                request(path).header("Authorization", "Bearer " + TestTokens.token(user, "user")));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(Duration.ofSeconds(10));
    }

    private static HttpResponse<String> sent(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer to others", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static long jettyThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("qtp"))
                .count();
    }

    private static String head(
            String method, String path, int user, String role, String... headers) {
        StringBuilder head =
                new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        if (!role.equals("none")) {
            head.append("Authorization: Bearer ")
                    .append(TestTokens.token(user, role))
                    .append("\r\n");
        }
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    /** A connection with a small receive buffer, whose first bytes are these. */
    private Socket send(String text) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress("localhost", port), 10_000);
        socket.setSoTimeout(10_000);
        write(socket, text);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void drip(List<Socket> slow, String text) {
        drips.scheduleWithFixedDelay(
                () -> {
                    for (Socket socket : slow) {
                        try {
                            write(socket, text);
                        } catch (IOException e) {
                            // Closed, as it should be.
                        }
                    }
                },
                100,
                400,
                TimeUnit.MILLISECONDS);
    }

    /** What comes until the connection is closed. */
    private static String answer(Socket socket) throws IOException {
        StringBuilder answer = new StringBuilder();
        byte[] part = new byte[65_536];
        try {
            while (true) {
                int read = socket.getInputStream().read(part);
                if (read < 0) {
                    break;
                }
                answer.append(new String(part, 0, read, StandardCharsets.ISO_8859_1));
            }
        } catch (java.net.SocketException e) {
            // Cut.
        }
        return answer.toString();
    }

    private static String status(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        int next;
        while ((next = socket.getInputStream().read()) != '\r') {
            line.append((char) next);
        }
        return line.toString();
    }

    private static org.assertj.core.api.AbstractStringAssert<?> assertProblem(
            String answer, int status) {
        return assertThat(answer)
                .startsWith("HTTP/1.1 " + status)
                .contains("application/problem+json")
                .contains("\"status\":" + status);
    }
}
