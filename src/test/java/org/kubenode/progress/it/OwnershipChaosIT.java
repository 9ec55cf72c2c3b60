package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * Three replicas of which one after the other is lost while they run twenty batches, watched by
 * sockets on all of them: everything ends once, and every socket sees every message once.
 */
@Tag("full")
class OwnershipChaosIT {

    private static final String TOKEN = Tokens.user(1);
    private static final int BATCHES = 20;
    private static final int NODES = 200;
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration BETWEEN = Duration.ofSeconds(10);

    private final Random random = new Random(5);
    private final List<Watcher> watchers = new ArrayList<>();
    private final List<String> taskIds = new ArrayList<>();
    private final List<Long> tookOver = new ArrayList<>();
    private PgServer server;
    private Servers.PostgresDatabase database;
    private BatchRows rows;
    private Fleet fleet;

    /** A client and the replica that it is connected to. */
    private final class Watcher {
        private final ProgressClient client;
        private ReplicaProcess at;

        private Watcher(ReplicaProcess at, String token) {
            this.at = at;
            this.client = ProgressClient.connect(at.port(), token, "conflate=0");
        }

        private void goTo(ReplicaProcess other) {
            at = other;
            client.reconnect(other.port());
        }

        /** As any client does: whoever was closed comes back, anywhere. */
        private void comeBackWhenClosed() {
            if (client.closed() != null) {
                goTo(any());
            }
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = PgServer.started();
        database = new Servers.PostgresDatabase(server.port(), PgServer.DATABASE);
        rows = new BatchRows(database);
        fleet =
                new Fleet(
                        "chaos",
                        database,
                        replica ->
                                replica.options(
                                                "--progress.lease=" + LEASE.toMillis(),
                                                "--progress.without_database=pause",
                                                "--progress.batch.max_running=40",
                                                "--progress.batch.max_operations=400",
                                                "--logging.level.org.kubenode.progress.batch=DEBUG")
                                        .cluster(0, "test", NODES, 5_000, "node-7,node-70")
                                        .options("--clusters[0].concurrency=400"));
        for (ReplicaProcess replica : fleet.all()) {
            watchers.add(new Watcher(replica, TOKEN));
            watchers.add(new Watcher(replica, TOKEN));
        }
        watchers.add(new Watcher(fleet.get(2), Tokens.viewer(9)));
    }

    @AfterEach
    void end() throws IOException {
        watchers.forEach(watcher -> watcher.client.close());
        if (fleet != null) {
            fleet.close();
        }
        server.close();
    }

    @Test
    void everyTaskEndsOnceAlthoughReplicasAreKilledAgainAndAgain() throws IOException {
        lose(Fleet.Loss.KILL, 10, List.of());
    }

    @Test
    void everyTaskEndsOnceAlthoughReplicasStandStillAndWakeUpAgain() throws IOException {
        lose(Fleet.Loss.FREEZE, 10, List.of());
    }

    @Test
    void everyTaskEndsOnceAlthoughTheDatabaseIsRestartedInBetween() throws IOException {
        lose(Fleet.Loss.KILL, 10, List.of(3, 7));
    }

    /**
     * @param restarts after which losses the database is restarted
     */
    private void lose(Fleet.Loss how, int times, List<Integer> restarts) throws IOException {
        startBatches();
        for (int lost = 1; lost <= times; lost++) {
            ReplicaProcess victim = awaitVictim();
            List<String> its = running(victim);
            assertThat(its).as("running batches of the next victim").isNotEmpty();
            long at = fleet.lose(victim, how);
            moveAwayFrom(victim, how);
            tookOver.add(awaitTakenOver(victim, at));
            if (restarts.contains(lost)) {
                server.stop();
                server.start();
            }
            Fleet.awaitSince(at, BETWEEN);
        }
        fleet.awaitAll();
        System.out.printf(
                "measured: %d times %s inside running batches, %d restarts of the database, %d"
                        + " batches, %d sockets%n",
                times, how, restarts.size(), taskIds.size(), watchers.size());
        Figures.print(how + " to take-over of all its batches, lease 3 s", tookOver);
        assertAllOfIt();
    }

    private ReplicaProcess any() {
        List<ReplicaProcess> ready = fleet.ready();
        return ready.get(random.nextInt(ready.size()));
    }

    private void startBatches() {
        List<ReplicaProcess> ready = fleet.ready();
        for (int i = 0; i < BATCHES; i++) {
            taskIds.add(
                    ready.get(i % ready.size())
                            .api(TOKEN)
                            .start(
                                    "cordon",
                                    ApiClient.batch("test", ApiClient.nodes(NODES))
                                            .put("concurrency", 10)));
        }
    }

    /** One that runs batches, once there is another one; more batches where all have ended. */
    private ReplicaProcess awaitVictim() {
        List<ReplicaProcess> candidates = new ArrayList<>();
        await().atMost(Duration.ofMinutes(3))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> {
                            if (fleet.ready().size() < 2) {
                                return false;
                            }
                            watchers.forEach(Watcher::comeBackWhenClosed);
                            fleet.ready().stream()
                                    .filter(replica -> !running(replica).isEmpty())
                                    .forEach(candidates::add);
                            if (candidates.isEmpty() && taskIds.stream().allMatch(rows::ended)) {
                                // Replicas come back more slowly than batches end: once more.
                                startBatches();
                            }
                            return !candidates.isEmpty();
                        });
        return candidates.get(random.nextInt(candidates.size()));
    }

    private List<String> running(ReplicaProcess replica) {
        return taskIds.stream().filter(taskId -> rows.runsOn(taskId, replica)).toList();
    }

    /** From one that stands still, every second client goes on waiting. */
    private void moveAwayFrom(ReplicaProcess victim, Fleet.Loss how) {
        boolean stays = false;
        for (Watcher watcher : watchers) {
            if (watcher.at == victim) {
                stays = !stays && how == Fleet.Loss.FREEZE;
                if (!stays) {
                    watcher.goTo(any());
                }
            }
        }
    }

    /**
     * Waits until the batches of a lost replica are owned anew; gives how long that took, in ms.
     */
    private long awaitTakenOver(ReplicaProcess lost, long since) {
        await("take-over from " + lost.name())
                .atMost(LEASE.plusSeconds(2))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(
                        () ->
                                database.number(
                                                "SELECT count(*) FROM progress_tasks WHERE"
                                                        + " completed_at IS NULL AND (owner = '"
                                                        + lost.name()
                                                        + "' OR owner IS NULL)")
                                        == 0);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    }

    private void assertAllOfIt() {
        for (String taskId : taskIds) {
            await("end of " + taskId)
                    .atMost(Duration.ofMinutes(5))
                    .until(
                            () -> {
                                watchers.forEach(Watcher::comeBackWhenClosed);
                                return rows.ended(taskId);
                            });
            rows.assertWhole(taskId, NODES, 2);
        }
        for (Watcher watcher : watchers) {
            for (String taskId : taskIds) {
                watcher.client.awaitEnd(taskId);
                rows.assertAppliedEachOnce(watcher.client, taskId);
            }
            assertThat(watcher.client.violations()).isEmpty();
        }
        for (ReplicaProcess replica : fleet.all()) {
            assertThat(BatchRows.startedTooLate(replica)).isEmpty();
        }
    }
}
