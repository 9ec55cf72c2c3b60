package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.StoredTask;

/**
 * How long a message is under way on each transport, beside the floors of the same run: from just
 * before the statement is sent to the frame received on a socket of another replica. Gates that
 * depend on how busy the machine is are aims of the table, not assertions.
 */
@Tag("bench")
class LatencyBenchTest {

    private static final int FLOOR_MESSAGES = Rig.FULL ? 5_000 : 1_000;
    private static final int FLOOR_BATCHES = 30;
    private static final int BATCHES = Rig.FULL ? 60 : 15;
    private static final int LONG_BATCHES = Rig.FULL ? 10 : 2;
    private static final int REPLICAS = Rig.FULL ? 4 : 2;
    private static final long MILLISECOND = 1_000_000;
    private static final Results RESULTS = new Results("latency");

    @TempDir Path folder;

    @AfterAll
    static void write() throws IOException {
        RESULTS.write(System.out);
    }

    @Test
    void postgres() throws Exception {
        Servers.PostgresDatabase database = Servers.database();
        try (Rig rig = Rig.start(REPLICAS, database.options());
                FrameReader reader = rig.reader()) {
            rig.warmUp(reader);
            Histogram listener = Floors.statementToListener(database, rig, FLOOR_MESSAGES);
            Histogram socket = Floors.socket(rig, reader, FLOOR_MESSAGES);
            RESULTS.latency("floor: statement of one row to a listener", listener, MILLISECOND);
            RESULTS.latency("floor: one frame on the WebSocket", socket, MILLISECOND);
            RESULTS.latency(
                    "floor: a hop between two empty routes",
                    Floors.hop(FLOOR_MESSAGES),
                    MILLISECOND);
            measure("postgres", rig, reader, List.of(listener, socket));
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void redis() throws Exception {
        Servers.PostgresDatabase database = Servers.database();
        try (RedisProcess redis = RedisProcess.started()) {
            List<String> options = new ArrayList<>(database.options());
            options.add("--progress.notify_type=redis");
            options.add("--progress.redis.addr=" + redis.addr());
            redis("redis", redis, options);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void sqliteAndRedis() throws Exception {
        try (RedisProcess redis = RedisProcess.started()) {
            redis(
                    "sqlite + redis",
                    redis,
                    List.of(
                            "--database.type=sqlite",
                            "--database.path=" + folder.resolve("progress.db"),
                            "--progress.notify_type=redis",
                            "--progress.redis.addr=" + redis.addr()));
        }
    }

    private static void redis(String name, RedisProcess redis, List<String> options)
            throws Exception {
        try (Rig rig = Rig.start(REPLICAS, options);
                FrameReader reader = rig.reader()) {
            rig.warmUp(reader);
            Histogram statement = statementAlone(rig, reader);
            Histogram publish =
                    Floors.publishToListener(
                            redis.addr(),
                            StoredTask.payload(
                                    List.of(
                                            new StoredTask(
                                                            "floor",
                                                            rig.first()
                                                                    .bean(
                                                                            javax.sql.DataSource
                                                                                    .class))
                                                    .frame(1))),
                            FLOOR_MESSAGES);
            Histogram socket = Floors.socket(rig, reader, FLOOR_MESSAGES);
            RESULTS.latency(name + ": floor: statement of one row", statement, MILLISECOND);
            RESULTS.latency(name + ": floor: PUBLISH to a listener", publish, MILLISECOND);
            measure(name, rig, reader, List.of(statement, publish, socket));
        }
    }

    /** A batch at concurrency 1 writes one row at a time with nothing beside it. */
    private static Histogram statementAlone(Rig rig, FrameReader reader) throws IOException {
        Histogram nanos = new Histogram(3);
        for (int i = 0; i < FLOOR_BATCHES; i++) {
            rig.statements.clear();
            rig.run(reader, "five", 100, 1);
            rig.statements.durations().forEach(nanos::recordValue);
        }
        return nanos;
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void memory() throws Exception {
        try (Rig rig = Rig.start(1, List.of("--progress.enable_database=false"));
                FrameReader reader = rig.reader()) {
            rig.warmUp(reader);
            measure("memory", rig, reader, List.of());
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void polling200() throws Exception {
        polling(200);
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void polling500() throws Exception {
        polling(500);
    }

    private static void polling(int interval) throws Exception {
        List<String> options = new ArrayList<>(Servers.database().options());
        options.add("--progress.notify_type=polling");
        options.add("--progress.poll_interval=" + interval);
        try (Rig rig = Rig.polling(REPLICAS, options);
                FrameReader reader = rig.reader()) {
            measure("polling every " + interval + " ms", rig, reader, List.of(), interval);
        }
    }

    private static void measure(String name, Rig rig, FrameReader reader, List<Histogram> floors)
            throws IOException {
        measure(name, rig, reader, floors, 0);
    }

    /**
     * @param apart at most so many milliseconds, by chance, lie between two batches: one that
     *     follows the end of another at once always begins just after a poll
     */
    private static void measure(
            String name, Rig rig, FrameReader reader, List<Histogram> floors, int apart)
            throws IOException {
        // Batches apart from each other take long, and their figures differ little.
        int batches = apart == 0 ? BATCHES : BATCHES / 3;
        batches(name, rig, reader, "five", 100, batches, floors, apart);
        batches(name, rig, reader, "test", 100, batches, floors, apart);
        batches(name, rig, reader, "test", 1_000, LONG_BATCHES, floors, apart);
    }

    private static void batches(
            String name,
            Rig rig,
            FrameReader reader,
            String cluster,
            int nodes,
            int batches,
            List<Histogram> floors,
            int apart)
            throws IOException {
        Random pauses = new Random(7);
        Histogram first = new Histogram(3);
        Histogram fromPost = new Histogram(3);
        Histogram each = new Histogram(3);
        Histogram completion = new Histogram(3);
        long took = 0;
        long rows = 0;
        long writes = 0;
        for (int i = 0; i < batches; i++) {
            rig.statements.clear();
            LockSupport.parkNanos((long) (pauses.nextDouble() * apart * 1_000_000));
            Rig.Batch batch = rig.run(reader, cluster, nodes, 10);
            Map<Long, Long> sent = rig.statements.sent(batch.taskId());
            assertThat(sent).hasSize(nodes + 1);
            long[] frames = batch.frames();
            for (int seq = 1; seq <= nodes + 1; seq++) {
                each.recordValue(Math.max(0, frames[seq] - sent.get((long) seq)));
            }
            first.recordValue(Math.max(0, frames[1] - batch.accepted()));
            fromPost.recordValue(frames[1] - batch.posted());
            completion.recordValue(frames[nodes + 1] - sent.get(nodes + 1L));
            took += frames[nodes + 1] - sent.get(1L);
            for (int size : rig.statements.sizes(batch.taskId())) {
                rows += size;
                writes++;
            }
        }
        String what =
                "%s, %,d nodes, %d ms: ".formatted(name, nodes, cluster.equals("five") ? 5 : 0);
        // One of ten operations at once ends so often.
        long interval = Math.max(1, took / batches / nodes * 10);
        RESULTS.latency(what + "each message", each, interval);
        if (cluster.equals("test")) {
            RESULTS.latency(what + "first message after the request", fromPost, MILLISECOND * 1000);
            RESULTS.latency(what + "first message after the 202", first, MILLISECOND * 1000);
        }
        RESULTS.latency(what + "completion", completion, MILLISECOND * 1000);
        RESULTS.figure(what + "rows a write", (double) rows / writes, "", "");
        if (!floors.isEmpty()) {
            double p50 = floors.stream().mapToLong(f -> f.getValueAtPercentile(50)).sum();
            double p99 = floors.stream().mapToLong(f -> f.getValueAtPercentile(99)).sum();
            RESULTS.figure(
                    what + "p50 above the floors",
                    (each.getValueAtPercentile(50) - p50) / 1e6,
                    "ms",
                    "0.5 at most");
            RESULTS.figure(
                    what + "p50 by the floors'",
                    each.getValueAtPercentile(50) / p50,
                    "",
                    "1.5 at most");
            RESULTS.figure(
                    what + "p99 by the floors'",
                    each.getValueAtPercentile(99) / p99,
                    "",
                    "3 at most");
        }
    }
}
