package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
        classes = WebSocketTestApplication.class,
        properties = WebSocketTestApplication.NO_ROUTE_FILES,
        webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(60)
class ConcurrentSendersTest {

    private static final int THREADS = 8;
    private static final int EACH = 2_500;

    @LocalServerPort private int port;
    @Autowired private WebSocketComponent component;

    @Test
    void eightThreadsOnOneSocketLoseNothingAndKeepEachOnesOrder() throws Exception {
        try (TestClient client = connect("eight")) {
            SocketSession session = session("eight");
            ExecutorService senders = Executors.newFixedThreadPool(THREADS);
            for (int t = 0; t < THREADS; t++) {
                int thread = t;
                senders.execute(
                        () -> {
                            for (int i = 0; i < EACH; i++) {
                                // Slower than the hard limit, faster than the peer.
                                while (session.queueDepth() > 2_000) {
                                    LockSupport.parkNanos(50_000);
                                }
                                session.send(thread + " " + i);
                            }
                        });
            }
            senders.shutdown();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> client.received.size() == THREADS * EACH);
            int[] next = new int[THREADS];
            for (String text : List.copyOf(client.received)) {
                String[] parts = text.split(" ");
                int thread = Integer.parseInt(parts[0]);
                assertThat(Integer.parseInt(parts[1])).isEqualTo(next[thread]++);
            }
        }
    }

    @Test
    void oneClientThatNeverReadsDelaysNoneOfTheOthers() throws Exception {
        List<TestClient> clients = new ArrayList<>();
        IntStream.range(0, 19).forEach(i -> clients.add(connect("many")));
        await().until(() -> component.sessions("/echo").ofUser("many").size() == 19);
        long alone = p99(clients);
        try (RawSocket stalled = RawSocket.webSocket(port, "/echo", 4_096, "X-Test-User", "many")) {
            await().until(() -> component.sessions("/echo").ofUser("many").size() == 20);
            assertThat(stalled.answer).startsWith("HTTP/1.1 101 ");
            SocketSession slow = component.sessions("/echo").ofUser("many").get(19);
            // Until the network takes no more.
            while (slow.queueDepth() < 256) {
                slow.send(new Progress("fill", "x".repeat(20_000)));
            }
            long beside = p99(clients);
            assertThat(slow.isOpen()).isTrue();
            assertThat(slow.queueDepth()).isLessThan(260);
            System.out.printf(
                    "p99 of 19 readers: %d us alone, %d us beside a stalled one%n",
                    alone / 1000, beside / 1000);
            // A stalled one would cost seconds; this leaves room for a busy machine.
            assertThat(beside).isLessThan(10 * alone + 20_000_000);
        } finally {
            clients.forEach(TestClient::close);
        }
    }

    /** Of 200 broadcasts to all sockets of the user, nanoseconds. */
    private long p99(List<TestClient> clients) {
        List<SocketSession> sessions = component.sessions("/echo").ofUser("many");
        clients.forEach(client -> client.received.clear());
        long[] latencies = new long[200];
        for (int i = 0; i < latencies.length; i++) {
            int round = i + 1;
            Outbound message = new Progress("task", "round " + round + " " + "x".repeat(280));
            long start = System.nanoTime();
            sessions.forEach(session -> session.send(message));
            while (!clients.stream().allMatch(client -> client.received.size() >= round)) {
                LockSupport.parkNanos(50_000);
            }
            latencies[i] = System.nanoTime() - start;
        }
        Arrays.sort(latencies);
        return latencies[(int) (latencies.length * 0.99) - 1];
    }

    private TestClient connect(String user) {
        return TestClient.connect("ws://localhost:" + port + "/echo", "X-Test-User", user);
    }

    private SocketSession session(String user) {
        await().until(() -> component.sessions("/echo").ofUser(user).size() == 1);
        return component.sessions("/echo").ofUser(user).get(0);
    }

    private static final class Progress extends EncodedOutbound {
        private final String key;
        private final String text;

        Progress(String key, String text) {
            this.key = key;
            this.text = text;
        }

        @Override
        protected String encode() {
            return text;
        }

        @Override
        public Object key() {
            return key;
        }

        @Override
        public boolean skippable() {
            return true;
        }
    }
}
