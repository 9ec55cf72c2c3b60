package org.kubenode.progress.cluster;

import java.util.List;
import org.kubenode.progress.cluster.kubernetes.KubernetesCluster;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Builds the clusters of the configuration. */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {

    @Bean(destroyMethod = "close")
    Clusters clusters(Environment environment) {
        List<ClusterProperties> entries =
                Binder.get(environment)
                        .bind("clusters", Bindable.listOf(ClusterProperties.class))
                        .orElse(List.of());
        return new Clusters(entries.stream().map(ClusterConfiguration::open).toList());
    }

    private static Cluster open(ClusterProperties entry) {
        return switch (entry.type()) {
            case "simulated" -> new SimulatedCluster(entry);
            default -> KubernetesCluster.open(entry);
        };
    }
}
