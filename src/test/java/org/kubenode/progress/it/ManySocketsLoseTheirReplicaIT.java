package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.SocketSwarm;
import org.kubenode.progress.testing.SocketSwarm.Peer;
import org.kubenode.progress.testing.Tokens;

/** A replica is killed whose sockets all come to the other one within seconds. */
@Tag("full")
class ManySocketsLoseTheirReplicaIT {

    private static final int SOCKETS = 2_000;
    private static final int USERS = 200;
    private static final int NODES = 100;

    @Test
    void theyAreAllBackOnTheOtherWithinTenSecondsAndNobodyMissesAnything() throws Exception {
        Servers.PostgresDatabase database = Servers.database();
        database.execute("CREATE EXTENSION pg_stat_statements");
        try (ReplicaProcess lost = replica("lost", database);
                ReplicaProcess other = replica("other", database)) {
            for (ReplicaProcess replica : List.of(lost, other)) {
                replica.awaitReady();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> state(replica).equals("REALTIME"));
            }
            String[] tokens = new String[USERS];
            for (int user = 0; user < USERS; user++) {
                tokens[user] = Tokens.user(user + 1);
            }
            try (SocketSwarm swarm = new SocketSwarm(lost.port())) {
                List<Peer> peers =
                        swarm.open(SOCKETS, i -> tokens[i % USERS], "", 0, Duration.ofSeconds(60));
                // Each user's batch runs on the replica that stays, one node at a time.
                for (String token : tokens) {
                    other.api(token)
                            .start(
                                    "cordon",
                                    ApiClient.batch("slow", ApiClient.nodes(NODES))
                                            .put("concurrency", 1));
                }
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> peers.stream().allMatch(ManySocketsLoseTheirReplicaIT::began));
                assertThat(swarm.ended()).isZero();

                database.execute("SELECT pg_stat_statements_reset()");
                swarm.reconnectWhenLost(other.port());
                lost.kill();
                long killed = System.nanoTime();
                await().atMost(Duration.ofSeconds(5)).until(() -> swarm.closes().size() >= SOCKETS);
                swarm.awaitGreeted(SOCKETS, Duration.ofSeconds(30));
                double back = (System.nanoTime() - killed) / 1e9;
                System.out.printf("%d sockets back after %.2f s%n", SOCKETS, back);
                await().atMost(Duration.ofSeconds(90))
                        .untilAsserted(
                                () ->
                                        assertThat(peers)
                                                .extracting(Peer::seqs)
                                                .containsOnly(Set.of(NODES + 1L)));
                Map<String, Long> reads = reads(database);
                System.out.printf("%d attempts failed; reads: %s%n", swarm.failures(), reads);
                assertThat(swarm.violations()).isEmpty();
                assertThat(back).isLessThan(10);
                // One list a socket; what the tasks lack is read once for all sockets of a user.
                assertThat(reads.get("due-tasks")).isBetween((long) SOCKETS, 2L * SOCKETS);
                assertThat(reads.get("read-task")).isLessThan(10L * USERS);
            }
        }
    }

    private static boolean began(Peer peer) {
        return peer.seqs().stream().anyMatch(seq -> seq > 1);
    }

    private static ReplicaProcess replica(String name, Servers.PostgresDatabase database) {
        return ReplicaProcess.jar(name)
                .jvm("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .options(database.options())
                .options(
                        // More than there are, so that none waits for room or starts at the other
                        // replica.
                        "--progress.batch.max_running=" + 8 * USERS,
                        "--progress.batch.max_operations=" + USERS,
                        "--clusters[0].concurrency=" + USERS)
                // A cordon is two requests: half a second a node, and 50 s a batch.
                .cluster(0, "slow", NODES, 250, "")
                .launch();
    }

    private static String state(ReplicaProcess replica) {
        return replica.api(Tokens.user(0))
                .get("/api/v1/progress/status")
                .json()
                .path("state")
                .asText();
    }

    /** How often each statement was executed that reads for sockets, and all statements. */
    private static Map<String, Long> reads(Servers.PostgresDatabase database) {
        Map<String, String> marks = new LinkedHashMap<>();
        marks.put("due-tasks", "%ended_after%");
        marks.put("read-task", "%json_agg%LEFT JOIN progress_messages m%");
        marks.put("everything, writes too", "%");
        Map<String, Long> reads = new LinkedHashMap<>();
        marks.forEach(
                (name, mark) ->
                        reads.put(
                                name,
                                database.number(
                                        """
                                        SELECT coalesce(sum(s.calls), 0) FROM pg_stat_statements s
                                        JOIN pg_database d ON d.oid = s.dbid
                                        WHERE d.datname = current_database()
                                        AND s.query LIKE '%s'"""
                                                .formatted(mark))));
        return reads;
    }
}
