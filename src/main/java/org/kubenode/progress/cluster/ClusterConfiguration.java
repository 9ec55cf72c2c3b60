package org.kubenode.progress.cluster;

import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.kubenode.progress.cluster.kubernetes.KubernetesCluster;
import org.kubenode.progress.config.ClustersProperties;
import org.kubenode.progress.config.ProgressProperties;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Builds the clusters of the configuration. */
@Configuration(proxyBeanMethods = false)
class ClusterConfiguration {

    @Bean(destroyMethod = "close")
    Clusters clusters(ClustersProperties configured, ProgressProperties progress) {
        Duration forbiddenGrace = progress.kubernetes().forbiddenGrace();
        int percent = Integer.parseInt(progress.confirmAbove().replace("%", ""));
        Map<String, StartRules> rules = new HashMap<>();
        configured
                .clusters()
                .forEach(
                        entry ->
                                rules.put(
                                        entry.name(),
                                        new StartRules(
                                                entry.windows(),
                                                entry.approval() ? percent : 100,
                                                Clock.systemUTC())));
        return new Clusters(
                configured.clusters().stream().map(entry -> open(entry, forbiddenGrace)).toList(),
                Waiter.SYSTEM,
                rules,
                percent);
    }

    @Bean
    Rolls rolls(Clusters clusters) {
        return new Rolls(clusters);
    }

    /** Says what each cluster lacks, beside the start and never as a condition of it. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> clusterRights(Clusters clusters) {
        ClusterRights rights = new ClusterRights(clusters);
        return event -> {
            Thread thread = new Thread(rights::logMissing, "cluster-rights");
            thread.setDaemon(true);
            thread.start();
        };
    }

    private static Cluster open(ClustersProperties.Entry entry, Duration forbiddenGrace) {
        ClusterProperties properties = ClusterProperties.of(entry, forbiddenGrace);
        return switch (entry.type()) {
            case SIMULATED -> new SimulatedCluster(properties);
            case KUBERNETES -> KubernetesCluster.open(properties);
        };
    }
}
