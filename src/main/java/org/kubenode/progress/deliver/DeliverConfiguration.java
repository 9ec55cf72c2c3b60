package org.kubenode.progress.deliver;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.notify.OwnTasks;
import org.kubenode.progress.notify.Probes;
import org.kubenode.progress.security.SocketTokens;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.NotificationTrace;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.beans.factory.ObjectProvider;
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
    Reads reads(ProgressProperties properties) {
        return new Reads(properties.delivery().readers());
    }

    @Bean
    Delivery delivery(
            WireCodec codec,
            DeliveryMetrics metrics,
            Reads reads,
            ObjectProvider<NotificationTrace> traces) {
        NotificationTrace trace = traces.getIfAvailable();
        return new Delivery(
                codec, trace == null ? metrics : new TracedDelivery(metrics, trace), reads);
    }

    @Bean
    Notifications notifications(
            WireCodec codec,
            Probes probes,
            Delivery delivery,
            ObjectProvider<NotificationTrace> traces) {
        NotificationTrace trace = traces.getIfAvailable(() -> NotificationTrace.NONE);
        return new Notifications(codec, probes, delivery, trace);
    }

    @Bean
    OwnTasks ownTasks(LocalTasks local) {
        return taskId -> local.state(taskId) != null;
    }

    @Bean
    TaskReader taskReader(Delivery delivery, LocalTasks local) {
        return new TaskReader(delivery, local);
    }

    @Bean
    ProgressSockets sockets(
            Delivery delivery,
            LocalTasks local,
            Replica replica,
            Database database,
            SocketTokens tokens,
            ProgressProperties properties) {
        return new ProgressSockets(
                delivery,
                local,
                replica.id(),
                properties.replayWindow(),
                database::up,
                tokens,
                Clock.systemUTC());
    }
}
