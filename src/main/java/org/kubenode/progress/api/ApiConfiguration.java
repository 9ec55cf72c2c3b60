package org.kubenode.progress.api;

import org.apache.camel.CamelContext;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.notify.Circuit;
import org.kubenode.progress.security.Callers;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

/** The beans that the routes of the HTTP API name. */
@Configuration(proxyBeanMethods = false)
class ApiConfiguration {

    @Bean
    BatchRequests batchRequests(Clusters clusters, ProgressProperties properties) {
        return new BatchRequests(clusters, properties.batch());
    }

    @Bean
    TaskJson taskJson(WireCodec codec) {
        return new TaskJson(codec);
    }

    @Bean
    TaskPlans taskPlans() {
        return new TaskPlans();
    }

    @Bean
    ClusterNodes clusterNodes(Clusters clusters) {
        return new ClusterNodes(clusters);
    }

    @Bean
    TaskQueries taskQueries() {
        return new TaskQueries();
    }

    @Bean
    Requests requests(Callers callers, Operations operations, BatchRequests batchRequests) {
        return new Requests(callers, operations, batchRequests);
    }

    @Bean
    KubeNodeManagerRequests kubeNodeManager(Callers callers, BatchRequests batchRequests) {
        return new KubeNodeManagerRequests(callers, batchRequests);
    }

    @Bean
    GrantedClusters grantedClusters(Clusters clusters, Callers callers) {
        return new GrantedClusters(clusters, callers);
    }

    @Bean
    Operations operations(CamelContext context, Clusters clusters) {
        return new Operations(context, clusters);
    }

    @Bean
    Problems problems() {
        return new Problems();
    }

    @Bean
    Status status(Circuit circuit, Database database, Replica replica) {
        return new Status(circuit, database, replica);
    }

    @Bean
    FilterRegistrationBean<StartingFilter> startingFilter(CamelContext context) {
        FilterRegistrationBean<StartingFilter> registration =
                new FilterRegistrationBean<>(new StartingFilter(context));
        registration.addUrlPatterns("/api/*");
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 10);
        return registration;
    }
}
