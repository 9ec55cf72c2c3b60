package org.kubenode.progress.batch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.deliver.LocalTasks;
import org.kubenode.progress.journal.AcceptedTasks;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.store.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The batches of this replica, and the threads they run on. */
@Configuration(proxyBeanMethods = false)
class BatchConfiguration {

    private static final Logger LOG = LoggerFactory.getLogger(BatchConfiguration.class);
    private static final long TRY_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    @Bean
    BatchSettings batchSettings(ProgressProperties properties, Replica replica) {
        return new BatchSettings(
                replica.id(),
                properties.lease(),
                properties.withoutDatabase(),
                properties.batch().maxRunning(),
                properties.batch().maxPending(),
                properties.batch().maxOperations());
    }

    @Bean
    RunningBatches runningBatches(BatchSettings settings, HeldTasks heldTasks, Database database) {
        return new RunningBatches(settings.maxRunning(), heldTasks, database, System::nanoTime);
    }

    @Bean
    Batches batches(
            BatchSettings settings,
            RunningBatches running,
            Journal journal,
            AcceptedTasks acceptedTasks,
            Database database,
            Clusters clusters) {
        return new Batches(
                settings, running, journal, acceptedTasks, database, System::nanoTime, clusters);
    }

    @Bean
    Admission admission(
            BatchSettings settings,
            RunningBatches running,
            AcceptedTasks acceptedTasks,
            Database database) {
        return new Admission(settings, running, acceptedTasks, database);
    }

    @Bean
    Claims claims(
            Batches batches,
            RunningBatches running,
            BatchSettings settings,
            Database database,
            Clusters clusters) {
        return new Claims(batches, running, settings.lease(), database, System::nanoTime, clusters);
    }

    @Bean
    LocalTasks localTasks(RunningBatches running) {
        return running.known();
    }

    @Bean
    Plans plans() {
        return new Plans();
    }

    @Bean
    PoliteStop politeStop(
            ProgressProperties properties,
            RunningBatches batches,
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
        return new Pool("batch");
    }

    /**
     * One for each node operation; the permits bound them. Where the system has no thread, whoever
     * hands an operation over waits for one: Camel's split would lose a node that is refused, and
     * with it the end of its batch.
     */
    @Bean(destroyMethod = "shutdownNow")
    ExecutorService operationThreads() {
        return new Pool("operation") {
            @Override
            public void execute(Runnable task) {
                while (true) {
                    try {
                        super.execute(task);
                        return;
                    } catch (RejectedExecutionException e) {
                        if (isShutdown()) {
                            throw e;
                        }
                        LOG.warn(
                                "No thread for a node's operation, tried again: {}",
                                e.getMessage());
                        LockSupport.parkNanos(TRY_AGAIN_NANOS);
                    }
                }
            }
        };
    }

    /**
     * Hands a task to the thread that became idle last; a pool with a queue wakes the one that has
     * slept longest, 12 µs more a node. A thread that the system does not have is a rejection: of
     * an {@link Error} Camel's {@code doTry} hears nothing.
     */
    private static class Pool extends ThreadPoolExecutor {

        Pool(String name) {
            super(0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS, new SynchronousQueue<>());
            AtomicInteger number = new AtomicInteger();
            setThreadFactory(task -> new Thread(task, name + "-" + number.incrementAndGet()));
        }

        @Override
        public void execute(Runnable task) {
            try {
                super.execute(task);
            } catch (OutOfMemoryError e) {
                throw new RejectedExecutionException("no thread: " + e.getMessage(), e);
            }
        }
    }
}
