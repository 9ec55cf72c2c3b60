package org.kubenode.progress.websocket;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.web.servlet.DispatcherServletAutoConfiguration;
import org.springframework.boot.autoconfigure.web.servlet.ServletWebServerFactoryAutoConfiguration;
import org.springframework.boot.autoconfigure.websocket.servlet.WebSocketServletAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The component, Camel and Jetty, and a filter that believes whoever a client says it is. Without a
 * stereotype, so that no scan of the application finds it.
 */
@ImportAutoConfiguration({
    ServletWebServerFactoryAutoConfiguration.class,
    DispatcherServletAutoConfiguration.class,
    WebSocketServletAutoConfiguration.class,
    CamelAutoConfiguration.class
})
@Import(WebSocketBeans.class)
class WebSocketTestApplication {

    /** Only the routes below. */
    static final String NO_ROUTE_FILES = "camel.main.routes-include-pattern=false";

    /** One event as a route saw it. */
    record Event(String event, String session, String user, Object body, Integer code) {}

    static final class Events extends CopyOnWriteArrayList<Event> {
        List<Event> named(String event) {
            return stream().filter(e -> e.event().equals(event)).toList();
        }
    }

    @Bean
    Events events() {
        return new Events();
    }

    @Bean
    RouteBuilder routes(Events events) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("websocket-jsr356:/echo?maxRate=1000000&maxBurst=1000000&maxTextBytes=65536"
                                + "&ssePath=/echo-stream")
                        .routeId("echo")
                        .process(
                                exchange ->
                                        events.add(
                                                new Event(
                                                        exchange.getMessage()
                                                                .getHeader(
                                                                        WebSocketConstants.EVENT,
                                                                        String.class),
                                                        exchange.getMessage()
                                                                .getHeader(
                                                                        WebSocketConstants.SESSION,
                                                                        String.class),
                                                        exchange.getMessage()
                                                                .getHeader(
                                                                        WebSocketConstants.USER,
                                                                        String.class),
                                                        exchange.getMessage().getBody(),
                                                        exchange.getMessage()
                                                                .getHeader(
                                                                        WebSocketConstants
                                                                                .CLOSE_CODE,
                                                                        Integer.class))))
                        .filter(header(WebSocketConstants.EVENT).isEqualTo("message"))
                        .to("websocket-jsr356:/echo");
                from("websocket-jsr356:/strict?pingInterval=200ms&deadAfter=600ms"
                                + "&closeTimeout=500ms&maxSessions=5&maxSessionsPerUser=2")
                        .routeId("strict")
                        .filter(header(WebSocketConstants.EVENT).isEqualTo("message"))
                        .to("websocket-jsr356:/strict");
                from("direct:to-user").to("websocket-jsr356:/echo");
            }
        };
    }

    @Bean
    FilterRegistrationBean<OncePerRequestFilter> believe() {
        FilterRegistrationBean<OncePerRequestFilter> filter =
                new FilterRegistrationBean<>(new Believer());
        filter.setOrder(0);
        return filter;
    }

    private static final class Believer extends OncePerRequestFilter {
        @Override
        protected void doFilterInternal(
                HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String user = request.getHeader("X-Test-User");
            if (user == null) {
                chain.doFilter(request, response);
                return;
            }
            Principal principal = new Believed(request, user);
            chain.doFilter(
                    new HttpServletRequestWrapper(request) {
                        @Override
                        public Principal getUserPrincipal() {
                            return principal;
                        }
                    },
                    response);
        }
    }

    /** A principal as the headers of a test say. */
    static final class Believed implements SocketPrincipal {
        private final String user;
        private final String expires;
        private final String refusal;
        private final String subprotocol;

        Believed(HttpServletRequest request, String user) {
            this.user = user;
            this.expires = request.getHeader("X-Test-Expires");
            this.refusal = request.getHeader("X-Test-Refusal");
            this.subprotocol = request.getHeader("X-Test-Subprotocol");
        }

        @Override
        public String getName() {
            return user;
        }

        @Override
        public Instant expiresAt() {
            return expires == null ? null : Instant.parse(expires);
        }

        @Override
        public CloseRefusal refusal() {
            return refusal == null ? null : new CloseRefusal(Integer.parseInt(refusal), "refused");
        }

        @Override
        public String subprotocol() {
            return subprotocol;
        }
    }
}
