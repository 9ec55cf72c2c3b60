package org.kubenode.progress.observe;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.BlockingQueue;
import org.apache.camel.CamelContext;
import org.apache.camel.component.seda.SedaComponent;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;

/** The depth of each {@code seda:} queue; the label is the queue's name in the route files. */
final class QueueMetrics {

    private final CamelContext camel;
    private final MeterRegistry registry;

    QueueMetrics(CamelContext camel, MeterRegistry registry) {
        this.camel = camel;
        this.registry = registry;
    }

    @EventListener(ApplicationReadyEvent.class)
    void bind() {
        SedaComponent seda = camel.getComponent("seda", SedaComponent.class);
        seda.getQueues()
                .forEach(
                        (uri, queue) ->
                                Gauge.builder(
                                                "progress.queue.messages",
                                                queue.getQueue(),
                                                BlockingQueue::size)
                                        .description("Messages that wait in a route's queue")
                                        .tag("queue", name(uri))
                                        .strongReference(true)
                                        .register(registry));
    }

    private static String name(String uri) {
        return uri.replaceFirst("^seda:(//)?", "").replaceFirst("\\?.*$", "");
    }
}
