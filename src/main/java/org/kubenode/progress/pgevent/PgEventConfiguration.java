package org.kubenode.progress.pgevent;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes {@code pgevent:} in routes mean our component. */
@Configuration(proxyBeanMethods = false)
class PgEventConfiguration {

    @Bean
    PgEventComponent pgevent() {
        return new PgEventComponent();
    }
}
