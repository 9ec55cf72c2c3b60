package org.kubenode.progress.websocket;

import org.apache.camel.builder.RouteBuilder;
import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * The component as an echo of texts up to 16 MiB, for the conformance suite of {@code
 * src/test/conformance}. Argument: the port.
 */
@Import(WebSocketTestApplication.class)
class EchoServer {

    public static void main(String[] args) {
        SpringApplication.run(
                EchoServer.class,
                "--server.port=" + args[0],
                "--logging.file.name=",
                "--" + WebSocketTestApplication.NO_ROUTE_FILES);
        System.out.println("ready");
    }

    @Bean
    RouteBuilder conformance() {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("websocket-jsr356:/conformance?maxRate=1000000&maxBurst=1000000"
                                + "&maxTextBytes=16777216&hardLimitBytes=67108864")
                        .routeId("conformance")
                        .filter(header(WebSocketConstants.EVENT).isEqualTo("message"))
                        .to("websocket-jsr356:/conformance");
            }
        };
    }
}
