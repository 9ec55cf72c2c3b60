package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.camel.builder.RouteBuilder;
import org.kubenode.progress.config.GrantsProperties;
import org.kubenode.progress.config.JwtProperties;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.server.ServerConfiguration;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.websocket.WebSocketConstants;
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
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
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
@EnableConfigurationProperties({
    JwtProperties.class,
    ProgressProperties.class,
    GrantsProperties.class
})
@ComponentScan(
        basePackageClasses = SocketSession.class,
        useDefaultFilters = false,
        includeFilters =
                @ComponentScan.Filter(type = FilterType.REGEX, pattern = ".*\\.WebSocketBeans"))
@Import({
    SecurityConfiguration.class,
    FilterConfiguration.class,
    TokenConfiguration.class,
    Callers.class,
    SessionController.class,
    SignInController.class,
    UserSessionsController.class,
    ProblemAdvice.class,
    ProblemErrorController.class,
    ServerProblems.class,
    ServerConfiguration.class
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
                from("websocket-jsr356:" + SecurityConfiguration.SOCKET)
                        .routeId("socket")
                        .filter(header(WebSocketConstants.EVENT).isEqualTo(WebSocketConstants.OPEN))
                        .setBody(
                                exchange ->
                                        describe(
                                                exchange.getProperty(
                                                        WebSocketConstants.SESSION_PROPERTY,
                                                        SocketSession.class)))
                        .to("websocket-jsr356:" + SecurityConfiguration.SOCKET);
                from("platform-http:/elsewhere").routeId("elsewhere").setBody(constant("open?"));
            }
        };
    }

    private static String describe(SocketSession session) {
        ProgressPrincipal principal = (ProgressPrincipal) session.principal();
        return principal.getName() + " " + principal.scope() + " " + principal.subprotocol();
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
}
