package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kubenode.progress.cluster.Cluster;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.Waiter;
import org.kubenode.progress.journal.AcceptedTasks;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.NewTask;

/** A batch takes no more of a cluster than it may, and stops before it has emptied it. */
class ClusterCareTest {

    private final Cluster cluster = mock(Cluster.class);
    private final ClusterLimiter limiter = new ClusterLimiter(3, Waiter.SYSTEM);
    private final Database database = mock(Database.class);
    private final Clusters clusters = clusters();
    private final RunningBatches running =
            new RunningBatches(10, mock(HeldTasks.class), database, System::nanoTime);
    private final Batches batches = batches();

    private Clusters clusters() {
        when(cluster.name()).thenReturn("prod");
        when(cluster.limiter()).thenReturn(limiter);
        return new Clusters(List.of(cluster));
    }

    private Batches batches() {
        Journal journal = mock(Journal.class);
        when(journal.hasRoom()).thenReturn(true);
        when(database.up()).thenReturn(true);
        return new Batches(
                new BatchSettings("replica", Duration.ofMinutes(1), null, 10, 100, 100),
                running,
                journal,
                mock(AcceptedTasks.class),
                database,
                System::nanoTime,
                clusters);
    }

    @Test
    void twoBatchesShareThePermitsOfACluster() {
        BatchRun one = start("cordon", Map.of());
        BatchRun two = start("label", Map.of());
        Iterator<String> nodes = one.nodes();
        nodes.next();
        nodes.next();
        assertThat(two.nodes().next()).isEqualTo("node-1");
        assertThat(batches.permits().tryAcquire(one)).isFalse();
        assertThat(limiter.inUse()).isEqualTo(3);
        two.begin("node-1");
        two.settled(two.succeeded("node-1", null), true);
        assertThat(batches.permits().tryAcquire(one)).isTrue();
    }

    /**
     * Ten wait for a budget on a cluster of three places: they hold none, and no eleventh begins.
     */
    @Test
    @Timeout(60)
    void whatWaitsHoldsNoPlaceButThatInItsOwnBatch() throws Exception {
        BatchRun drain = start("drain", Map.of());
        Iterator<String> nodes = drain.nodes();
        CountDownLatch waiting = new CountDownLatch(10);
        List<Thread> operations = new ArrayList<>();
        List<Throwable> ends = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 10; i++) {
            String node = nodes.next();
            Thread operation =
                    new Thread(
                            () -> {
                                drain.begin(node);
                                waiting.countDown();
                                try {
                                    batches.waitAside(
                                            new NodeAttempt(drain, node), Duration.ofHours(1));
                                } catch (InterruptedException e) {
                                    ends.add(e);
                                }
                                drain.settled(drain.failed(node, new InterruptedException()), true);
                            });
            operation.setDaemon(true);
            operation.start();
            operations.add(operation);
        }
        assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
        await().untilAsserted(() -> assertThat(limiter.inUse()).isZero());
        CompletableFuture<String> eleventh = CompletableFuture.supplyAsync(nodes::next);
        BatchRun cordon = start("cordon", Map.of());
        Iterator<String> others = cordon.nodes();
        for (int i = 0; i < 3; i++) {
            assertThat(others.next()).isNotNull();
        }
        assertThat(eleventh).isNotDone();
        // Nobody's place is free: what is cancelled must not wait for one.
        drain.cancel();
        for (Thread operation : operations) {
            operation.join(10_000);
        }
        assertThat(ends).hasSize(10);
        assertThat(drain.begin(eleventh.get(10, TimeUnit.SECONDS))).isFalse();
        assertThat(limiter.inUse()).as("the cordon's").isEqualTo(3);
    }

    /** More often than there are places for operations. */
    @Test
    @Timeout(60)
    void aBatchThatBreaksWhileItTakesANodeEndsAndKeepsNoPlace() {
        when(cluster.limiter()).thenThrow(new StackOverflowError("no such luck"));
        for (int i = 0; i < 101; i++) {
            BatchRun broken = start("cordon", Map.of());
            assertThat(broken.begin(broken.nodes().next())).isFalse();
            assertThat(broken.nodes()).isExhausted();
            assertThat(broken.end().error()).isEqualTo("no such luck");
        }
        doReturn(limiter).when(cluster).limiter();
        BatchRun sound = start("cordon", Map.of());
        assertThat(sound.begin(sound.nodes().next())).isTrue();
    }

    @Test
    void whatWaitedTakesAPlaceAgain() throws Exception {
        BatchRun drain = start("drain", Map.of());
        String node = drain.nodes().next();
        drain.begin(node);
        batches.waitAside(new NodeAttempt(drain, node), Duration.ofMillis(1));
        batches.waitAside(new NodeAttempt(drain, node), Duration.ZERO);
        assertThat(limiter.inUse()).isEqualTo(1);
    }

    @Test
    void aDrainHasNoMoreNodesOutThanMaxDraining() throws Exception {
        BatchRun drain = start("drain", Map.of("max_draining", "10%"));
        Iterator<String> nodes = drain.nodes();
        assertThat(nodes.next()).isEqualTo("node-1");
        assertThat(nodes.next()).isEqualTo("node-2");
        CompletableFuture<String> third = CompletableFuture.supplyAsync(nodes::next);
        assertThat(limiter.inUse()).isEqualTo(2);
        drain.begin("node-1");
        drain.settled(drain.succeeded("node-1", null), true);
        assertThat(third.get(10, TimeUnit.SECONDS)).isEqualTo("node-3");
        assertThat(limiter.inUse()).isEqualTo(2);
    }

    @Test
    void aBatchStopsAfterTheFailuresItMayHave() {
        BatchRun run = start("cordon", Map.of("stop_after_failures", 2));
        Iterator<String> nodes = run.nodes();
        for (int i = 0; i < 2; i++) {
            assertThat(run.stopped()).isFalse();
            String node = nodes.next();
            run.begin(node);
            run.settled(run.failed(node, new IllegalStateException("no")), true);
        }
        assertThat(run.stopped()).isTrue();
        assertThat(nodes.hasNext()).isFalse();
        assertThat(run.end().toString())
                .contains("stopped after 2 failed nodes (stop_after_failures is 2)");
        assertThat(limiter.inUse()).isZero();
    }

    @Test
    void failuresUnderAnEarlierOwnerCount() {
        Map<String, Object> row =
                Map.ofEntries(
                        Map.entry("task_id", "t"),
                        Map.entry("user_id", "1"),
                        Map.entry("action", "cordon"),
                        Map.entry("cluster_name", "prod"),
                        Map.entry("epoch", 2),
                        Map.entry("total", 20),
                        Map.entry("last_seq", 5),
                        Map.entry("success_count", 3),
                        Map.entry("failed_count", 2),
                        Map.entry("concurrency", 10),
                        Map.entry("params", "{\"stop_after_failures\": 3}"));
        BatchRun run =
                new Claims(
                                batches,
                                running,
                                Duration.ofMinutes(1),
                                database,
                                System::nanoTime,
                                clusters)
                        .goOn(
                                row,
                                List.of(Map.of("node_name", "n", "attempts", 0)),
                                System.nanoTime());
        String node = run.nodes().next();
        run.begin(node);
        run.failed(node, new IllegalStateException("no"));
        assertThat(run.stopped()).isTrue();
    }

    private BatchRun start(String operation, Map<String, Object> params) {
        List<String> nodes = IntStream.rangeClosed(1, 20).mapToObj(i -> "node-" + i).toList();
        return batches.start(
                new NewTask(
                        operation + "-task",
                        "1",
                        null,
                        operation,
                        "prod",
                        nodes,
                        params,
                        10,
                        "hash",
                        null,
                        null,
                        Instant.now(),
                        null,
                        null,
                        false),
                System.nanoTime(),
                true,
                null);
    }
}
