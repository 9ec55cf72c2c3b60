package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kubenode.progress.websocket.OutboundQueueTest.Numbered;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Many messages at once, on real sockets: counted, not timed. */
@SpringBootTest(
        classes = WebSocketTestApplication.class,
        properties = WebSocketTestApplication.NO_ROUTE_FILES,
        webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(120)
class BurstTest {

    private static final Path CALLS = Path.of("/proc/self/io");
    private static final String PAYLOAD = "x".repeat(300);

    @LocalServerPort private int port;
    @Autowired private WebSocketComponent component;

    @Test
    void aBurstLeavesInFewWrites() throws Exception {
        assumeThat(CALLS).exists();
        List<Outbound> burst =
                IntStream.range(0, 100).mapToObj(i -> Outbound.of(i + PAYLOAD)).toList();
        List<RawSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                sockets.add(RawSocket.webSocket(port, "/echo", 0, "X-Test-User", "burst"));
            }
            await().until(() -> component.sessions("/echo").ofUser("burst").size() == 20);
            List<SocketSession> sessions = component.sessions("/echo").ofUser("burst");

            long before = writeCalls();
            sessions.forEach(session -> burst.forEach(session::send));
            readBurst(sockets);
            long oneByOne = writeCalls() - before;
            sessions.forEach(session -> session.send(burst));
            readBurst(sockets);
            long together = writeCalls() - before - oneByOne;

            System.out.printf("writes: %d one by one, %d together%n", oneByOne, together);
            assertThat(oneByOne).isGreaterThanOrEqualTo(1_000);
            assertThat(together).isLessThan(oneByOne / 10);
        } finally {
            for (RawSocket socket : sockets) {
                socket.close();
            }
        }
    }

    private static void readBurst(List<RawSocket> sockets) throws IOException {
        for (RawSocket socket : sockets) {
            for (int i = 0; i < 100; i++) {
                assertThat(readText(socket)).isEqualTo(i + PAYLOAD);
            }
        }
    }

    private static String readText(RawSocket socket) throws IOException {
        RawSocket.Frame frame = socket.read();
        while (frame.opcode() == RawSocket.PING) {
            frame = socket.read();
        }
        return frame.text();
    }

    private static long writeCalls() throws IOException {
        return Files.readAllLines(CALLS).stream()
                .filter(line -> line.startsWith("syscw:"))
                .mapToLong(line -> Long.parseLong(line.substring(7)))
                .sum();
    }

    /** What a client that reads nothing for a while must read before it is told of the present. */
    @Test
    void aStalledClientIsLeftAtMost64KilobytesOfThePast() throws Exception {
        try (RawSocket stalled =
                RawSocket.webSocket(port, "/echo", 4_096, "X-Test-User", "stalled")) {
            await().until(() -> component.sessions("/echo").ofUser("stalled").size() == 1);
            SocketSession session = component.sessions("/echo").ofUser("stalled").get(0);
            int sent = 0;
            while (sent < 20_000) {
                session.send(new Numbered(PAYLOAD, ++sent, true));
            }
            assertThat(session.queueDepth()).isLessThanOrEqualTo(256);
            int past = 0;
            String text = readText(stalled);
            while (!text.contains("<")) {
                past += text.length();
                text = readText(stalled);
            }
            System.out.printf("past: %d bytes before the first skip%n", past);
            assertThat(past).isLessThanOrEqualTo(64 * 1_024);
        }
    }
}
