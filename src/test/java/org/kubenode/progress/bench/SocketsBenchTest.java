package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.SocketSwarm;
import org.kubenode.progress.testing.Tokens;

/**
 * Many sockets on one replica, a process of its own; the clients are this JVM. From the commit of a
 * message to its receipt, so the database, LISTEN and delivery are in every figure.
 */
@Tag("bench")
@Tag("full")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SocketsBenchTest {

    private static final int SOCKETS = Integer.getInteger("bench.sockets", 10_000);
    private static final int USERS = SOCKETS / 10;
    private static final int FIRST = SOCKETS / 20;
    private static final int WARM_UP = 60;
    private static final int ROUNDS = 40;
    private static final int BURST = 20;
    private static final int IDLE_SECONDS = Integer.getInteger("bench.idle", 20);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** By then what nobody follows is forgotten. */
    private static final Duration SWEPT = Duration.ofSeconds(31);

    private static final Results RESULTS = new Results("sockets");

    private static Servers.PostgresDatabase database;
    private static ReplicaProcess replica;

    @BeforeAll
    static void start() {
        database = Servers.database();
        replica =
                ReplicaProcess.classes("sockets")
                        .jvm("-Xms768m", "-Xmx768m", "-XX:+UseG1GC")
                        .options(database.options())
                        .cluster(0, "test", 100, 0, "")
                        .start();
        replica.awaitStatus("state", "REALTIME", PATIENCE);
    }

    @AfterAll
    static void end() throws IOException {
        if (replica != null) {
            replica.close();
        }
        RESULTS.write(System.out);
    }

    /** Ten sockets of each user, who has a task of his own. */
    @Test
    @Order(1)
    void socketsOfManyUsers() throws Exception {
        try (SocketSwarm swarm = new SocketSwarm(replica.port())) {
            // The tokens are made before anything is timed.
            String[] tokens = new String[USERS];
            for (int user = 0; user < USERS; user++) {
                tokens[user] = Tokens.user(user + 1);
            }
            swarm.open(FIRST, i -> tokens[i % USERS], "", 0, PATIENCE);
            long before = live("before");
            long began = System.nanoTime();
            swarm.open(SOCKETS - FIRST, i -> tokens[(FIRST + i) % USERS], "", 0, PATIENCE);
            double seconds = (System.nanoTime() - began) / 1e9;
            RESULTS.figure("sockets open", swarm.greeted(), "", "");
            RESULTS.figure("time to connect " + (SOCKETS - FIRST) + " of them", seconds, "s", "");
            RESULTS.figure("connects", (SOCKETS - FIRST) / seconds, "a second", "");
            long after = live("after");
            RESULTS.figure(
                    "heap of an idle socket",
                    (after - before) / (double) (SOCKETS - FIRST),
                    "bytes",
                    "12288 at most");
            RESULTS.figure(
                    "resident memory of the replica",
                    JvmFigures.resident(replica.pid()) / 1048576.0,
                    "MiB",
                    "");

            StoredTasks tasks = new StoredTasks(database, 1, USERS);
            broadcast("one message to each socket, a task a user", swarm, tasks, 1);
            throughput("messages to sockets, a task a user", swarm, tasks, 1);
            idle(swarm);
            long busy = live("busy");
            RESULTS.figure(
                    "heap of a socket that follows a task",
                    (busy - before) / (double) (SOCKETS - FIRST),
                    "bytes",
                    "");
            assertThat(swarm.violations()).isEmpty();
            assertThat(swarm.closes()).isEmpty();
            assertThat(swarm.failures()).isZero();
            tasks.remove();
        }
        await().atMost(PATIENCE).until(() -> metric("websocket_sessions") == 0);
    }

    /** The same number of sockets that all see one task. */
    @Test
    @Order(2)
    void socketsThatAllSeeOneTask() throws Exception {
        // Each of them would be told of all the thousand tasks before.
        TimeUnit.SECONDS.sleep(SWEPT.toSeconds());
        try (SocketSwarm swarm = new SocketSwarm(replica.port())) {
            String[] tokens = new String[USERS];
            for (int user = 0; user < USERS; user++) {
                tokens[user] = Tokens.viewer(user + 1);
            }
            swarm.open(SOCKETS, i -> tokens[i % USERS], "", 0, PATIENCE);
            StoredTasks task = new StoredTasks(database, 100_000, 1);
            broadcast("one message to each socket, one task", swarm, task, 1);
            throughput("messages to sockets, one task", swarm, task, 1);
            assertThat(swarm.violations()).isEmpty();
            assertThat(swarm.closes()).isEmpty();
            task.remove();
        }
    }

    @Test
    @Order(3)
    void oneStalledAmongTwenty() throws Exception {
        oneStalled(19, 1, 600);
    }

    @Test
    @Order(4)
    void oneStalledAmongAThousand() throws Exception {
        oneStalled(999, 27, 150);
    }

    /** The stalled one is a viewer, who is sent a flood of its own before it counts. */
    private static void oneStalled(int others, int users, int rounds) throws Exception {
        String what = " of " + others + " sockets, ";
        try (SocketSwarm swarm = new SocketSwarm(replica.port())) {
            swarm.open(others, i -> Tokens.user(200_000 + i % users), "", 0, PATIENCE);
            SocketSwarm.Peer stalled =
                    swarm.open(1, i -> Tokens.viewer(0), "", 4_096, PATIENCE).get(0);
            StoredTasks tasks = new StoredTasks(database, 200_000, users);
            StoredTasks flood = new StoredTasks(database, 300_000, 1);
            flood.commit(1, seq -> {});
            // Alone and beside it in turns, so that the machine is the same for both.
            Histogram alone = new Histogram(3);
            Histogram beside = new Histogram(3);
            time(swarm, tasks, others + 1, 100, new Histogram(3));
            long heapBefore = live("before-stall");
            long conflatedBefore = metric("websocket_conflated_messages_total");
            for (int turn = 0; turn < 2; turn++) {
                time(swarm, tasks, others + 1, rounds, alone);
                stalled.stall();
                // Until neither the network nor the queue takes more of it.
                long conflated = metric("websocket_conflated_messages_total");
                await().atMost(Duration.ofSeconds(20))
                        .pollInterval(Duration.ofMillis(1))
                        .until(
                                () -> {
                                    flood.commit(1_000, seq -> {});
                                    return metric("websocket_conflated_messages_total")
                                            > conflated + 100;
                                });
                time(swarm, tasks, others, rounds, beside);
                if (turn == 1) {
                    RESULTS.figure(
                            "heap more while one of " + (others + 1) + " is stalled",
                            (live("stalled") - heapBefore) / 1024.0,
                            "KiB",
                            "");
                }
                long again = System.nanoTime();
                stalled.readAgain();
                long flooded = flood.seq();
                await().atMost(Duration.ofSeconds(20))
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> stalled.seqs().containsAll(List.of(flooded, tasks.seq())));
                RESULTS.figure(
                        "time from reading again to the present state, " + (others + 1),
                        (System.nanoTime() - again) / 1e6,
                        "ms",
                        "");
            }
            RESULTS.latency("one message" + what + "nobody stalled", alone);
            RESULTS.latency("one message" + what + "beside a stalled one", beside);
            RESULTS.figure(
                    "p99" + what + "beside a stalled one / nobody stalled",
                    beside.getValueAtPercentile(99) / (double) alone.getValueAtPercentile(99),
                    "",
                    "1");
            RESULTS.figure(
                    "frames skipped for the stalled one of " + (others + 1),
                    metric("websocket_conflated_messages_total") - conflatedBefore,
                    "",
                    "");
            RESULTS.figure("frames that named skipped ones", stalled.skips(), "", "");
            assertThat(stalled.skips()).isPositive();
            assertThat(swarm.violations()).isEmpty();
            assertThat(swarm.closes()).isEmpty();
            tasks.remove();
        }
        await().atMost(PATIENCE).until(() -> metric("websocket_sessions") == 0);
    }

    private static void time(
            SocketSwarm swarm, StoredTasks tasks, int sockets, int rounds, Histogram into)
            throws Exception {
        for (int round = 0; round < rounds; round++) {
            if (tasks.seq() == 0) {
                long frames = swarm.frames();
                tasks.commit(1, seq -> {});
                await().atMost(PATIENCE).until(() -> swarm.frames() >= frames + sockets);
            }
            tasks.commit(1, seq -> swarm.measure(seq, sockets, into, System.nanoTime()));
            assertThat(swarm.awaitMeasured(PATIENCE)).isTrue();
        }
    }

    private static void broadcast(String what, SocketSwarm swarm, StoredTasks tasks, int each)
            throws Exception {
        Histogram nanos = new Histogram(3);
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            Histogram into = round < 0 ? new Histogram(3) : nanos;
            // The first one of a task comes by the rows, as a snapshot.
            long frames = swarm.frames();
            boolean first = tasks.seq() == 0;
            tasks.commit(1, seq -> swarm.measure(seq, SOCKETS * each, into, System.nanoTime()));
            if (first) {
                await().atMost(PATIENCE).until(() -> swarm.frames() >= frames + SOCKETS);
            } else {
                assertThat(swarm.awaitMeasured(PATIENCE)).isTrue();
            }
        }
        RESULTS.latency(what, nanos);
    }

    private static void throughput(String what, SocketSwarm swarm, StoredTasks tasks, int each)
            throws Exception {
        for (int run = 0; run < 2; run++) {
            AtomicLong began = new AtomicLong();
            Duration cpu = JvmFigures.cpu(replica.pid());
            long writes = JvmFigures.writeCalls(replica.pid());
            long deliveries = (long) SOCKETS * each * BURST;
            long wanted = swarm.frames() + deliveries;
            tasks.commit(BURST, seq -> began.set(System.nanoTime()));
            await().atMost(PATIENCE)
                    .pollInterval(5, TimeUnit.MILLISECONDS)
                    .until(() -> swarm.frames() >= wanted);
            double seconds = (swarm.lastFrameNanos() - began.get()) / 1e9;
            if (run == 1) {
                RESULTS.figure(
                        what + ", " + BURST + " to each back to back",
                        deliveries / seconds,
                        "a second",
                        "60000 at least");
                RESULTS.figure(
                        what + ", CPU of the replica a delivery",
                        JvmFigures.cpu(replica.pid()).minus(cpu).toNanos() / 1e3 / deliveries,
                        "µs",
                        "");
                RESULTS.figure(
                        what + ", write calls a delivery",
                        (JvmFigures.writeCalls(replica.pid()) - writes) / (double) deliveries,
                        "",
                        "");
            }
        }
    }

    /** Processor time while nothing happens but pings. */
    private static void idle(SocketSwarm swarm) throws Exception {
        Duration cpu = JvmFigures.cpu(replica.pid());
        long pings = swarm.pings();
        long from = System.nanoTime();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> System.nanoTime() - from > IDLE_SECONDS * 1_000_000_000L);
        double seconds = (System.nanoTime() - from) / 1e9;
        double busy = JvmFigures.cpu(replica.pid()).minus(cpu).toNanos() / 1e9;
        RESULTS.figure("idle CPU of the replica", busy / seconds * 100, "% of one core", "");
        RESULTS.figure("pings answered meanwhile", swarm.pings() - pings, "", "");
    }

    /** The sum over all labels. */
    private static long metric(String name) {
        String metrics = replica.api(Tokens.admin(0)).get("/actuator/prometheus").body();
        return metrics.lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private static long live(String name) throws Exception {
        return JvmFigures.liveBytes(
                replica.pid(), Path.of("target", "bench", "sockets-heap-" + name + ".txt"));
    }
}
