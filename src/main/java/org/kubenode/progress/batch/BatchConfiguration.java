package org.kubenode.progress.batch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.journal.AcceptedTasks;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.store.Database;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The batches of this replica, and the threads they run on. */
@Configuration(proxyBeanMethods = false)
class BatchConfiguration {

    @Bean
    Batches batches(
            ProgressProperties properties,
            Replica replica,
            Journal journal,
            HeldTasks heldTasks,
            AcceptedTasks acceptedTasks,
            Database database,
            Clusters clusters) {
        return new Batches(
                replica.id(),
                properties.lease(),
                properties.withoutDatabase(),
                properties.batch().maxRunning(),
                properties.batch().maxPending(),
                properties.batch().maxOperations(),
                journal,
                heldTasks,
                acceptedTasks,
                database,
                System::nanoTime,
                clusters);
    }

    @Bean
    PoliteStop politeStop(
            ProgressProperties properties,
            Batches batches,
            Journal journal,
            Database database,
            HeldTasks heldTasks,
            ObjectProvider<CamelContext> context) {
        // Looked up late: Spring starts what a bean with a phase depends on before it has routes.
        return new PoliteStop(
                properties.shutdownGrace(),
                batches,
                journal,
                heldTasks,
                database,
                System::nanoTime,
                () -> handOver(context.getObject()));
    }

    private static void handOver(CamelContext context) {
        try (ProducerTemplate template = context.createProducerTemplate()) {
            template.sendBody("direct:hand-over-on-stop", null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One for each running batch: it waits for permits. */
    @Bean(destroyMethod = "shutdownNow")
    ExecutorService batchThreads() {
        return pool("batch");
    }

    /** One for each node operation; the permits bound them. */
    @Bean(destroyMethod = "shutdownNow")
    ExecutorService operationThreads() {
        return pool("operation");
    }

    /**
     * A cached pool hands a task to the thread that became idle last; one with a queue wakes the
     * one that has slept longest, 12 µs more a node.
     */
    private static ExecutorService pool(String name) {
        AtomicInteger number = new AtomicInteger();
        return Executors.newCachedThreadPool(
                task -> new Thread(task, name + "-" + number.incrementAndGet()));
    }
}
