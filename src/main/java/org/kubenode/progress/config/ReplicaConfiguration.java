package org.kubenode.progress.config;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Gives the replica's name to whoever needs it. */
@Configuration(proxyBeanMethods = false)
class ReplicaConfiguration {

    @Bean
    Replica replica(ProgressProperties progress) {
        return new Replica(progress.replica());
    }
}
