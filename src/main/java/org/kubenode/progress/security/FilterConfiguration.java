package org.kubenode.progress.security;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.time.Clock;
import java.util.Set;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.server.Peers;
import org.springframework.boot.autoconfigure.security.SecurityProperties;
import org.springframework.boot.autoconfigure.web.ServerProperties;
import org.springframework.boot.autoconfigure.web.ServerProperties.ForwardHeadersStrategy;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** What a request passes before and behind Spring Security's own filter, and in which order. */
@Configuration(proxyBeanMethods = false)
class FilterConfiguration {

    private static final Set<String> METHODS =
            Set.of("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT");

    @Bean
    FilterRegistrationBean<Filter> requestLineFilter() {
        return registration(new RequestLineFilter(), -1, "/*");
    }

    /** Spring Security would answer 400, without a word. */
    @Bean
    RequestRejectedHandler requestRejectedHandler() {
        return (request, response, why) ->
                ProblemResponse.write(
                        response,
                        ProblemAdvice.of(METHODS.contains(request.getMethod()) ? 400 : 405));
    }

    @Bean
    FilterRegistrationBean<Filter> handshakeFilter(
            Tokens tokens, Peers peers, ProgressProperties properties, ServerProperties server) {
        AllowedOrigins origins = new AllowedOrigins(properties.allowedOrigins());
        ForwardHeadersStrategy forwarded = server.getForwardHeadersStrategy();
        Refusals refusals =
                new Refusals(
                        properties.websocket().maxRefusalRate(),
                        forwarded != null && forwarded != ForwardHeadersStrategy.NONE,
                        System::nanoTime);
        return registration(
                new HandshakeFilter(tokens, origins, properties.queryToken(), peers, refusals),
                1,
                SecurityConfiguration.SOCKET,
                SecurityConfiguration.STREAM);
    }

    @Bean
    FilterRegistrationBean<Filter> wholeBodyFilter(Peers peers, ProgressProperties properties) {
        int largest = Math.toIntExact(properties.maxBodySize().toBytes());
        return alsoLater(
                registration(
                        new WholeBodyFilter(
                                peers,
                                largest,
                                Set.of(SecurityConfiguration.SOCKET, SecurityConfiguration.STREAM)),
                        2,
                        "/*"));
    }

    @Bean
    FilterRegistrationBean<Filter> apiRequestFilter() {
        return alsoLater(
                registration(
                        new ApiRequestFilter(
                                Set.of(
                                        SecurityConfiguration.SOCKET,
                                        SecurityConfiguration.STREAM,
                                        SecurityConfiguration.SESSION,
                                        SecurityConfiguration.SESSIONS)),
                        3,
                        "/api/v1/*"));
    }

    @Bean
    WebMvcConfigurer knownParameters() {
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(new KnownParameters()).addPathPatterns("/api/v1/**");
            }
        };
    }

    @Bean("audit")
    AuditLog auditLog() {
        return new AuditLog(Clock.systemUTC());
    }

    @Bean
    FilterRegistrationBean<Filter> auditFilter(AuditLog audit) {
        return registration(new AuditFilter(audit), -2, "/*");
    }

    @Bean
    FilterRegistrationBean<Filter> jolokiaFilter() {
        return registration(
                new JolokiaFilter(), 1, "/actuator/jolokia/*", "/actuator/hawtio/jolokia/*");
    }

    /**
     * @param place before (negative) or behind (positive) Spring Security's own filter
     */
    private static FilterRegistrationBean<Filter> registration(
            Filter filter, int place, String... patterns) {
        FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>(filter);
        registration.setName(filter.getClass().getSimpleName());
        registration.setOrder(SecurityProperties.DEFAULT_FILTER_ORDER + place);
        registration.addUrlPatterns(patterns);
        registration.setDispatcherTypes(DispatcherType.REQUEST);
        return registration;
    }

    private static FilterRegistrationBean<Filter> alsoLater(
            FilterRegistrationBean<Filter> registration) {
        registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC);
        return registration;
    }
}
