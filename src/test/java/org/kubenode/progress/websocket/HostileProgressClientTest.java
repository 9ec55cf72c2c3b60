package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.apache.camel.api.management.ManagedCamelContext;
import org.apache.camel.component.sql.SqlEndpoint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kubenode.progress.deliver.Delivery;
import org.kubenode.progress.deliver.Feed;
import org.kubenode.progress.deliver.Notifications;
import org.kubenode.progress.deliver.Reads;
import org.kubenode.progress.deliver.Step;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** What hostile clients get from the whole application, and that it costs others nothing. */
@Timeout(120)
class HostileProgressClientTest {

    private static final String SOCKET = "/api/v1/progress/ws";
    private static final String OWNER = Tokens.user(1);
    private static final String STRANGER = Tokens.user(2);

    /** Some are words that databases, expressions and JSON have a meaning for. */
    private static final List<String> NO_IDS =
            List.of(
                    "",
                    "null",
                    "x",
                    "' OR '1'='1",
                    "0192F0C1-2345-7890-ABCD-0123456789AB",
                    "0192f0c1-2345-7890-abcd-0123456789ab ",
                    "${body}",
                    "\\u0000");

    private static ReplicaContext replica;

    @BeforeAll
    static void start() {
        replica = ReplicaContext.start("hostile", List.of("--progress.enable_database=false"));
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @Test
    void anAckOfAnothersTaskOrOfAnotherSeqChangesNothing() {
        String taskId = endedTask();
        try (ProgressClient owner = ProgressClient.connect(replica.port(), OWNER);
                ProgressClient stranger = ProgressClient.connect(replica.port(), STRANGER)) {
            owner.awaitEnd(taskId);
            String ack = "{\"type\":\"ack\",\"task_id\":\"" + taskId + "\",\"seq\":%s}";
            stranger.send(ack.formatted(owner.task(taskId).seq()));
            owner.send(ack.formatted(1L << 53));
            owner.send(ack.formatted(Long.MAX_VALUE));
            owner.send(ack.formatted(0));
            owner.send("{\"type\":\"ack\",\"task_id\":\"' OR '1'='1\",\"seq\":4}");
            // Both go on, and the end is still due.
            String another = endedTask();
            owner.awaitEnd(another);
            assertThat(owner.closed()).isNull();
            assertThat(stranger.closed()).isNull();
            assertThat(stranger.task(taskId)).isNull();
        }
        try (ProgressClient again = ProgressClient.connect(replica.port(), OWNER)) {
            assertThat(again.awaitEnd(taskId).path("snapshot").asBoolean()).isTrue();
        }
    }

    @Test
    void anAckThatIsNoNumberOfAFrameIsClosedWith1008() throws Exception {
        String taskId = endedTask();
        for (String seq : List.of("-1", "1.5", "9223372036854775808", "1e3", "\"4\"", "null")) {
            assertThat(
                            closedAfter(
                                    "{\"type\":\"ack\",\"task_id\":\""
                                            + taskId
                                            + "\",\"seq\":"
                                            + seq
                                            + "}"))
                    .isEqualTo("1008 ack: seq is an integer of 0 or more");
        }
    }

    @Test
    void rubbishIsClosedWithACodeAndAReason() throws Exception {
        assertThat(closedAfter("rubbish")).isEqualTo("1007 not JSON");
        assertThat(closedAfter("{\"type\":\"ack\"} {")).isEqualTo("1007 not JSON");
        assertThat(closedAfter("[".repeat(2_000))).startsWith("1007 ");
        assertThat(closedAfter("[]")).isEqualTo("1008 type is resume, ack or token");
        assertThat(closedAfter("null")).isEqualTo("1008 type is resume, ack or token");
        assertThat(closedAfter("{\"type\":\"drop\"}"))
                .isEqualTo("1008 type is resume, ack or token");
        assertThat(closedAfter("{\"type\":\"resume\",\"tasks\":[]}"))
                .isEqualTo("1008 resume: tasks is an object");
        assertThat(closedAfter("")).startsWith("1008 ");
        // Quotes make a text of it, whatever stands in them.
        assertThat(closedAfter("\"ping\"")).isEqualTo("1008 type is resume, ack or token");
        assertThat(closedAfter("'ping'")).isEqualTo("1007 not JSON");
    }

    @Test
    void namingTenThousandTasksAndMoreIsClosedWith1008() throws Exception {
        try (RawSocket socket = connect(OWNER, "?resume=1")) {
            int named = 0;
            while (named <= 10_000) {
                StringBuilder resume =
                        new StringBuilder("{\"type\":\"resume\",\"more\":true,\"tasks\":{");
                for (int i = 0; i < 90; i++) {
                    UUID task = new UUID(0x7000, named++);
                    resume.append(i == 0 ? "" : ",").append('"').append(task).append("\":1");
                }
                socket.send(RawSocket.TEXT, bytes(resume.append("}}").toString()));
            }
            assertThat(socket.readClose()).isEqualTo("1008 resume: at most 10000 tasks");
        }
    }

    /** Each is answered, dropped or counted where it comes in. */
    @Test
    void whatCannotBeTheIdOfATaskNeverReachesTheDatabase() throws Exception {
        String token = Tokens.user(31);
        Notifications notifications = replica.bean(Notifications.class);
        try (RawSocket socket = connect(token, "?heartbeat=1")) {
            assertThat(socket.read().text()).contains("connected");
            long reads = exchangesOf("read-task");
            long acks = acknowledged();
            long unreadable = notifications.unreadable();
            for (String id : NO_IDS) {
                socket.send(
                        RawSocket.TEXT,
                        bytes("{\"type\":\"resume\",\"tasks\":{\"" + id + "\":1}}"));
                assertThat(socket.read().text())
                        .isEqualTo(
                                "{\"type\":\"error\",\"task_id\":\""
                                        + id
                                        + "\",\"error\":\"unknown task\",\"gone\":true}");
                socket.send(
                        RawSocket.TEXT,
                        bytes("{\"type\":\"ack\",\"task_id\":\"" + id + "\",\"seq\":1}"));
                replica.send(
                        "direct:receive-notification",
                        "{\"task_id\":\""
                                + id
                                + "\",\"user_id\":31,\"epoch\":1,\"seq\":1,\"type\":\"progress\"}",
                        Map.of());
            }
            socket.send(RawSocket.TEXT, bytes("ping"));
            assertThat(socket.read().text()).contains("heartbeat");
            assertThat(notifications.unreadable() - unreadable).isEqualTo(NO_IDS.size());
            assertThat(acknowledged()).isEqualTo(acks);
            assertThat(exchangesOf("read-task")).isEqualTo(reads);

            // As ids that can be do.
            String none = UUID.randomUUID().toString();
            socket.send(
                    RawSocket.TEXT, bytes("{\"type\":\"resume\",\"tasks\":{\"" + none + "\":1}}"));
            assertThat(socket.read().text()).contains(none).contains("gone");
            await().until(() -> exchangesOf("read-task") > reads);
        }
    }

    private static long exchangesOf(String route) throws Exception {
        return managed().getManagedRoute(route).getExchangesTotal();
    }

    private static long acknowledged() throws Exception {
        return managed().getManagedProcessor("acknowledge").getExchangesTotal();
    }

    private static ManagedCamelContext managed() {
        return replica.camel()
                .getCamelContextExtension()
                .getContextPlugin(ManagedCamelContext.class);
    }

    /** Nothing is read meanwhile: what is asked for, again and again, is held once and no more. */
    @Test
    void whatASocketWaitsForIsBoundHoweverOftenItAsks() throws Exception {
        Reads reads = replica.bean(Reads.class);
        JdbcTemplate template = readTask();
        DataSource rows = template.getDataSource();
        CountDownLatch answering = new CountDownLatch(1);
        template.setDataSource(waiting(rows, answering));
        try (RawSocket socket = connect(Tokens.user(32), "?heartbeat=1")) {
            assertThat(socket.read().text()).contains("connected");
            for (int i = 0; i < 20; i++) {
                socket.send(RawSocket.TEXT, bytes(resume(0)));
            }
            socket.send(RawSocket.TEXT, bytes("ping"));
            assertThat(socket.read().text()).contains("heartbeat");
            // But for those that readers have in hand.
            assertThat(reads.size()).isBetween(70, 90);
            for (int named = 90; named <= 10_000; named += 90) {
                socket.send(RawSocket.TEXT, bytes(resume(named)));
            }
            assertThat(socket.readClose()).isEqualTo("1008 resume: at most 10000 tasks");
            assertThat(reads.size()).isLessThanOrEqualTo(10_000);
            answerAll(reads, replica.bean(Delivery.class));
        } finally {
            template.setDataSource(rows);
            answering.countDown();
        }
        String taskId = endedTask();
        try (ProgressClient client = ProgressClient.connect(replica.port(), OWNER)) {
            client.awaitEnd(taskId);
        }
    }

    private static JdbcTemplate readTask() {
        return replica.camel().getEndpoints().stream()
                .filter(endpoint -> endpoint.getEndpointUri().contains("/read-task.sql"))
                .map(endpoint -> ((SqlEndpoint) endpoint).getJdbcTemplate())
                .findAny()
                .orElseThrow();
    }

    private static DataSource waiting(DataSource rows, CountDownLatch answering) {
        return new DelegatingDataSource(rows) {
            @Override
            public Connection getConnection() throws SQLException {
                try {
                    answering.await();
                } catch (InterruptedException e) {
                    throw new SQLException(e);
                }
                return super.getConnection();
            }
        };
    }

    /** As the readers would: there is none of them. */
    private static void answerAll(Reads reads, Delivery delivery) {
        for (Step.Read read = reads.next(); read != null; read = reads.next()) {
            reads.done(read);
            for (Feed feed : delivery.answered(read.feed(), null)) {
                Step next = delivery.next(feed);
                while (next != null) {
                    next = delivery.next(feed);
                }
            }
        }
    }

    /** Of 90 tasks, none of which there is. */
    private static String resume(int from) {
        StringJoiner tasks = new StringJoiner(",", "{\"type\":\"resume\",\"tasks\":{", "}}");
        for (int i = from; i < from + 90; i++) {
            tasks.add("\"" + new UUID(0x7001, i) + "\":1");
        }
        return tasks.toString();
    }

    @Test
    void handshakesThatAreNeverFinishedKeepNobodyOut() throws Exception {
        List<Socket> half = new ArrayList<>();
        try {
            for (int i = 0; i < 500; i++) {
                Socket socket = new Socket("localhost", replica.port());
                half.add(socket);
                socket.getOutputStream()
                        .write(bytes("GET " + SOCKET + " HTTP/1.1\r\nHost: localhost\r\nUpgr"));
            }
            String taskId = endedTask();
            try (ProgressClient client = ProgressClient.connect(replica.port(), OWNER)) {
                client.awaitEnd(taskId);
            }
        } finally {
            for (Socket socket : half) {
                socket.close();
            }
        }
    }

    /** After the web server's idle time, 30 s. */
    @Test
    @Tag("full")
    void aHandshakeThatIsNeverFinishedIsCutWithinAMinute() throws Exception {
        try (Socket socket = new Socket("localhost", replica.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(bytes("GET " + SOCKET + " HTTP/1.1\r\nHost: localhost\r\nUpgr"));
            byte[] answer = socket.getInputStream().readAllBytes();
            assertThat(new String(answer, StandardCharsets.UTF_8))
                    .matches(text -> text.isEmpty() || text.startsWith("HTTP/1.1 408"));
        }
    }

    @Test
    void aTokenThatExpiresWhileConnectedIsClosedWith4401() throws Exception {
        String soon = Tokens.of(1, "user", Duration.ofSeconds(2), Tokens.SECRET);
        try (RawSocket socket = connect(soon, "")) {
            assertThat(socket.readClose()).isEqualTo("4401 token expired");
        }
    }

    /** By the route and its timer, not by a call. */
    @Test
    @Tag("full")
    void theSocketsOfAKeyThatTheIssuerTookBackAreClosedWithin60Seconds() throws Exception {
        RSAKey kept = new RSAKeyGenerator(2048).keyID("kept").generate();
        RSAKey revoked = new RSAKeyGenerator(2048).keyID("revoked").generate();
        AtomicReference<JWKSet> published =
                new AtomicReference<>(new JWKSet(List.of(kept, revoked)));
        HttpServer issuer =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext(
                "/keys",
                exchange -> {
                    byte[] body = bytes(published.get().toString(true));
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        issuer.start();
        String keys = "http://localhost:" + issuer.getAddress().getPort() + "/keys";
        try (ReplicaContext other =
                        ReplicaContext.start(
                                "issued",
                                List.of(
                                        "--progress.enable_database=false",
                                        "--jwt.secret=",
                                        "--jwt.jwk_set_uri=" + keys));
                ProgressClient stays = ProgressClient.connect(other.port(), token(kept));
                ProgressClient goes = ProgressClient.connect(other.port(), token(revoked))) {
            published.set(new JWKSet(kept));
            await().atMost(Duration.ofSeconds(60)).until(() -> goes.closed() != null);
            assertThat(goes.closed()).startsWith("4401 ");
            assertThat(stays.closed()).isNull();
        } finally {
            issuer.stop(0);
        }
    }

    private static String token(RSAKey key) throws JOSEException {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                        new JWTClaimsSet.Builder()
                                .claim("user_id", 1)
                                .claim("username", "user 1")
                                .claim("role", "user")
                                .claim("type", "access")
                                .expirationTime(Date.from(Instant.now().plusSeconds(600)))
                                .build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private static String endedTask() {
        ApiClient api = replica.api(OWNER);
        String taskId = api.start("cordon", "test", 3);
        await().until(() -> api.task(taskId).path("status").asText().equals("completed"));
        return taskId;
    }

    private static String closedAfter(String text) throws IOException {
        try (RawSocket socket = connect(OWNER, "")) {
            socket.send(RawSocket.TEXT, bytes(text));
            return socket.readClose();
        }
    }

    private static RawSocket connect(String token, String query) throws IOException {
        return RawSocket.webSocket(
                replica.port(), SOCKET + query, 0, "Authorization", "Bearer " + token);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
