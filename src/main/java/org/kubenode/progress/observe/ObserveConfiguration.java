package org.kubenode.progress.observe;

import ch.qos.logback.classic.LoggerContext;
import io.micrometer.core.instrument.MeterRegistry;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.CamelContextCustomizer;
import org.kubenode.progress.batch.Claims;
import org.kubenode.progress.batch.RunningBatches;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.deliver.Delivery;
import org.kubenode.progress.deliver.Notifications;
import org.kubenode.progress.deliver.Reads;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.log.LogLimit;
import org.kubenode.progress.log.RareLines;
import org.kubenode.progress.notify.NotifierMetrics;
import org.kubenode.progress.store.Database;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What operators see of a replica: its metrics and its health. */
@Configuration(proxyBeanMethods = false)
class ObserveConfiguration {

    @Bean
    ProgressMetrics progressMetrics(
            RunningBatches batches,
            Claims claims,
            Journal journal,
            Delivery delivery,
            Notifications notifications,
            Database database,
            NotifierMetrics notifier) {
        notifier.addWrites(journal.figures()::notified, journal.figures()::notNotified);
        return new ProgressMetrics(batches, claims, journal, delivery, notifications, database);
    }

    @Bean
    QueueMetrics queueMetrics(CamelContext camel, MeterRegistry registry, Reads reads) {
        return new QueueMetrics(camel, registry, reads);
    }

    @Bean
    RouteMetrics routeMetrics(MeterRegistry registry) {
        return new RouteMetrics(registry);
    }

    @Bean
    WorkMetrics workMetrics(
            Clusters clusters,
            RunningBatches batches,
            ProgressProperties properties,
            MeterRegistry registry) {
        return new WorkMetrics(clusters, batches, properties.batch(), registry);
    }

    @Bean
    WorkRoutes workRoutes(WorkMetrics work) {
        return new WorkRoutes(work);
    }

    /** {@code database} in {@code /actuator/health}. */
    @Bean
    DatabaseHealth databaseHealthIndicator(Database database) {
        return new DatabaseHealth(database);
    }

    /** {@code delivery} in {@code /actuator/health}, and the readiness. */
    @Bean
    DeliveryHealth deliveryHealthIndicator(
            CamelContext camel, RunningBatches batches, ApplicationAvailability availability) {
        return new DeliveryHealth(camel, batches, availability);
    }

    /**
     * Anew with each application: what an earlier one in this process has said counts for nothing.
     */
    @Bean(destroyMethod = "stop")
    RareLines rareLines() {
        RareLines lines = new RareLines(new LogLimit());
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logback) {
            logback.getTurboFilterList().removeIf(RareLines.class::isInstance);
            logback.addTurboFilter(lines);
        }
        return lines;
    }

    @Bean
    CamelContextCustomizer sharedMBeanInfo() {
        return camel ->
                camel.getCamelContextExtension()
                        .setManagementMBeanAssembler(new SharedMBeanInfo(camel));
    }
}
