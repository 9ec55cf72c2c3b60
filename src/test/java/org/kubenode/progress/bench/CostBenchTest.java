package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;

/** What a node costs PostgreSQL and the processor, and how many of them a second are carried. */
@Tag("bench")
class CostBenchTest {

    private static final int NODES = Rig.FULL ? 5_000 : 1_000;
    private static final Results RESULTS = new Results("cost");
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    @AfterAll
    static void write() throws IOException {
        RESULTS.write(System.out);
    }

    @Test
    void aNodeCostsTheSameInEveryBatch() throws Exception {
        Servers.PostgresDatabase database = database();
        try (Rig rig = Rig.start(2, database.options());
                FrameReader reader = rig.reader()) {
            rig.warmUp(reader);
            roundTrips(rig, reader, database);
            for (int nodes : new int[] {100, 1_000, 5_000}) {
                batchesOf(nodes, rig, reader, database);
            }
            if (Rig.FULL) {
                Use use = new Use(database);
                long before = System.nanoTime();
                for (int i = 0; i < 20; i++) {
                    rig.run(reader, "test", 5_000, 10);
                }
                use.tell("20 batches of 5,000 nodes: ", 100_000, before);
            }
            awaitStatistics(database);
            double share = hotShare(database);
            RESULTS.figure("HOT share of updates of progress_tasks", share, "%", "95 at least");
            assertThat(share).isGreaterThanOrEqualTo(95);
            // The end of a task is no HOT update: it leaves the index of those that run.
            batchesOf(10, rig, reader, database);
        }
    }

    /** As many nodes in all whatever their batch, so that no batch is compared with warm-up. */
    private static void batchesOf(
            int nodes, Rig rig, FrameReader reader, Servers.PostgresDatabase database)
            throws IOException {
        Use use = new Use(database);
        long before = System.nanoTime();
        int each = Math.min(nodes, NODES);
        for (int i = 0; i < NODES / each; i++) {
            rig.run(reader, "test", each, 10);
        }
        use.tell("batches of %,d nodes: ".formatted(nodes), NODES, before);
    }

    private static void roundTrips(Rig rig, FrameReader reader, Servers.PostgresDatabase database)
            throws IOException {
        awaitStatistics(database);
        database.execute("SELECT pg_stat_statements_reset()");
        long commits = commits(database);
        rig.run(reader, "five", NODES, 50);
        double writes = (double) calls(database, "%jsonb_to_recordset%pg_notify%") / NODES;
        double all = (double) calls(database, "%") / NODES;
        String what = "concurrency 50, 5 ms: ";
        RESULTS.figure(what + "writes a node", writes, "", "0.3 at most");
        RESULTS.figure(what + "all statements of both replicas a node", all, "", "");
        awaitStatistics(database);
        RESULTS.figure(
                what + "all commits of both replicas a node",
                (double) (commits(database) - commits) / NODES,
                "",
                "");
        assertThat(writes).isLessThanOrEqualTo(0.3);
    }

    @Test
    void oneReplicaCarries() throws Exception {
        throughput(1, "postgres");
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void fourReplicasCarry() throws Exception {
        throughput(4, "postgres");
    }

    /** The same without the notifier: the difference is what it adds. */
    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void oneReplicaCarriesWhilePolling() throws Exception {
        throughput(1, "polling");
    }

    private static void throughput(int replicas, String notifier) throws Exception {
        Servers.PostgresDatabase database = database();
        List<String> options = new ArrayList<>(database.options());
        options.add("--progress.notify_type=" + notifier);
        options.add("--progress.batch.max_running=100");
        // As many as the replica allows: the default of a cluster spares its API server.
        options.add("--clusters[0].concurrency=200");
        boolean polling = notifier.equals("polling");
        try (Rig rig = polling ? Rig.polling(replicas, options) : Rig.start(replicas, options);
                FrameReader watcher =
                        new FrameReader(rig.first().port(), "/api/v1/progress/ws", Rig.TOKEN)) {
            // A replica that polls is in its state before it has made the tables.
            await().ignoreExceptions().until(() -> rows(database) == 0);
            for (int i = 0; i < (Rig.FULL ? 20 : 2); i++) {
                load(rig, database, 20, 500);
            }
            for (int batches : new int[] {1, 10, 100}) {
                int nodes =
                        Rig.FULL
                                ? Math.min(5_000, 100_000 / batches)
                                : 5_000 / Math.max(5, batches);
                System.gc();
                Use use = new Use(database);
                long before = System.nanoTime();
                double rate = load(rig, database, batches, nodes);
                String what =
                        "%d replica%s, %s, %d batch%s at once: "
                                .formatted(
                                        replicas,
                                        replicas == 1 ? "" : "s",
                                        notifier,
                                        batches,
                                        batches == 1 ? "" : "es");
                RESULTS.figure(
                        what + "node results a second, durable",
                        rate,
                        "",
                        replicas == 1 && batches == 100 && !polling ? "20,000" : "");
                use.tell(what, batches * nodes, before);
                watcher.take();
            }
            System.gc();
            RESULTS.figure(
                    "%d replicas, %s: heap in use after all".formatted(replicas, notifier),
                    (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1e6,
                    "MB",
                    "");
        }
    }

    /** Gives the rows a second, from the first one formed to the last one formed. */
    private static double load(Rig rig, Servers.PostgresDatabase database, int batches, int nodes)
            throws Exception {
        long had = rows(database);
        Instant from = Instant.now();
        ExecutorService clients = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> requests = new ArrayList<>();
            for (int i = 0; i < batches; i++) {
                ReplicaContext replica = rig.replicas.get(i % rig.replicas.size());
                ObjectNode body = ApiClient.batch("test", ApiClient.nodes(nodes));
                requests.add(clients.submit(() -> replica.api(Rig.TOKEN).start("cordon", body)));
            }
            for (Future<?> request : requests) {
                request.get(60, TimeUnit.SECONDS);
            }
        } finally {
            clients.shutdown();
        }
        long rows = (long) batches * (nodes + 1);
        await().pollInterval(Duration.ofMillis(100))
                .atMost(Duration.ofSeconds(120))
                .until(
                        () ->
                                database.number(
                                                "SELECT count(*) FROM progress_tasks WHERE completed_at IS NULL")
                                        == 0);
        assertThat(rows(database)).isEqualTo(had + rows);
        return rows
                * 1000.0
                / database.number(
                        "SELECT (extract(epoch FROM max(created_at) - min(created_at)) * 1000)::bigint"
                                + " FROM progress_messages WHERE created_at > '"
                                + from
                                + "'");
    }

    private static long rows(Servers.PostgresDatabase database) {
        return database.number("SELECT count(*) FROM progress_messages");
    }

    /** What was used since it was made. */
    private static final class Use {
        private final Servers.PostgresDatabase database;
        private final long cpu = SYSTEM.getProcessCpuTime();
        private final long commits;
        private final long size;

        Use(Servers.PostgresDatabase database) {
            this.database = database;
            database.execute("SELECT pg_stat_statements_reset()");
            commits = commits(database);
            size = size(database);
        }

        void tell(String what, int nodes, long since) {
            double perNode = 1.0 / nodes;
            RESULTS.figure(
                    what + "time a node", (System.nanoTime() - since) / 1e3 * perNode, "µs", "");
            RESULTS.figure(
                    what + "processor of the JVM a node, clients included",
                    (SYSTEM.getProcessCpuTime() - cpu) / 1e3 * perNode,
                    "µs",
                    "");
            String writes =
                    " FROM pg_stat_statements WHERE query LIKE '%jsonb_to_recordset%pg_notify%'";
            RESULTS.figure(
                    what + "time of writes in the database a node",
                    database.number("SELECT (sum(total_exec_time) * 1000)::bigint" + writes)
                            * perNode,
                    "µs",
                    "flat");
            RESULTS.figure(
                    what + "writes a node",
                    database.number("SELECT sum(calls)::bigint" + writes) * perNode,
                    "",
                    "");
            RESULTS.figure(
                    what + "WAL of writes a node",
                    database.number("SELECT sum(wal_bytes)::bigint" + writes) * perNode,
                    "bytes",
                    "flat");
            RESULTS.figure(
                    what + "bytes stored a node", (size(database) - size) * perNode, "bytes", "");
            RESULTS.figure(what + "statements a node", calls(database, "%") * perNode, "", "");
        }

        private static long size(Servers.PostgresDatabase database) {
            return database.number("SELECT pg_total_relation_size('progress_messages')");
        }
    }

    private static Servers.PostgresDatabase database() {
        Servers.PostgresDatabase database = Servers.database();
        database.execute("CREATE EXTENSION pg_stat_statements");
        return database;
    }

    private static double hotShare(Servers.PostgresDatabase database) {
        return database.number(
                        "SELECT (10000.0 * n_tup_hot_upd / n_tup_upd)::bigint FROM"
                                + " pg_stat_user_tables WHERE relname = 'progress_tasks'")
                / 100.0;
    }

    /** Backends tell of their work when they have been idle for a second. */
    private static void awaitStatistics(Servers.PostgresDatabase database) {
        AtomicLong last = new AtomicLong(-1);
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1_500))
                .until(
                        () -> {
                            long now =
                                    database.number(
                                            "SELECT n_tup_upd FROM pg_stat_user_tables WHERE"
                                                    + " relname = 'progress_tasks'");
                            return last.getAndSet(now) == now && now > 0;
                        });
    }

    private static long calls(Servers.PostgresDatabase database, String like) {
        return database.number(
                "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements s JOIN pg_database"
                        + " d ON d.oid = s.dbid WHERE d.datname = current_database() AND query LIKE"
                        + " '"
                        + like
                        + "'");
    }

    private static long commits(Servers.PostgresDatabase database) {
        return database.number(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");
    }
}
