package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.cluster.Cluster;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.Waiter;
import org.kubenode.progress.config.ProgressProperties.WithoutDatabase;
import org.kubenode.progress.journal.AcceptedTasks;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.NewTask;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;

/** What a replica may start, claim and take, by its own clock and its own knowledge. */
class OwnershipTest {

    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofSeconds(10);

    private final AtomicLong now = new AtomicLong();
    private final Database database = new Database(false, now::get);
    private final HeldTasks heldTasks = new HeldTasks(LEASE, now::get);
    private final Here here = here(database, null);
    private final Batches batches = here.batches();
    private final RunningBatches running = here.running();
    private final Admission admission = here.admission();
    private final Claims claims = here.claims();

    /** What a replica consists of here. */
    private record Here(
            Batches batches, RunningBatches running, Admission admission, Claims claims) {}

    private Here here(Database database, WithoutDatabase withoutDatabase) {
        database.recovered();
        Cluster cluster = mock(Cluster.class);
        when(cluster.name()).thenReturn("test");
        when(cluster.limiter()).thenReturn(new ClusterLimiter(100, Waiter.SYSTEM));
        Clusters clusters = new Clusters(List.of(cluster));
        Journal journal = mock(Journal.class);
        when(journal.hasRoom()).thenReturn(true);
        AcceptedTasks accepted = mock(AcceptedTasks.class);
        BatchSettings settings = new BatchSettings("replica", LEASE, withoutDatabase, 3, 5, 100);
        RunningBatches running = new RunningBatches(3, heldTasks, database, now::get);
        Batches batches =
                new Batches(settings, running, journal, accepted, database, now::get, clusters);
        return new Here(
                batches,
                running,
                new Admission(settings, running, accepted, database),
                new Claims(batches, running, LEASE, database, now::get, clusters));
    }

    private static NewTask task(String taskId, String operation) {
        return task(taskId, "1", operation, "test");
    }

    private static NewTask task(String taskId, String userId, String operation, String cluster) {
        return new NewTask(
                taskId,
                userId,
                null,
                operation,
                cluster,
                List.of("node-1", "node-2", "node-3"),
                Map.of(),
                2,
                "hash",
                null,
                null,
                Instant.EPOCH,
                null,
                null,
                false);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void whoHasNotSeenTheDatabaseForAsLongDoesNotJudgeClusters() {
        pass(LEASE);
        assertThat(claims.judgesClusters(LEASE.toMillis() + 1)).isFalse();
        assertThat(claims.judgesClusters(LEASE.toMillis())).isTrue();
        database.lost(new SQLException("away"));
        database.recovered();
        assertThat(claims.judgesClusters(LEASE.toMillis())).isFalse();
    }

    // ---- the lease clock

    @Test
    void anOperationDoesNotStartOnceTheLeaseIsOverByTheOwnersOwnClock() {
        BatchRun run = batches.start(task("t", "cordon"), batches.now(), true, null);
        String node = run.nodes().next();
        // The permit was there; then this process stood still for longer than its lease.
        pass(LEASE);
        CompletableFuture<Boolean> began = CompletableFuture.supplyAsync(() -> run.begin(node));
        await().during(Duration.ofMillis(300)).atMost(SOON).until(() -> !began.isDone());
        run.task().lease().renewed(batches.now());
        await().atMost(SOON).until(began::isDone);
        assertThat(began).isCompletedWithValue(true);
    }

    @Test
    void anOperationThatWaitedForItsLeaseNeverStartsWhenAnotherReplicaOwnsTheTask() {
        BatchRun run = batches.start(task("t", "cordon"), batches.now(), true, null);
        String node = run.nodes().next();
        pass(LEASE);
        CompletableFuture<Boolean> began = CompletableFuture.supplyAsync(() -> run.begin(node));
        run.lost("another replica owns it");
        assertThat(began.orTimeout(10, TimeUnit.SECONDS).join()).isFalse();
        assertThat(run.idle()).isTrue();
        assertThat(running.find("t")).isNull();
    }

    @Test
    void noPermitIsGivenPastTheLease() {
        BatchRun run = batches.start(task("t", "cordon"), batches.now(), true, null);
        pass(LEASE.minusMillis(1));
        assertThat(batches.permits().tryAcquire(run)).isTrue();
        batches.permits().release(run);
        pass(Duration.ofMillis(1));
        assertThat(batches.permits().tryAcquire(run)).isFalse();
    }

    @Test
    void pastItsLeaseWithoutADatabaseADrainPausesAndTheOthersGoOnUnlessToldOtherwise() {
        BatchRun cordon = batches.start(task("a", "cordon"), batches.now(), true, null);
        BatchRun drain = batches.start(task("b", "drain"), batches.now(), true, null);
        pass(LEASE);
        assertThat(batches.permits().mayStart(cordon)).isFalse();
        database.lost(new SQLException("gone", "08006"));
        assertThat(batches.permits().mayStart(cordon)).isTrue();
        assertThat(batches.permits().mayStart(drain)).isFalse();
        Database other = new Database(false, now::get);
        Batches bold = here(other, WithoutDatabase.CONTINUE).batches();
        BatchRun boldDrain = bold.start(task("b", "drain"), bold.now(), true, null);
        pass(LEASE);
        other.lost(new SQLException("gone", "08006"));
        assertThat(bold.permits().mayStart(boldDrain)).isTrue();
    }

    /** Accepted in memory: nobody else can know of it, unless its row was sent and not answered. */
    @Test
    void aDrainWhoseRowMayExistPausesPastItsLeaseAndOneThatMayWaitInTheRowsAtOnce() {
        database.lost(new SQLException("gone", "08006"));
        NewTask task = task("never-sent", "drain");
        BatchRun neverSent = batches.start(task, batches.now(), false, null);
        task = task("sent", "drain");
        BatchRun sent =
                batches.start(
                        task, batches.now(), false, task.running("replica", LEASE.toMillis()));
        task = task("waiting", "drain");
        BatchRun waiting = batches.start(task, batches.now(), false, task.pending());
        assertThat(batches.permits().mayStart(neverSent)).isTrue();
        assertThat(batches.permits().mayStart(sent)).isTrue();
        assertThat(batches.permits().mayStart(waiting)).isFalse();
        pass(LEASE);
        assertThat(batches.permits().mayStart(neverSent)).isTrue();
        assertThat(batches.permits().mayStart(sent)).isFalse();
    }

    @Test
    void aReplicaThatClaimsItsOwnExpiredTaskStopsWhatItRanAndTakesBackWhatItShowed() {
        BatchRun before = batches.start(task("t", "cordon"), batches.now(), true, null);
        Map<String, Object> row =
                Map.ofEntries(
                        Map.entry("task_id", "t"),
                        Map.entry("user_id", "1"),
                        Map.entry("action", "cordon"),
                        Map.entry("cluster_name", "test"),
                        Map.entry("epoch", 2),
                        Map.entry("total", 3),
                        Map.entry("last_seq", 0),
                        Map.entry("success_count", 0),
                        Map.entry("failed_count", 0),
                        Map.entry("concurrency", 2),
                        Map.entry("params", "{}"));
        BatchRun anew =
                claims.goOn(
                        row, List.of(Map.of("node_name", "node-1", "attempts", 0)), batches.now());
        assertThat(before.nodes().hasNext()).isFalse();
        assertThat(before.end()).isNull();
        assertThat(anew.nodes().hasNext()).isTrue();
        assertThat(running.find("t")).isSameAs(anew);
        assertThat(running.count()).isEqualTo(1);
        assertThat(running.takeLost()).containsExactly("t");
    }

    // ---- who may judge that others are gone

    @Test
    void expiredLeasesAreClaimedOnlyAfterAWholeLeaseOfSeeingTheDatabaseHealthy() {
        assertThat(claims.claimsExpired()).isFalse();
        pass(LEASE.minusNanos(1));
        assertThat(claims.claimsExpired()).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(claims.claimsExpired()).isTrue();

        database.failed(new SQLException("link", "08006"));
        assertThat(claims.claimsExpired()).isFalse();
        pass(LEASE);
        assertThat(claims.claimsExpired()).isFalse();
        database.seen();
        pass(LEASE.minusNanos(1));
        assertThat(claims.claimsExpired()).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(claims.claimsExpired()).isTrue();

        database.lost(new SQLException("down", "57P01"));
        database.recovered();
        assertThat(claims.claimsExpired()).isFalse();
    }

    // ---- how much a replica takes

    private static final Map<String, Object> NOBODY = waiting(0, 0, 0);

    private static Map<String, Object> waiting(long all, long ofUser, long ofCluster) {
        return Map.of("waiting", all, "of_user", ofUser, "of_cluster", ofCluster);
    }

    private String status(NewTask task, Map<String, Object> waiting) {
        return admission.row(task, waiting).get("status").toString();
    }

    /** Of three places one user gets two, and another the third at once. */
    @Test
    void requestsThatComeAtOnceTakeNoMoreThanThereIsRoomFor() throws Exception {
        List<Callable<String>> requests = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            NewTask task = task("t-" + i, "cordon");
            requests.add(() -> status(task, NOBODY));
        }
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<String> statuses = new ArrayList<>();
        for (Future<String> status : threads.invokeAll(requests)) {
            statuses.add(status.get());
        }
        threads.shutdown();
        assertThat(statuses.stream().filter("running"::equals)).hasSize(2);
        assertThat(statuses.stream().filter("pending"::equals)).hasSize(48);
        assertThat(admission.free()).isEqualTo(1);
        assertThat(status(task("n", "2", "cordon", "test"), waiting(4, 0, 4))).isEqualTo("running");
        assertThat(status(task("m", "3", "cordon", "test"), waiting(4, 0, 4))).isEqualTo("pending");
        pass(Duration.ofSeconds(31));
        assertThat(admission.free()).isEqualTo(3);
    }

    @Test
    void roomThatWasTakenForARequestOrAClaimIsGivenBackOrBecomesABatch() {
        NewTask task = task("t", "cordon");
        assertThat(status(task, NOBODY)).isEqualTo("running");
        assertThat(admission.free()).isEqualTo(2);
        admission.releasePlace(task);
        assertThat(admission.free()).isEqualTo(3);
        admission.row(task, NOBODY);
        batches.start(task, batches.now(), true, null);
        assertThat(admission.free()).isEqualTo(2);

        // A claim takes its place before it is sent.
        assertThat(admission.room()).isEqualTo(Room.forAnybody(1));
        assertThat(status(task("u", "cordon"), NOBODY)).isEqualTo("pending");
        admission.claimed();
        assertThat(status(task("u", "cordon"), NOBODY)).isEqualTo("running");
        // What is left is for who has nothing here.
        assertThat(admission.room()).isEqualTo(new Room(1, 1, "", 0));
    }

    @Test
    void aRequestDoesNotOvertakeThoseThatWaitUnlessItsUserHasNothingHere() {
        assertThat(status(task("t", "cordon"), waiting(1, 1, 1))).isEqualTo("pending");
        assertThat(status(task("t", "cordon"), waiting(1, 0, 1))).isEqualTo("running");
        assertThat(status(task("u", "cordon"), waiting(1, 0, 1))).isEqualTo("pending");
    }

    /** Of five, one user may have four. */
    @Test
    void tooManyThatWaitAreRefusedToThoseWhoseTheyAre() {
        NewTask task = task("t", "cordon");
        assertThat(status(task, waiting(3, 3, 3))).isEqualTo("pending");
        assertThat(refusal(task, waiting(4, 4, 4)))
                .contains("4 of them yours", "progress.batch.max_pending", "the last 1 are for");
        assertThat(status(task, waiting(4, 0, 4))).isEqualTo("running");
        assertThat(status(task("u", "2", "cordon", "test"), waiting(4, 0, 4))).isEqualTo("running");
        assertThat(status(task("v", "3", "cordon", "test"), waiting(4, 0, 4))).isEqualTo("running");
        assertThat(status(task("w", "4", "cordon", "test"), waiting(4, 0, 4))).isEqualTo("pending");
        assertThat(refusal(task("w", "4", "cordon", "test"), waiting(5, 0, 5)))
                .startsWith("5 batches wait");
    }

    private String refusal(NewTask task, Map<String, Object> waiting) {
        ProblemException refused =
                catchThrowableOfType(ProblemException.class, () -> admission.row(task, waiting));
        assertThat(refused.status()).isEqualTo(429);
        return refused.getMessage();
    }

    // ---- a statement whose outcome is unknown

    @Test
    void aNewTasksStatementIsSentOnceMoreAfterABrokenLinkAndNotOtherwise() {
        RuntimeException link =
                new DataAccessResourceFailureException("link", new SQLException("x", "08006"));
        assertThat(database.repeatOnce(null, link)).isEqualTo(1);
        assertThat(database.up()).isTrue();
        assertThatThrownBy(() -> database.repeatOnce(1, link)).isSameAs(link);
        RuntimeException refused =
                new DataIntegrityViolationException("no", new SQLException("x", "23514"));
        assertThatThrownBy(() -> database.repeatOnce(null, refused)).isSameAs(refused);
    }

    // ---- a replica that is being stopped

    @Test
    void aStoppingReplicaTakesNothingAndHandsOverWhatHasNodesLeft() {
        BatchRun run = batches.start(task("t", "cordon"), batches.now(), true, null);
        Iterator<String> nodes = run.nodes();
        run.begin(nodes.next());
        running.stopping();
        assertThat(admission.free()).isZero();
        assertThat(admission.room().limit()).isZero();
        assertThatThrownBy(admission::requireOpen)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.status()).isEqualTo(503));
        assertThat(nodes.hasNext()).isFalse();
        assertThat(running.busy()).isTrue();
        run.settled(run.succeeded("node-1", null), true);
        assertThat(running.busy()).isFalse();
        assertThat(run.end()).isNull();
        heldTasks.handedOver(List.of(Map.of("task_id", "t")));
        assertThat(running.any()).isFalse();
    }

    @Test
    void aBatchWhoseLastNodesAreUnderWayEndsHereUnlessTheGraceIsOver() {
        BatchRun run = batches.start(task("t", "cordon"), batches.now(), true, null);
        Iterator<String> nodes = run.nodes();
        for (String node : List.of("node-1", "node-2")) {
            run.begin(nodes.next());
            run.settled(run.succeeded(node, null), true);
        }
        run.begin(nodes.next());
        running.stopping();
        assertThat(run.leaves()).isFalse();
        assertThat(run.end()).isNotNull();
        running.interrupt();
        assertThat(Thread.interrupted()).isTrue();
        // An interrupted node has no result, and what is told of it needs a permit no longer.
        NodeResult interrupted = run.failed("node-3", new InterruptedException());
        assertThat(interrupted.status()).isEqualTo(NodeResult.Status.INTERRUPTED);
        assertThat(interrupted.counted()).isFalse();
        run.settled(interrupted, true);
        assertThat(run.tries().results()).hasSize(2);
        assertThat(run.end()).isNull();
        assertThat(running.busy()).isFalse();
    }

    @Test
    void whatOnlyThisProcessKnowsEndsAsFailedWithTheReason() {
        Here inMemory = here(new Database(true, now::get), null);
        BatchRun run =
                inMemory.batches().start(task("t", "cordon"), inMemory.batches().now(), true, null);
        inMemory.running().stopping();
        assertThat(run.end().error()).contains("the replica was stopped");
        // It waits for the end to be recorded.
        assertThat(inMemory.running().busy()).isTrue();
        inMemory.running().ended(run);
        assertThat(inMemory.running().busy()).isFalse();
        BatchRun accepted = batches.start(task("u", "cordon"), batches.now(), false, null);
        running.stopping();
        assertThat(accepted.end().error()).contains("before the database could store the task");
    }
}
