package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * What replicas cost that have nothing to do: queries, by pg_stat_statements, and processor time of
 * the process. And what probes cost, which every replica sends and every replica receives.
 */
@Tag("idle")
@Tag("full")
class IdleCostTest {

    private static final boolean FULL = "full".equals(System.getProperty("bench"));

    /** Until what a start leaves behind is done, most of all compiling. */
    private static final Duration SETTLE = Duration.ofSeconds(FULL ? 30 : 10);

    private static final Duration WINDOW = Duration.ofSeconds(FULL ? 45 : 20);
    private static final int SOCKETS = 1_000;
    private static final int[] REPLICAS = {1, 4, 8};

    private static Results results;

    @BeforeAll
    static void results() {
        results = new Results("idle");
    }

    @AfterAll
    static void write() throws IOException {
        results.write(System.out);
    }

    private static ReplicaProcess.Builder replica(
            String name, Servers.PostgresDatabase database, String... options) {
        return ReplicaProcess.classes(name)
                .jvm("-Xmx256m")
                .options(database.options())
                .options(options)
                .cluster(0, "test", 10, 0, "");
    }

    private static Servers.PostgresDatabase database() {
        Servers.PostgresDatabase database = Servers.database();
        database.execute("CREATE EXTENSION pg_stat_statements");
        return database;
    }

    private static void pass(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(10)).until(() -> true);
    }

    private static double cpuMillis(List<ReplicaProcess> replicas) {
        return replicas.stream()
                .mapToDouble(
                        replica ->
                                ProcessHandle.of(replica.pid())
                                        .flatMap(process -> process.info().totalCpuDuration())
                                        .orElseThrow()
                                        .toMillis())
                .sum();
    }

    private static double calls(Servers.PostgresDatabase database, String like) {
        return database.number(
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON"
                        + " d.oid = s.dbid WHERE d.datname = current_database() AND toplevel AND"
                        + " query NOT LIKE '%pg_stat_statements%' AND query LIKE '"
                        + like
                        + "'");
    }

    /** What so many idle replicas use, each. */
    private record Cost(double queriesAMinute, double cpuPercent, double messagesASecond) {

        static Cost of(
                List<ReplicaProcess> replicas,
                Servers.PostgresDatabase database,
                LongSupplier published) {
            pass(SETTLE);
            double queries = calls(database, "%");
            double messages = published.getAsLong();
            double cpu = cpuMillis(replicas);
            long begun = System.nanoTime();
            pass(WINDOW);
            cpu = cpuMillis(replicas) - cpu;
            double seconds = (System.nanoTime() - begun) / 1e9;
            queries = calls(database, "%") - queries;
            messages = published.getAsLong() - messages;
            return new Cost(
                    queries * 60 / seconds / replicas.size(),
                    cpu / 10 / seconds / replicas.size(),
                    messages / seconds);
        }

        void tell(String what) {
            results.figure(what + ": queries", queriesAMinute, "a minute", "");
            results.figure(what + ": processor", cpuPercent, "% of a core", "");
        }
    }

    @Test
    void anIdleReplicaWithAndWithoutSockets() {
        idle("REALTIME", "REALTIME");
        idle("POLLING by notify_type", "POLLING", "--progress.notify_type=polling");
        idle(
                "POLLING after a failure",
                "POLLING",
                "--database.listen_host=127.0.0.1",
                "--database.listen_port=" + Servers.freePort());
    }

    private static void idle(String what, String state, String... options) {
        Servers.PostgresDatabase database = database();
        List<ProgressClient> clients = new ArrayList<>();
        try (ReplicaProcess replica = replica("idle", database, options).start()) {
            replica.awaitStatus("state", state, Duration.ofSeconds(120));
            Cost.of(List.of(replica), database, () -> 0).tell(what + ", no socket");
            for (int i = 0; i < SOCKETS; i++) {
                clients.add(ProgressClient.connect(replica.port(), Tokens.user("user-" + i)));
            }
            Cost.of(List.of(replica), database, () -> 0).tell(what + ", " + SOCKETS + " sockets");
            assertThat(clients).allMatch(client -> client.closed() == null);
        } finally {
            clients.forEach(ProgressClient::close);
        }
    }

    @Test
    void probesOfManyReplicasOnPostgres() {
        for (int count : REPLICAS) {
            Servers.PostgresDatabase database = database();
            probes("PostgreSQL", count, database, () -> (long) calls(database, "%pg_notify%"));
        }
    }

    @Test
    void probesOfManyReplicasOnRedis() throws IOException {
        for (int count : REPLICAS) {
            try (RedisProcess redis = RedisProcess.started()) {
                probes(
                        "Redis",
                        count,
                        database(),
                        () -> published(redis),
                        "--progress.notify_type=redis",
                        "--progress.redis.addr=" + redis.addr());
            }
        }
    }

    private static long published(RedisProcess redis) {
        return redis.ask(commands -> commands.info("commandstats"))
                .lines()
                .filter(line -> line.startsWith("cmdstat_publish:"))
                .mapToLong(line -> Long.parseLong(line.replaceFirst("[^=]*=(\\d+).*", "$1")))
                .sum();
    }

    private static void probes(
            String transport,
            int count,
            Servers.PostgresDatabase database,
            LongSupplier published,
            String... options) {
        List<ReplicaProcess> replicas = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                replicas.add(replica("probe", database, options).launch());
            }
            replicas.forEach(
                    replica ->
                            replica.awaitReady()
                                    .awaitStatus("state", "REALTIME", Duration.ofSeconds(120)));
            Cost cost = Cost.of(replicas, database, published);
            double messages = cost.messagesASecond();
            String what = transport + ", " + count + (count == 1 ? " replica" : " replicas");
            results.figure(what + ": probes sent by all", messages, "a second", "");
            results.figure(what + ": probes received by all", messages * count, "a second", "");
            results.figure(what + ": processor of each", cost.cpuPercent(), "% of a core", "");
        } finally {
            replicas.forEach(ReplicaProcess::close);
        }
    }
}
