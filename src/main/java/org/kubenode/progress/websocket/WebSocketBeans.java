package org.kubenode.progress.websocket;

import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

/** The component under its scheme's name, and its filter behind those of Spring Security. */
@Configuration(proxyBeanMethods = false)
class WebSocketBeans {

    @Bean(WebSocketConstants.SCHEME)
    WebSocketComponent webSocketComponent() {
        return new WebSocketComponent();
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
