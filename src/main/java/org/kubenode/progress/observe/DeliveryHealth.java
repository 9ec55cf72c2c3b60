package org.kubenode.progress.observe;

import org.apache.camel.CamelContext;
import org.kubenode.progress.batch.RunningBatches;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;

/**
 * Whether messages can be delivered here: the routes are started and nobody asked this replica to
 * stop. Neither the notifier nor the database counts: the poll delivers without the one, and this
 * replica's own journal without the other.
 */
final class DeliveryHealth implements HealthIndicator {

    private final CamelContext camel;
    private final RunningBatches batches;
    private final ApplicationAvailability availability;

    DeliveryHealth(
            CamelContext camel, RunningBatches batches, ApplicationAvailability availability) {
        this.camel = camel;
        this.batches = batches;
        this.availability = availability;
    }

    @Override
    public Health health() {
        if (!camel.isStarted()) {
            return Health.outOfService().withDetail("reason", "the routes are not started").build();
        }
        if (batches.isStopping()) {
            return Health.outOfService().withDetail("reason", "the replica is stopping").build();
        }
        if (availability.getReadinessState() == ReadinessState.REFUSING_TRAFFIC) {
            return Health.outOfService()
                    .withDetail("reason", "the application starts or stops")
                    .build();
        }
        return Health.up().build();
    }
}
