package org.kubenode.progress.security;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.kubenode.progress.config.JwtProperties;
import org.kubenode.progress.config.ProgressProperties;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration;
import org.springframework.boot.autoconfigure.data.redis.RedisReactiveAutoConfiguration;
import org.springframework.boot.autoconfigure.flyway.FlywayAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.autoconfigure.r2dbc.R2dbcAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * The security of the product around routes, a socket and a stream that tell what they were given.
 */
@SpringBootConfiguration
@EnableAutoConfiguration(
        exclude = {
            DataSourceAutoConfiguration.class,
            FlywayAutoConfiguration.class,
            RedisAutoConfiguration.class,
            RedisReactiveAutoConfiguration.class,
            R2dbcAutoConfiguration.class
        })
@EnableConfigurationProperties({JwtProperties.class, ProgressProperties.class})
@Import({
    SecurityConfiguration.class,
    TokenConfiguration.class,
    Callers.class,
    SessionController.class,
    ProblemAdvice.class,
    ProblemErrorController.class,
    ServerProblems.class
})
class GuardedApplication {

    @Bean
    RouteBuilder routes() {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("platform-http:/api/v1/nodes/batch/{operation}?httpMethodRestrict=POST"
                                + "&consumes=application/json&produces=application/json")
                        .routeId("careful")
                        .convertBodyTo(String.class)
                        .removeHeaders("*")
                        .setHeader("Content-Type", constant("application/json"));
                // Forgets to remove anything, and shows what it sees in the body.
                from("platform-http:/api/v1/careless?httpMethodRestrict=GET,POST")
                        .routeId("careless")
                        .setBody(simple("${headers}"))
                        .convertBodyTo(String.class);
                from("platform-http:/api/v1/forgetful?httpMethodRestrict=GET,POST")
                        .routeId("forgetful")
                        .setBody(constant("{}"));
                from("platform-http:/api/v1/caller?httpMethodRestrict=GET&produces=application/json")
                        .routeId("caller")
                        .removeHeaders("*")
                        .setBody(simple("${bean:callers?method=current} on ${threadName}"));
                from("platform-http:/api/v1/tasks/{task}/cancel?httpMethodRestrict=POST")
                        .routeId("cancel")
                        .removeHeaders("*")
                        .setBody(constant("{}"));
                from("platform-http:/elsewhere").routeId("elsewhere").setBody(constant("open?"));
            }
        };
    }

    @Bean
    ServletRegistrationBean<HttpServlet> stream() {
        return new ServletRegistrationBean<>(
                new HttpServlet() {
                    @Override
                    protected void doGet(HttpServletRequest request, HttpServletResponse response)
                            throws IOException {
                        ProgressPrincipal principal =
                                (ProgressPrincipal) request.getUserPrincipal();
                        response.getWriter()
                                .print(
                                        principal.getName()
                                                + " "
                                                + principal.scope()
                                                + " "
                                                + request.getParameter("token")
                                                + " "
                                                + request.getQueryString());
                    }
                },
                SecurityConfiguration.STREAM);
    }

    @Bean
    SmartInitializingSingleton socket(ServletContext context) {
        return () -> {
            ServerContainer container =
                    (ServerContainer) context.getAttribute(ServerContainer.class.getName());
            try {
                container.addEndpoint(
                        ServerEndpointConfig.Builder.create(
                                        Echo.class, SecurityConfiguration.SOCKET)
                                .subprotocols(List.of("progress.v1"))
                                .build());
            } catch (DeploymentException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    /** Says who connected, or closes as the principal asks. */
    public static class Echo extends Endpoint {

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            ProgressPrincipal principal = (ProgressPrincipal) session.getUserPrincipal();
            try {
                if (principal.refusal() != null) {
                    session.close(
                            new CloseReason(
                                    CloseReason.CloseCodes.getCloseCode(principal.refusal().code()),
                                    principal.refusal().reason()));
                } else {
                    session.getBasicRemote()
                            .sendText(
                                    principal.getName()
                                            + " "
                                            + principal.scope()
                                            + " "
                                            + principal.subprotocol());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
