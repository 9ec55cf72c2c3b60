package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** How long a batch stands still when its owner is killed, or asked to stop, twenty times each. */
@Tag("full")
class TakeOverTimesIT {

    private static final String TOKEN = Tokens.user(1);
    private static final int TIMES = 20;
    private static final int NODES = 5_000;
    private static final Duration LEASE = Duration.ofSeconds(3);

    private final Servers.PostgresDatabase database = Servers.database();
    private final BatchRows rows = new BatchRows(database);
    private Fleet fleet;
    private String taskId;

    @BeforeEach
    void start() {
        // Operations so short that hardly ever one is waited for.
        fleet =
                new Fleet(
                        "times",
                        database,
                        replica ->
                                replica.options("--progress.lease=" + LEASE.toMillis())
                                        .cluster(0, "test", NODES, 20, ""));
        startBatch();
    }

    @AfterEach
    void end() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private void startBatch() {
        taskId =
                fleet.ready()
                        .get(0)
                        .api(TOKEN)
                        .start(
                                "cordon",
                                ApiClient.batch("test", ApiClient.nodes(NODES))
                                        .put("concurrency", 1));
    }

    @Test
    void aKilledOwnersBatchIsTakenOverWithinTheLeaseAndTwoSeconds() throws SQLException {
        List<Long> took = new ArrayList<>();
        for (int i = 0; i < TIMES; i++) {
            ReplicaProcess owner = awaitOwner();
            long epoch = rows.epoch(taskId);
            took.add(awaitEpoch(epoch + 1, fleet.lose(owner, Fleet.Loss.KILL)));
        }
        Figures.print("kill -9 to take-over, lease 3 s", took);
        assertThat(took).allMatch(ms -> ms < LEASE.plusSeconds(2).toMillis());
        endBatch();
    }

    @Test
    void aStoppedOwnersBatchIsTakenOverWithinASecondOfGivingItUp() throws SQLException {
        List<Long> took = new ArrayList<>();
        List<Long> sinceGivenUp = new ArrayList<>();
        for (int i = 0; i < TIMES; i++) {
            ReplicaProcess owner = awaitOwner();
            long epoch = rows.epoch(taskId);
            took.add(awaitEpoch(epoch + 1, fleet.lose(owner, Fleet.Loss.STOP)));
            sinceGivenUp.add(givenUpToTaken(owner, epoch + 1));
        }
        Figures.print("SIGTERM to take-over, operations of 20 ms", took);
        Figures.print("lease given up to take-over, by the logs", sinceGivenUp);
        assertThat(sinceGivenUp).allMatch(ms -> ms < 1_000);
        endBatch();
    }

    /** The owner, once another one is there that has seen the database healthy for a lease. */
    private ReplicaProcess awaitOwner() {
        fleet.awaitReady(2);
        Fleet.awaitSince(System.nanoTime(), LEASE.plusSeconds(1));
        if (rows.lastSeq(taskId) > NODES - 500) {
            await().atMost(Duration.ofMinutes(1)).until(() -> rows.ended(taskId));
            rows.assertWhole(taskId, NODES, 0);
            startBatch();
        }
        List<ReplicaProcess> owners = new ArrayList<>();
        await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> {
                            fleet.ready().stream()
                                    .filter(replica -> rows.runsOn(taskId, replica))
                                    .forEach(owners::add);
                            return !owners.isEmpty();
                        });
        return owners.get(0);
    }

    /** Looks every 2 ms on one connection; gives how long it took, in ms. */
    private long awaitEpoch(long epoch, long since) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement statement =
                        connection.prepareStatement(
                                "SELECT epoch FROM progress_tasks WHERE task_id = ?")) {
            statement.setString(1, taskId);
            await("epoch " + epoch)
                    .atMost(Duration.ofSeconds(10))
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(
                            () -> {
                                try (ResultSet row = statement.executeQuery()) {
                                    return row.next() && row.getLong(1) >= epoch;
                                }
                            });
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    }

    private long givenUpToTaken(ReplicaProcess from, long epoch) {
        String taken = "Task " + taskId + " runs here: .*, epoch " + epoch;
        await().atMost(Duration.ofSeconds(5))
                .until(
                        () ->
                                fleet.all().stream()
                                        .anyMatch(replica -> lastAt(replica, taken) != null));
        OffsetDateTime takenAt =
                fleet.all().stream()
                        .map(replica -> lastAt(replica, taken))
                        .filter(at -> at != null)
                        .findFirst()
                        .orElseThrow();
        return Duration.between(lastAt(from, "1 tasks are handed over"), takenAt).toMillis();
    }

    private static OffsetDateTime lastAt(ReplicaProcess replica, String line) {
        Matcher found =
                Pattern.compile("^(\\S+) .*" + line, Pattern.MULTILINE).matcher(replica.log());
        OffsetDateTime at = null;
        while (found.find()) {
            at = OffsetDateTime.parse(found.group(1));
        }
        return at;
    }

    private void endBatch() {
        fleet.awaitAll();
        fleet.ready().get(0).api(TOKEN).post("/api/v1/tasks/" + taskId + "/cancel", "");
        await().atMost(Duration.ofSeconds(20)).until(() -> rows.ended(taskId));
        rows.assertConsistent(taskId);
    }
}
