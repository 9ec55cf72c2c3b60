package org.kubenode.progress.batch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
    ThreadPoolExecutor batchThreads(ProgressProperties properties) {
        return pool("batch", properties.batch().maxRunning());
    }

    /** One for each node operation. The queue is bounded by the permits. */
    @Bean(destroyMethod = "shutdownNow")
    ThreadPoolExecutor operationThreads(ProgressProperties properties) {
        return pool("operation", properties.batch().maxOperations());
    }

    private static ThreadPoolExecutor pool(String name, int size) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        size,
                        size,
                        30,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> new Thread(task, name + "-" + number.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
