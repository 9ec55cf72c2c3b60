package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Collection;
import java.util.List;
import org.apache.camel.ProducerTemplate;
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
class WebSocketConsumerTest {

    @LocalServerPort private int port;
    @Autowired private Events events;
    @Autowired private WebSocketComponent component;
    @Autowired private ProducerTemplate template;

    @BeforeEach
    void forget() {
        await().until(() -> component.sessions("/echo").size() == 0);
        events.clear();
    }

    @Test
    void openMessageAndCloseAreExchangesInThisOrder() {
        try (TestClient client = connect("/echo", "X-Test-User", "ann")) {
            client.send("hello");
            await().until(() -> client.received.contains("hello"));
            client.socket().sendClose(1000, "bye").join();
        }
        await().until(() -> !events.named("close").isEmpty());

        String session = events.get(0).session();
        assertThat(events)
                .containsExactly(
                        new Event("open", session, "ann", null, null),
                        new Event("message", session, "ann", "hello", null),
                        new Event("close", session, "ann", "bye", 1000));
        assertThat(component.sessions("/echo").size()).isZero();
        assertThat(component.sessions("/echo").ofUser("ann")).isEmpty();
    }

    @Test
    void aMessageToAUserReachesAllOfItsSocketsAndNobodyElse() {
        try (TestClient one = connect("/echo", "X-Test-User", "ann");
                TestClient two = connect("/echo", "X-Test-User", "ann");
                TestClient other = connect("/echo", "X-Test-User", "bob")) {
            await().until(() -> events.named("open").size() == 3);
            template.sendBodyAndHeader("direct:to-user", "news", WebSocketConstants.USER, "ann");
            template.sendBodyAndHeader(
                    "direct:to-user", "all", WebSocketConstants.SEND_TO_ALL, true);
            await().untilAsserted(
                            () -> {
                                assertThat(one.received).containsExactly("news", "all");
                                assertThat(two.received).containsExactly("news", "all");
                                assertThat(other.received).containsExactly("all");
                            });
        }
    }

    @Test
    void aMailingReachesThoseItNamesWhateverTheHeadersSay() {
        try (TestClient one = connect("/echo", "X-Test-User", "ann");
                TestClient other = connect("/echo", "X-Test-User", "bob")) {
            await().until(() -> events.named("open").size() == 2);
            SocketSession ann = component.sessions("/echo").ofUser("ann").iterator().next();
            Mailing mailing =
                    new Mailing() {
                        @Override
                        public List<Outbound> messages() {
                            return List.of(Outbound.of("first"), Outbound.of("second"));
                        }

                        @Override
                        public Collection<?> sockets() {
                            return List.of("one that is gone", ann);
                        }
                    };
            template.sendBodyAndHeader("direct:to-user", mailing, WebSocketConstants.USER, "bob");
            template.sendBodyAndHeader(
                    "direct:to-user", "all", WebSocketConstants.SEND_TO_ALL, true);
            await().untilAsserted(
                            () -> {
                                assertThat(one.received).containsExactly("first", "second", "all");
                                assertThat(other.received).containsExactly("all");
                            });
        }
    }

    @Test
    void headersAndParametersOfAClientReachNoHeader() {
        String query =
                "/echo?CamelWebSocketUser=eve&CamelWebSocketSendToAll=true&token=secret&scope=all&scope=own";
        try (TestClient client =
                connect(
                        query,
                        "X-Test-User",
                        "ann",
                        "CamelWebSocketUser",
                        "eve",
                        "CamelWebSocketSession",
                        "1")) {
            await().until(() -> events.named("open").size() == 1);
            assertThat(client.received).isEmpty();
            assertThat(events.get(0).user()).isEqualTo("ann");
            SocketSession session = component.sessions("/echo").ofUser("ann").get(0);
            assertThat(events.get(0).session()).isEqualTo(session.id());
            assertThat(session.query("CamelWebSocketUser")).isEqualTo("eve");
            assertThat(session.query("scope")).isEqualTo("all");
            assertThat(session.queryAll("scope")).containsExactly("all", "own");
            assertThat(session.query("token")).isNull();
            assertThat(session.query("absent")).isNull();
        }
    }

    private TestClient connect(String path, String... headers) {
        return TestClient.connect("ws://localhost:" + port + path, headers);
    }
}
