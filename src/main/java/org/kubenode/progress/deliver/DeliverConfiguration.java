package org.kubenode.progress.deliver;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.notify.OwnTasks;
import org.kubenode.progress.notify.Probes;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The beans that the routes 50 to 52 name. */
@Configuration(proxyBeanMethods = false)
class DeliverConfiguration {

    @Bean
    WireCodec wireCodec() {
        return new WireCodec();
    }

    @Bean
    DeliveryMetrics deliveryMetrics(MeterRegistry registry) {
        return new DeliveryMetrics(registry, Clock.systemUTC());
    }

    @Bean
    Delivery delivery(WireCodec codec, DeliveryMetrics metrics) {
        return new Delivery(codec, metrics);
    }

    @Bean
    Notifications notifications(WireCodec codec, Probes probes, Delivery delivery) {
        return new Notifications(codec, probes, delivery);
    }

    @Bean
    OwnTasks ownTasks(LocalTasks local) {
        return taskId -> local.task(taskId) != null;
    }

    @Bean
    TaskReader taskReader(Delivery delivery, LocalTasks local, WireCodec codec) {
        return new TaskReader(delivery, local, codec);
    }

    @Bean
    ProgressSockets sockets(
            Delivery delivery,
            LocalTasks local,
            Replica replica,
            Database database,
            ProgressProperties properties) {
        return new ProgressSockets(
                delivery,
                local,
                replica.id(),
                properties.replayWindow(),
                database::up,
                Clock.systemUTC());
    }
}
