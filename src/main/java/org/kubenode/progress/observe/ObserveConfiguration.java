package org.kubenode.progress.observe;

import io.micrometer.core.instrument.MeterRegistry;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.CamelContextCustomizer;
import org.kubenode.progress.batch.Batches;
import org.kubenode.progress.deliver.Delivery;
import org.kubenode.progress.deliver.Notifications;
import org.kubenode.progress.deliver.Reads;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.notify.NotifierMetrics;
import org.kubenode.progress.store.Database;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What operators see of a replica: its metrics and its health. */
@Configuration(proxyBeanMethods = false)
class ObserveConfiguration {

    @Bean
    ProgressMetrics progressMetrics(
            Batches batches,
            Journal journal,
            Delivery delivery,
            Notifications notifications,
            Database database,
            NotifierMetrics notifier) {
        notifier.addWrites(journal::notified, journal::notNotified);
        return new ProgressMetrics(batches, journal, delivery, notifications, database);
    }

    @Bean
    QueueMetrics queueMetrics(CamelContext camel, MeterRegistry registry, Reads reads) {
        return new QueueMetrics(camel, registry, reads);
    }

    /** {@code database} in {@code /actuator/health}. */
    @Bean
    DatabaseHealth databaseHealthIndicator(Database database) {
        return new DatabaseHealth(database);
    }

    /** {@code delivery} in {@code /actuator/health}, and the readiness. */
    @Bean
    DeliveryHealth deliveryHealthIndicator(
            CamelContext camel, Batches batches, ApplicationAvailability availability) {
        return new DeliveryHealth(camel, batches, availability);
    }

    @Bean
    CamelContextCustomizer sharedMBeanInfo() {
        return camel ->
                camel.getCamelContextExtension()
                        .setManagementMBeanAssembler(new SharedMBeanInfo(camel));
    }
}
