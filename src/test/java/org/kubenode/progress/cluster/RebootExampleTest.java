package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The example of an operation of one's own works as it stands. */
class RebootExampleTest {

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer service;
    private CamelContext context;

    @BeforeEach
    void start() throws Exception {
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext(
                "/nodes/",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    asked.add(
                            exchange.getRequestMethod()
                                    + " "
                                    + exchange.getRequestURI()
                                    + " "
                                    + body);
                    boolean known = exchange.getRequestURI().getPath().contains("node-1/");
                    exchange.sendResponseHeaders(known ? 202 : 404, -1);
                    exchange.close();
                });
        service.start();
        context = new DefaultCamelContext();
        context.getPropertiesComponent()
                .addInitialProperty(
                        "reboot.url", "http://127.0.0.1:" + service.getAddress().getPort());
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(
                        PluginHelper.getResourceLoader(context)
                                .resolveResource("file:docs/examples/22-node-reboot.camel.yaml"));
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
        service.stop(0);
    }

    @Test
    void asksTheServiceForEachNode() {
        Exchange done = send("node-1");
        assertThat(done.getException()).isNull();
        assertThat(done.getMessage().getBody()).isEqualTo("reboot started");
        assertThat(done.getMessage().getHeaders()).isEmpty();
        assertThat(asked).containsExactly("POST /nodes/node-1/reboot {\"how\":\"soft\"}");
    }

    @Test
    void aRefusalIsTheNodesError() {
        assertThat(send("node-2").getException()).hasMessageContaining("statusCode: 404");
    }

    private Exchange send(String node) {
        return context.createProducerTemplate()
                .send(
                        "direct:node-reboot",
                        exchange -> {
                            exchange.setProperty("node", node);
                            exchange.setProperty("params", Map.of("how", "soft"));
                            exchange.getMessage().setHeader("Authorization", "Bearer x");
                        });
    }
}
