package org.kubenode.progress.observe;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.BlockingQueue;
import org.apache.camel.CamelContext;
import org.apache.camel.component.seda.SedaComponent;
import org.kubenode.progress.deliver.Reads;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;

/**
 * The depth of each {@code seda:} queue; the label is the queue's name in the route files. That of
 * {@code fill-from-rows} only calls readers: what waits for them is counted.
 */
final class QueueMetrics {

    private final CamelContext camel;
    private final MeterRegistry registry;
    private final Reads reads;

    QueueMetrics(CamelContext camel, MeterRegistry registry, Reads reads) {
        this.camel = camel;
        this.registry = registry;
        this.reads = reads;
    }

    @EventListener(ApplicationReadyEvent.class)
    void bind() {
        SedaComponent seda = camel.getComponent("seda", SedaComponent.class);
        seda.getQueues().forEach((uri, queue) -> depth(name(uri), queue.getQueue()));
    }

    private void depth(String name, BlockingQueue<?> queue) {
        boolean calls = name.equals("fill-from-rows");
        Gauge.builder("progress.queue.messages", () -> calls ? reads.size() : queue.size())
                .description("Messages that wait in a route's queue")
                .tag("queue", name)
                .strongReference(true)
                .register(registry);
    }

    private static String name(String uri) {
        return uri.replaceFirst("^seda:(//)?", "").replaceFirst("\\?.*$", "");
    }
}
