package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.SocketSwarm;
import org.kubenode.progress.testing.Tokens;

/** Many connections in a short time: of one user, of nobody, and of all who lost theirs. */
class StormsTest {

    private static final String SOCKET = "/api/v1/progress/ws";
    private static final String STREAM = "/api/v1/progress/stream";

    private static ReplicaContext replica;

    @BeforeAll
    static void start() {
        replica =
                ReplicaContext.start(
                        "storms",
                        List.of(
                                "--progress.enable_database=false",
                                "--clusters[0].latency_ms=0",
                                "--server.forward-headers-strategy=framework",
                                "--progress.max_strangers=20",
                                "--progress.websocket.max_connect_rate=1",
                                "--progress.websocket.max_sessions_per_user=12",
                                "--progress.websocket.max_replay_rate=20000",
                                "--progress.websocket.max_refusal_rate=1"));
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @Test
    void aUserOpensSoManySocketsASecondAndOthersTheirs() throws IOException {
        String user = Tokens.user("stormy");
        for (int i = 0; i < 12; i++) {
            assertThat(opened(user, "")).startsWith("HTTP/1.1 101");
        }
        assertThat(opened(user, ""))
                .startsWith("HTTP/1.1 429")
                .containsIgnoringCase("Retry-After: 1\r\n")
                .contains("application/problem+json");
        ApiClient.Answer stream = replica.api(user).get(STREAM);
        assertThat(stream.status()).isEqualTo(429);
        assertThat(stream.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(stream.json().path("detail").asText()).contains("Too many new connections");
        assertThat(opened(Tokens.user("calm"), "")).startsWith("HTTP/1.1 101");
        await().until(() -> opened(user, "").startsWith("HTTP/1.1 101"));
    }

    @Test
    void aUserIsSentSoMuchAgainThenItWaits() throws IOException {
        String user = Tokens.user("greedy");
        ApiClient api = replica.api(user);
        String task =
                api.start(
                        "cordon",
                        ApiClient.batch("test", ApiClient.nodes(5_000)).put("concurrency", 100));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.task(task).path("status").asText().equals("completed"));
        String again = "{\"type\":\"resume\",\"tasks\":{\"" + task + "\":0}}";
        try (RawSocket socket = socket(user, "")) {
            assertThat(socket.read().text()).contains("connected");
            int snapshots = 0;
            RawSocket.Frame frame = socket.read();
            while (frame.opcode() == RawSocket.TEXT) {
                assertThat(frame.text()).contains(task).contains("\"snapshot\":true");
                snapshots++;
                socket.send(RawSocket.TEXT, again.getBytes(StandardCharsets.UTF_8));
                frame = socket.read();
            }
            // Of some 70 KB each, 320 KB at once.
            assertThat(snapshots).isBetween(4, 8);
            assertThat(frame.close()).matches("1013 resume: too much is asked for again.*");
        }
        assertThat(opened(user, ""))
                .startsWith("HTTP/1.1 429")
                .containsIgnoringCase("Retry-After: ");
        assertThat(opened(Tokens.user("modest"), "")).startsWith("HTTP/1.1 101");
        await().until(() -> opened(user, "").startsWith("HTTP/1.1 101"));
    }

    @Test
    void socketsAreAcceptedToBeClosedOnlySoOften() throws IOException {
        assertThat(refused("192.0.2.1")).startsWith("4401");
        String answer = refused("192.0.2.1");
        for (int i = 0; i < 100 && answer.startsWith("4401"); i++) {
            answer = refused("192.0.2.1");
        }
        assertThat(answer)
                .startsWith("HTTP/1.1 429")
                .containsIgnoringCase("Retry-After: ")
                .contains("application/problem+json");
        assertThat(opened(Tokens.user("beside"), "")).startsWith("HTTP/1.1 101");
        await().until(() -> refused("192.0.2.1").startsWith("4401"));
    }

    @Test
    void ofConnectionsWithoutATokenTheOldestAreClosedAndNoOther() throws IOException {
        List<Socket> strangers = new ArrayList<>();
        String user = Tokens.user("known");
        try (RawSocket socket = socket(user, "?heartbeat=1");
                Socket kept = new Socket("localhost", replica.port())) {
            get(kept, "/api/v1/session", user);
            for (int i = 0; i < 50; i++) {
                Socket stranger = new Socket("localhost", replica.port());
                stranger.setSoTimeout(10);
                strangers.add(stranger);
            }
            // Those that just came stay, but no more than 80.
            assertThat(strangers.stream().filter(StormsTest::isClosed)).isEmpty();
            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                Socket later = new Socket("localhost", replica.port());
                                later.setSoTimeout(10);
                                strangers.add(later);
                                return strangers.stream().filter(StormsTest::isClosed).count()
                                        >= 30;
                            });
            assertThat(strangers.get(strangers.size() - 1)).matches(last -> !isClosed(last));
            get(kept, "/api/v1/session", user);
            assertThat(socket.read().text()).contains("connected");
            socket.send(RawSocket.TEXT, "ping".getBytes(StandardCharsets.UTF_8));
            assertThat(socket.read().text()).contains("heartbeat");
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    /** With the limits as they are when nobody sets them. */
    @Test
    void fiveHundredThatAreCutComeBackAtOnce() throws Exception {
        try (ReplicaContext usual =
                        ReplicaContext.start("usual", List.of("--progress.enable_database=false"));
                Relay relay = Relay.to("localhost", usual.port());
                SocketSwarm swarm = new SocketSwarm(relay.port())) {
            String[] tokens = new String[10];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = Tokens.user(i);
            }
            swarm.open(500, i -> tokens[i % 10], "", 0, Duration.ofSeconds(60));
            swarm.reconnectWhenLost(relay.port());
            relay.cut();
            await().atMost(Duration.ofSeconds(30)).until(() -> swarm.closes().size() >= 500);
            swarm.awaitGreeted(500, Duration.ofSeconds(60));
            assertThat(swarm.closes()).containsOnly("cut");
        }
    }

    /** The first line and the headers of the answer. */
    private static String opened(String token, String query) throws IOException {
        try (RawSocket socket = socket(token, query)) {
            return socket.answer;
        }
    }

    private static RawSocket socket(String token, String query) throws IOException {
        return RawSocket.webSocket(
                replica.port(), SOCKET + query, 0, "Authorization", "Bearer " + token);
    }

    private static String refused(String address) throws IOException {
        try (RawSocket socket =
                RawSocket.webSocket(
                        replica.port(),
                        SOCKET,
                        0,
                        "X-Forwarded-For",
                        address,
                        "Sec-WebSocket-Protocol",
                        "progress.v1, bearer.rubbish")) {
            return socket.answer.startsWith("HTTP/1.1 101") ? socket.readClose() : socket.answer;
        }
    }

    private static void get(Socket socket, String path, String token) throws IOException {
        socket.getOutputStream()
                .write(
                        ("GET "
                                        + path
                                        + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                        + token
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.UTF_8));
        byte[] answer = new byte[8_192];
        int length = socket.getInputStream().read(answer);
        assertThat(new String(answer, 0, Math.max(0, length), StandardCharsets.UTF_8))
                .startsWith("HTTP/1.1 200");
    }

    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
