package org.kubenode.progress.websocket;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

/** The component under its scheme's name, and its filter behind those of Spring Security. */
@Configuration(proxyBeanMethods = false)
class WebSocketBeans {

    @Bean(WebSocketConstants.SCHEME)
    WebSocketComponent webSocketComponent(ObjectProvider<MeterRegistry> registry) {
        WebSocketComponent component = new WebSocketComponent();
        registry.ifAvailable(
                meters ->
                        component
                                .paths()
                                .onNewPath(sessions -> SocketMetrics.bind(meters, sessions)));
        return component;
    }

    @Bean
    GoAway webSocketGoAway(WebSocketComponent component) {
        return new GoAway(component.paths());
    }

    @Bean
    FilterRegistrationBean<SocketFilter> webSocketFilter(WebSocketComponent component) {
        FilterRegistrationBean<SocketFilter> filter =
                new FilterRegistrationBean<>(new SocketFilter(component.paths()));
        filter.setOrder(Ordered.LOWEST_PRECEDENCE);
        filter.setAsyncSupported(true);
        return filter;
    }
}
