package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.UriParam;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Starting and stopping servers, routes and clients. */
@Timeout(60)
class LifecycleTest {

    private ConfigurableApplicationContext server;
    private int port;

    @BeforeEach
    void start() {
        start(0);
    }

    private void start(int wanted) {
        server =
                new SpringApplicationBuilder(WebSocketTestApplication.class)
                        .run(
                                "--server.port=" + wanted,
                                "--" + WebSocketTestApplication.NO_ROUTE_FILES);
        port = ((ServletWebServerApplicationContext) server).getWebServer().getPort();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aServerThatStopsClosesEverySocketWith1012() throws Exception {
        try (TestClient client = TestClient.connect(uri());
                RawSocket mute = RawSocket.webSocket(port, "/echo", 0)) {
            await().until(() -> sessions().size() == 2);
            long start = System.nanoTime();
            server.close();
            assertThat(client.closed().get(5, TimeUnit.SECONDS)).isEqualTo("1012 service restart");
            // The mute one gets the code but answers nothing, and cannot hold the stop up.
            assertThat(mute.readClose()).isEqualTo("1012 service restart");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(8));
        }
    }

    @Test
    void aRouteCanStopAndStart() throws Exception {
        CamelContext camel = server.getBean(CamelContext.class);
        try (TestClient client = TestClient.connect(uri())) {
            await().until(() -> sessions().size() == 1);
            camel.getRouteController().stopRoute("echo");
            assertThat(client.closed().get(5, TimeUnit.SECONDS)).isEqualTo("1012 service restart");
        }
        try (RawSocket refused = RawSocket.webSocket(port, "/echo", 0)) {
            assertThat(refused.answer).startsWith("HTTP/1.1 404 ");
        }
        camel.getRouteController().startRoute("echo");
        try (TestClient client = TestClient.connect(uri())) {
            client.send("again");
            await().until(() -> client.received.contains("again"));
        }
    }

    @Test
    void everyOptionIsKnownAndWrongOnesStopTheRoute() throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            WebSocketEndpoint endpoint =
                    camel.getEndpoint(
                            "websocket-jsr356:/x?softLimit=1&hardLimit=2&hardLimitBytes=3"
                                    + "&maxTextBytes=4&maxRate=5&maxBurst=6&maxSessions=7"
                                    + "&maxSessionsPerUser=8&maxConnectRate=10&maxReplayRate=4096"
                                    + "&sendTimeout=9&pingInterval=10s"
                                    + "&deadAfter=1m&idleTimeout=12&closeTimeout=13&ssePath=/y"
                                    + "&secretParameters=a,b&sendToAll=true",
                            WebSocketEndpoint.class);
            assertThat(endpoint.isSendToAll()).isTrue();
            assertThat(endpoint.getOptions()).usingRecursiveComparison().isEqualTo(given());
            assertThatThrownBy(() -> camel.getEndpoint("websocket-jsr356:/x?sofLimit=1"))
                    .isInstanceOf(ResolveEndpointFailedException.class)
                    .hasMessageContaining("sofLimit");
            assertThatThrownBy(() -> camel.getEndpoint("websocket-jsr356:/x?softLimit=9999"))
                    .isInstanceOf(ResolveEndpointFailedException.class)
                    .hasMessageContaining("softLimit must be 1 to hardLimit");
        }
    }

    private static WebSocketOptions given() {
        WebSocketOptions given = new WebSocketOptions();
        given.setSoftLimit(1);
        given.setHardLimit(2);
        given.setHardLimitBytes(3);
        given.setMaxTextBytes(4);
        given.setMaxRate(5);
        given.setMaxBurst(6);
        given.setMaxSessions(7);
        given.setMaxSessionsPerUser(8);
        given.setMaxConnectRate(10);
        given.setMaxReplayRate(4096);
        given.setSendTimeout(Duration.ofMillis(9));
        given.setPingInterval(Duration.ofSeconds(10));
        given.setDeadAfter(Duration.ofMinutes(1));
        given.setIdleTimeout(Duration.ofMillis(12));
        given.setCloseTimeout(Duration.ofMillis(13));
        given.setSsePath("/y");
        given.setSecretParameters("a,b");
        return given;
    }

    @Test
    void theDocumentNamesEveryOption() throws Exception {
        String document = Files.readString(Path.of("docs/websocket-component.md"));
        List<String> names =
                Stream.of(WebSocketOptions.class, WebSocketEndpoint.class)
                        .flatMap(type -> Stream.of(type.getDeclaredFields()))
                        .filter(field -> field.isAnnotationPresent(UriParam.class))
                        .map(Field::getName)
                        .filter(name -> !name.equals("options"))
                        .toList();
        assertThat(names)
                .hasSizeGreaterThan(15)
                .allSatisfy(
                        name -> assertThat(document).containsPattern("\\| .*`" + name + "`.* \\|"));
    }

    @Test
    void theDocumentsRouteRunsFromYaml() throws Exception {
        String document = Files.readString(Path.of("docs/websocket-component.md"));
        int from = document.indexOf("```yaml\n") + 8;
        String yaml = document.substring(from, document.indexOf("```", from));
        CamelContext camel = server.getBean(CamelContext.class);
        PluginHelper.getRoutesLoader(camel)
                .loadRoutes(ResourceHelper.fromString("greet.camel.yaml", yaml));
        String greetings = "ws://localhost:" + port + "/greetings";
        try (TestClient ann = TestClient.connect(greetings, "X-Test-User", "ann")) {
            await().until(() -> ann.received.contains("ann is here"));
            ann.send("hi");
            await().until(() -> ann.received.contains("You said hi"));
            assertThat(camel.getRoute("greet").getEndpoint().getEndpointUri())
                    .contains("softLimit=100");
        }
        try (RawSocket stream = new RawSocket(port, "/greetings/stream", "X-Test-User", "bob")) {
            assertThat(stream.answer).startsWith("HTTP/1.1 200 ");
        }
    }

    private String uri() {
        return "ws://localhost:" + port + "/echo";
    }

    private SocketSessions sessions() {
        return server.getBean(WebSocketComponent.class).sessions("/echo");
    }
}
