package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kubenode.progress.websocket.WebSocketTestApplication.Event;
import org.kubenode.progress.websocket.WebSocketTestApplication.Events;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
        classes = WebSocketTestApplication.class,
        properties = WebSocketTestApplication.NO_ROUTE_FILES,
        webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(60)
class ServerSentEventsTest {

    @LocalServerPort private int port;
    @Autowired private Events events;
    @Autowired private WebSocketComponent component;

    @BeforeEach
    void forget() {
        component.sessions("/echo").all().forEach(session -> session.close(1000, null));
        await().until(() -> component.sessions("/echo").size() == 0);
        events.clear();
    }

    @Test
    void aStreamIsASessionOfTheSamePath() throws Exception {
        try (RawSocket stream = connect("X-Test-User", "ann", "Last-Event-ID", "abc")) {
            assertThat(stream.answer)
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("content-type: text/event-stream;charset=utf-8")
                    .contains("Cache-Control: no-store");
            assertThat(readEvent(stream)).containsExactly(": ping");
            SocketSession session = session();
            assertThat(session.attributes()).containsEntry(WebSocketConstants.LAST_EVENT_ID, "abc");
            session.send(identified("7", "{\"seq\":7}"));
            session.send("two\nlines");
            assertThat(readEvent(stream)).containsExactly("id: 7", "data: {\"seq\":7}");
            assertThat(readEvent(stream)).containsExactly("data: two", "data: lines");
            session.close(1000, null);
        }
        await().until(() -> events.named("close").size() == 1);
        String id = events.get(0).session();
        assertThat(events)
                .containsExactly(
                        new Event("open", id, "ann", null, null),
                        new Event("close", id, "ann", "", 1000));
    }

    @Test
    void tenThousandEventsArriveInOrder() throws Exception {
        try (RawSocket stream = connect("X-Test-User", "ann")) {
            readEvent(stream);
            SocketSession session = session();
            session.attributes().put(WebSocketConstants.CONFLATE, false);
            int sent = 0;
            for (int seen = 0; seen < 10_000; seen++) {
                while (sent < 10_000 && session.queueDepth() < 1_000) {
                    session.send(identified("" + sent, "event " + sent));
                    sent++;
                }
                assertThat(readEvent(stream)).containsExactly("id: " + seen, "data: event " + seen);
            }
        }
    }

    @Test
    void aStreamThatIsNotReadDelaysNoSenderAndIsClosed() throws Exception {
        try (RawSocket stream = new RawSocket(port, "/echo-stream", 4_096, "X-Test-User", "ann")) {
            assertThat(stream.answer).startsWith("HTTP/1.1 200 ");
            SocketSession session = session();
            String text = "x".repeat(10_000);
            assertThat(IntStream.range(0, 10_000).allMatch(i -> session.send(text))).isFalse();
            assertThat(session.isOpen()).isFalse();
            await().until(() -> component.sessions("/echo").size() == 0);
        }
    }

    @Test
    void aHeartbeatIsAComment() throws Exception {
        try (RawSocket stream = connect("X-Test-User", "ann")) {
            readEvent(stream);
            SocketSession session = session();
            // As the keeper does.
            session.keep(System.nanoTime() + 21_000_000_000L, java.time.Instant.now());
            assertThat(readEvent(stream)).containsExactly(": ping");
        }
    }

    @Test
    void aHeartbeatThatWasAskedForIsAnEventWithoutAnId() throws Exception {
        try (RawSocket stream = connect("X-Test-User", "ann")) {
            readEvent(stream);
            SocketSession session = session();
            session.setHeartbeat(() -> Outbound.of("alive"));
            session.keep(System.nanoTime() + 21_000_000_000L, java.time.Instant.now());
            assertThat(readEvent(stream)).containsExactly(": ping");
            assertThat(readEvent(stream)).containsExactly("data: alive");
        }
    }

    @Test
    void aClientThatLeavesIsNoticedByTheNextWrite() throws Exception {
        try (RawSocket stream = connect("X-Test-User", "ann")) {
            readEvent(stream);
        }
        SocketSession session = session();
        await().until(
                        () -> {
                            session.send("anybody there?");
                            return component.sessions("/echo").size() == 0;
                        });
        await().until(() -> events.named("close").size() == 1);
    }

    @Test
    void aRefusedPrincipalGetsAStatus() throws Exception {
        try (RawSocket stream = connect("X-Test-User", "ann", "X-Test-Refusal", "4401")) {
            assertThat(stream.answer).startsWith("HTTP/1.1 401 ");
        }
        try (RawSocket stream = connect("X-Test-User", "ann", "X-Test-Refusal", "4403")) {
            assertThat(stream.answer).startsWith("HTTP/1.1 403 ");
        }
        assertThat(events).isEmpty();
    }

    private RawSocket connect(String... headers) throws IOException {
        return new RawSocket(port, "/echo-stream", headers);
    }

    private SocketSession session() {
        await().until(() -> component.sessions("/echo").ofUser("ann").size() == 1);
        return component.sessions("/echo").ofUser("ann").get(0);
    }

    /** The lines of the next event, without the size lines of the chunked encoding. */
    private static List<String> readEvent(RawSocket stream) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = stream.readLine(); line != null; line = stream.readLine()) {
            if (line.isEmpty() && !lines.isEmpty()) {
                return lines;
            }
            if (!line.isEmpty() && !line.matches("[0-9A-Fa-f]+")) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static Outbound identified(String id, String text) {
        return new EncodedOutbound() {
            @Override
            protected String encode() {
                return text;
            }

            @Override
            public String eventId(SocketSession session) {
                return id;
            }
        };
    }
}
