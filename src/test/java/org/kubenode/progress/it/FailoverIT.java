package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * The primary stands still in mid-batch, its standby is promoted, and the address moves: a relay
 * that both replicas were given as {@code database.host}.
 */
@Tag("full")
class FailoverIT {

    private static final String TOKEN = Tokens.user(1);
    private static final int NODES = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private PgServer primary;
    private PgServer standby;
    private Relay address;
    private Relay replication;
    private ReplicaProcess a;
    private ReplicaProcess b;

    @BeforeEach
    void startAll() throws Exception {
        primary = PgServer.startedWithCommitTimes();
        address = Relay.to("127.0.0.1", primary.port());
        replication = Relay.to("127.0.0.1", primary.port());
        standby = primary.standby(replication.port());
        a = replica("failover-a").launch();
        b = replica("failover-b").launch();
        for (ReplicaProcess replica : List.of(a, b)) {
            replica.awaitReady().awaitStatus("state", "REALTIME", PATIENCE);
        }
    }

    @AfterEach
    void endAll() throws Exception {
        a.close();
        b.close();
        standby.close();
        primary.thaw();
        primary.close();
        address.close();
        replication.close();
    }

    private ReplicaProcess.Builder replica(String name) {
        return ReplicaProcess.jar(name)
                .options(new Servers.PostgresDatabase(address.port(), PgServer.DATABASE).options())
                .cluster(0, "test", NODES, 400, "node-7");
    }

    /** As a virtual address does: it moves at once, and connections to the old holder end. */
    @Test
    void anAddressThatMovesBeforeThePromotionLeadsToAServerThatTakesNoWrites() throws Exception {
        nothingIsMissingAfter(
                () -> {
                    address.redirect(standby.port());
                    address.cut();
                    for (ReplicaProcess replica : List.of(a, b)) {
                        await().atMost(PATIENCE)
                                .untilAsserted(
                                        () ->
                                                assertThat(replica.log())
                                                        .contains(
                                                                "cannot execute LISTEN during recovery",
                                                                "Database is down: ",
                                                                "specified targetServerType: primary"));
                    }
                    promote();
                });
    }

    /** As a name does: nobody ends the connections to a primary that stands still. */
    @Test
    void anAddressThatMovesAfterThePromotionLeavesOldConnectionsHanging() throws Exception {
        nothingIsMissingAfter(
                () -> {
                    promote();
                    address.redirect(standby.port());
                });
    }

    private void nothingIsMissingAfter(FaultRig.Action move) throws Exception {
        primary.execute(
                "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
        Servers.PostgresDatabase old =
                new Servers.PostgresDatabase(primary.port(), PgServer.DATABASE);
        await().atMost(PATIENCE)
                .until(
                        () ->
                                old.number(
                                                "SELECT count(*) FROM pg_stat_replication WHERE"
                                                        + " sync_state = 'sync'")
                                        == 1);
        try (ProgressClient atA = ProgressClient.connect(a.port(), TOKEN, "conflate=0");
                ProgressClient atB = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
            String taskId = startedAtB();

            primary.freeze();
            move.run();

            JsonNode end = atA.awaitEnd(taskId, PATIENCE);
            BatchRows rows = rows();
            rows.assertWhole(taskId, NODES, 1);
            BatchRows.assertSawAll(atA, taskId, end);
            atB.awaitEnd(taskId, PATIENCE);
            rows.assertAppliedEachOnce(atB, taskId);
            assertThat(rows.epoch(taskId)).as("its owner stays the same").isEqualTo(1);
            for (ReplicaProcess replica : List.of(a, b)) {
                replica.awaitStatus("state", "REALTIME", PATIENCE);
                replica.awaitStatus("database", "up", PATIENCE);
            }
        }
    }

    /** Its last commits are gone. What they said was done is done once more, under a new epoch. */
    @Test
    void whatAnAsynchronousStandbyDidNotGetIsDoneOnceMore() throws Exception {
        try (ProgressClient atA = ProgressClient.connect(a.port(), TOKEN, "conflate=0");
                ProgressClient atB = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
            String taskId = startedAtB();
            replication.blackHole();
            long shown = atA.task(taskId).seq() + 6;
            atA.awaitSeq(taskId, shown);

            primary.freeze();
            promote();
            assertThat(rows().lastSeq(taskId)).isLessThan(shown);
            address.redirect(standby.port());
            address.cut();

            await().atMost(PATIENCE).until(() -> rows().ended(taskId));
            rows().assertWhole(taskId, NODES, 1);
            assertThat(rows().epoch(taskId)).isEqualTo(2);
            assertThat(b.log())
                    .containsPattern(
                            "WARN .*Task "
                                    + taskId
                                    + " is given up here: its rows end at seq \\d+, before what"
                                    + " was committed");
            for (ProgressClient client : List.of(atA, atB)) {
                JsonNode end = client.awaitEnd(taskId, PATIENCE);
                assertThat(end.get("epoch").asLong()).isEqualTo(2);
                assertThat(end.get("success_nodes")).hasSize(NODES - 1);
                assertThat(end.get("failed_nodes")).hasSize(1);
            }
            for (ReplicaProcess replica : List.of(a, b)) {
                replica.awaitStatus("state", "REALTIME", PATIENCE);
            }
        }
    }

    /** A batch of B's that is well under way. */
    private String startedAtB() {
        String taskId =
                b.api(TOKEN)
                        .start(
                                "cordon",
                                ApiClient.batch("test", ApiClient.nodes(NODES))
                                        .put("concurrency", 2));
        new BatchRows(new Servers.PostgresDatabase(primary.port(), PgServer.DATABASE))
                .awaitSeq(taskId, 6);
        return taskId;
    }

    private void promote() throws Exception {
        standby.execute("SELECT pg_promote()");
    }

    private BatchRows rows() {
        return new BatchRows(new Servers.PostgresDatabase(standby.port(), PgServer.DATABASE));
    }
}
