package org.kubenode.progress.it;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.it.FaultRig.Limits;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;

/**
 * Every fault that a notifier may meet, with real servers and two replica processes, in the middle
 * of a batch: nothing is lost or repeated, and the fast path comes back by itself. Each case adds
 * its line to {@code target/fault-matrix.md}, which docs/notifier-circuit.md shows.
 */
@Tag("full")
class FaultMatrixIT {

    private static final Duration NOTICED = Duration.ofSeconds(30);
    private static final Duration STARTED = Duration.ofSeconds(60);

    private FaultRig rig;

    @BeforeEach
    void rig() throws IOException {
        rig = new FaultRig();
    }

    @AfterEach
    void end() throws IOException {
        rig.close();
    }

    private static String killAll(String kind) {
        return "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE"
                + " 'kube-node-manager-%"
                + kind
                + "'";
    }

    /** Kills and waits until both have noticed and are back, twenty times. */
    private void killTwentyTimes(FaultRig.Action kill) throws Exception {
        for (int i = 1; i <= 20; i++) {
            long times = i + 1;
            rig.cure(kill);
            for (ReplicaProcess replica : List.of(rig.a, rig.b)) {
                FaultRig.awaitSteps(
                        replica,
                        steps -> steps.count("REALTIME") >= times,
                        "REALTIME for the " + times + ". time",
                        Duration.ofSeconds(10));
            }
            rig.assertCured();
        }
    }

    @Nested
    class Postgres {

        @Test
        void stoppedBeforeTheStart() throws Exception {
            rig.postgres.stop();
            rig.launch();
            rig.awaitBoth("POLLING", NOTICED);
            rig.begin(15);
            rig.fault(() -> {});
            rig.curePostgres();
            rig.finish(
                    "PostgreSQL",
                    "server stopped before the start",
                    Limits.ofAbsentDatabase().snapshotAllowed());
            rig.assertNoLeakInPostgres(true);
        }

        @Test
        void stoppedAndStartedInMidBatch() throws Exception {
            rig.launch();
            rig.awaitBoth("REALTIME", STARTED);
            rig.begin(20);
            rig.fault(rig.postgres::stop);
            rig.awaitBoth("POLLING", NOTICED);
            rig.pass(Duration.ofSeconds(5));
            rig.curePostgres();
            rig.finish("PostgreSQL", "server stopped and started", Limits.ofAbsentDatabase());
            rig.assertNoLeakInPostgres(true);
        }

        @Test
        void everyConnectionKilledTwentyTimes() throws Exception {
            rig.launch();
            rig.awaitBoth("REALTIME", STARTED);
            rig.begin(60);
            rig.fault(() -> killTwentyTimes(() -> rig.postgres.execute(killAll(""))));
            rig.finish(
                    "PostgreSQL", "every connection killed 20 times", Limits.ofAnsweringDatabase());
            rig.assertNoLeakInPostgres(true);
        }

        @Test
        void frozenForTenSeconds() throws Exception {
            rig.launch();
            rig.awaitBoth("REALTIME", STARTED);
            rig.begin(25);
            rig.fault(rig.postgres::freeze);
            rig.pass(Duration.ofSeconds(10));
            rig.cure(rig.postgres::thaw);
            rig.finish("PostgreSQL", "server frozen for 10 s", Limits.ofAbsentDatabase());
            rig.assertNoLeakInPostgres(true);
        }

        @Test
        void lineOfTheListenersBlackHoled() throws Exception {
            try (Relay relay = Relay.to("127.0.0.1", rig.postgres.port())) {
                rig.launch(
                        "--database.listen_host=127.0.0.1",
                        "--database.listen_port=" + relay.port());
                rig.awaitBoth("REALTIME", STARTED);
                rig.begin(30);
                rig.fault(relay::blackHole);
                rig.awaitBoth("POLLING", NOTICED);
                rig.pass(Duration.ofSeconds(3));
                rig.cure(relay::heal);
                rig.finish(
                        "PostgreSQL", "line of LISTEN black-holed", Limits.ofAnsweringDatabase());
                rig.assertNoLeakInPostgres(true);
            }
        }

        @Test
        void everyLineOfTheSocketsReplicaBlackHoled() throws Exception {
            try (Relay relay = Relay.to("127.0.0.1", rig.postgres.port())) {
                rig.launch(List.of("--database.port=" + relay.port()), List.of());
                rig.awaitBoth("REALTIME", STARTED);
                rig.begin(30);
                rig.fault(relay::blackHole);
                FaultRig.awaitSteps(
                        rig.a, steps -> steps.last().equals("POLLING"), "POLLING", NOTICED);
                rig.cure(relay::heal);
                rig.finish(
                        "PostgreSQL",
                        "every line of the socket's replica black-holed",
                        Limits.ofAbsentDatabase());
                rig.assertNoLeakInPostgres(true);
            }
        }
    }

    @Nested
    class Redis {

        private RedisProcess redis;

        @BeforeEach
        void redis() throws IOException {
            redis = RedisProcess.server("");
        }

        @AfterEach
        void endRedis() {
            redis.close();
        }

        private void launch(String addr) {
            rig.launch("--progress.notify_type=redis", "--progress.redis.addr=" + addr);
        }

        @Test
        void stoppedBeforeTheStart() throws Exception {
            launch(redis.addr());
            rig.awaitBoth("POLLING", NOTICED);
            rig.begin(15);
            rig.fault(() -> {});
            rig.pass(Duration.ofSeconds(5));
            rig.cure(redis::start);
            rig.finish("Redis", "server stopped before the start", Limits.ofAnsweringDatabase());
            rig.assertNoLeakIn(redis);
        }

        @Test
        void stoppedAndStartedInMidBatch() throws Exception {
            redis.start();
            launch(redis.addr());
            rig.awaitBoth("REALTIME", STARTED);
            rig.begin(20);
            rig.fault(redis::kill);
            rig.awaitBoth("POLLING", NOTICED);
            rig.pass(Duration.ofSeconds(3));
            rig.cure(redis::start);
            rig.finish("Redis", "server stopped and started", Limits.ofAnsweringDatabase());
            rig.assertNoLeakIn(redis);
        }

        @Test
        void everyConnectionKilledTwentyTimes() throws Exception {
            redis.start();
            launch(redis.addr());
            rig.awaitBoth("REALTIME", STARTED);
            rig.begin(60);
            rig.fault(() -> killTwentyTimes(() -> killClients(redis, "kube-node-manager-")));
            rig.finish("Redis", "every connection killed 20 times", Limits.ofAnsweringDatabase());
            rig.assertNoLeakIn(redis);
        }

        @Test
        void frozenForTenSeconds() throws Exception {
            redis.start();
            launch(redis.addr());
            rig.awaitBoth("REALTIME", STARTED);
            rig.begin(25);
            rig.fault(() -> redis.signal("STOP"));
            rig.pass(Duration.ofSeconds(10));
            rig.cure(() -> redis.signal("CONT"));
            rig.finish("Redis", "server frozen for 10 s", Limits.ofAnsweringDatabase());
            rig.assertNoLeakIn(redis);
        }

        @Test
        void linkBlackHoled() throws Exception {
            redis.start();
            try (Relay relay = Relay.to("127.0.0.1", redis.port())) {
                launch("127.0.0.1:" + relay.port());
                rig.awaitBoth("REALTIME", STARTED);
                rig.begin(30);
                rig.fault(relay::blackHole);
                rig.awaitBoth("POLLING", NOTICED);
                rig.pass(Duration.ofSeconds(3));
                rig.cure(relay::heal);
                rig.finish("Redis", "link black-holed", Limits.ofAnsweringDatabase());
                rig.assertNoLeakIn(redis);
            }
        }

        /**
         * The Sentinels and the working replica lose the old master, which goes on to answer the
         * replica of the socket: two replicas on two masters, and the probes of both come back.
         */
        @Test
        void sentinelFailoverWithTheOldMasterStillAnsweringOneReplica() throws Exception {
            RedisProcess master = redis.start();
            List<RedisProcess> others = new ArrayList<>();
            try (Relay relay = Relay.to("127.0.0.1", master.port())) {
                RedisProcess next =
                        RedisProcess.server("", "--replicaof", "127.0.0.1", "" + master.port());
                others.add(next);
                next.start();
                List<RedisProcess> sentinels = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    RedisProcess sentinel =
                            RedisProcess.sentinel("mymaster", relay.port(), Duration.ofSeconds(1));
                    others.add(sentinel);
                    sentinels.add(sentinel.start());
                }
                await().atMost(Duration.ofSeconds(30))
                        .until(
                                () ->
                                        sentinels.stream()
                                                .map(one -> one.ask(RedisCommands::info))
                                                .allMatch(
                                                        info ->
                                                                info.contains("slaves=1")
                                                                        && info.contains(
                                                                                "sentinels=3")));
                rig.launch(
                        "--progress.notify_type=redis",
                        "--progress.redis.sentinel_addrs="
                                + String.join(
                                        ",", sentinels.stream().map(RedisProcess::addr).toList()));
                rig.awaitBoth("REALTIME", STARTED);
                rig.begin(45);
                Instant split = Instant.now();
                rig.fault(
                        () -> {
                            relay.redirect(Servers.freePort());
                            killClients(master, "sentinel-");
                            killClients(master, "kube-node-manager-" + rig.b.name());
                        });
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> next.ask(RedisCommands::role).get(0).equals("master"));
                FaultRig.awaitSteps(
                        rig.a,
                        steps -> steps.since(split).count("RECONNECTING") >= 1,
                        "suspicion",
                        Duration.ofSeconds(40));
                rig.cure(() -> {});
                rig.finish(
                        "Redis",
                        "Sentinel failover, the old master still answers the socket's replica",
                        Limits.ofAnsweringDatabase().staleness(Duration.ofSeconds(12)));
                rig.assertNoLeakIn(next);
            } finally {
                others.forEach(RedisProcess::close);
            }
        }

        private static void killClients(RedisProcess server, String namePrefix) {
            server.ask(
                    commands -> {
                        commands.clientList()
                                .lines()
                                .filter(line -> line.contains(" name=" + namePrefix))
                                .map(line -> line.replaceFirst("^id=(\\d+) .*", "$1"))
                                .forEach(
                                        id ->
                                                commands.clientKill(
                                                        KillArgs.Builder.id(Long.parseLong(id))));
                        return null;
                    });
        }
    }
}
