package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.journal.WriteStatement;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.StoredTask;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.websocket.WebSocketComponent;
import org.kubenode.progress.wire.Frame;
import reactor.core.Disposable;

/**
 * The main job on PostgreSQL, with its floors from the same run: replica B works, a socket of
 * replica A receives, both in this JVM so that one clock times both ends. Gates that depend on how
 * busy the machine is are aims of the table; what does not depend on it is asserted.
 */
@Tag("bench")
class ProgressBenchTest {

    private static final boolean FULL = "full".equals(System.getProperty("bench"));
    private static final int FLOOR_MESSAGES = FULL ? 10_000 : 2_000;
    private static final int BATCHES = FULL ? 100 : 60;
    private static final String TOKEN = Tokens.user(1);
    private static final Duration WARM_UP = Duration.ofSeconds(FULL ? 60 : 25);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Servers.PostgresDatabase database;
    private static ReplicaContext a;
    private static ReplicaContext b;
    private static Statements statements;
    private static Results results;

    @BeforeAll
    static void start() {
        results = new Results("progress");
        database = Servers.database();
        database.execute("CREATE EXTENSION pg_stat_statements");
        List<String> options = new ArrayList<>(database.options());
        options.addAll(
                List.of(
                        "--clusters[1].name=five",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=5000",
                        "--clusters[1].latency_ms=5"));
        a = ReplicaContext.start("bench-a", options);
        b = ReplicaContext.start("bench-b", options);
        for (ReplicaContext replica : List.of(a, b)) {
            await().atMost(Duration.ofSeconds(30)).until(() -> replica.state().equals("REALTIME"));
        }
        statements = Statements.of(b.camel());
    }

    @AfterAll
    static void stop() throws IOException {
        if (b != null) {
            b.close();
        }
        if (a != null) {
            a.close();
        }
        results.write(System.out);
    }

    @Test
    void mainJobBesideItsFloors() throws Exception {
        try (FrameReader client =
                new FrameReader(a.port(), "/api/v1/progress/ws?conflate=0", TOKEN)) {
            await().until(() -> client.count() == 1);
            warmUp(client);
            Histogram listener = floorOfTheStatement();
            results.latency("floor: statement of one row to a bare listener", listener);
            Histogram socket = floorOfTheSocket(client);
            results.latency("floor: one frame on the WebSocket", socket);
            double floor =
                    (listener.getValueAtPercentile(50) + socket.getValueAtPercentile(50)) / 1e6;
            for (String cluster : List.of("five", "test")) {
                Histogram nanos = new Histogram(3);
                double rows = latencies(client, cluster, nanos);
                String what =
                        cluster.equals("five")
                                ? "100 nodes, concurrency 10, operations of 5 ms"
                                : "100 nodes, concurrency 10, operations of 0 ms";
                results.latency(what, nanos);
                results.figure(
                        what + ": p50 above the floors",
                        nanos.getValueAtPercentile(50) / 1e6 - floor,
                        "ms",
                        "0.5 at most; p99 under 5 ms");
                results.figure(what + ": rows a write", rows, "", "");
            }
            roundTrips(client);
            costOfANode(client);
            hotShare();
        }
    }

    /** Until the compiler has hardly anything left to do: a replica in use is a compiled one. */
    private static void warmUp(FrameReader client) throws Exception {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        long end = System.nanoTime() + WARM_UP.toNanos();
        long idle;
        do {
            long before = compiler.getTotalCompilationTime();
            long from = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                run(client, i % 2 == 0 ? "test" : "five", 100, 10);
            }
            double share =
                    (compiler.getTotalCompilationTime() - before)
                            * 1e6
                            / (System.nanoTime() - from);
            idle = share < 0.1 ? 1 : 0;
        } while (idle == 0 && System.nanoTime() < end);
        System.gc();
    }

    /** Runs a batch on B to its end at the reader, which gets every seq once, in order. */
    private static Batch run(FrameReader client, String cluster, int nodes, int concurrency)
            throws IOException {
        client.take();
        long had = client.count();
        ObjectNode body =
                ApiClient.batch(cluster, ApiClient.nodes(nodes)).put("concurrency", concurrency);
        String taskId = b.api(TOKEN).start("cordon", body);
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(60))
                .until(() -> client.count() >= had + nodes + 1);
        List<FrameReader.Arrival> arrivals = client.take();
        long seq = 0;
        long[] nanos = new long[nodes + 2];
        for (FrameReader.Arrival arrival : arrivals) {
            JsonNode frame = JSON.readTree(arrival.text());
            assertThat(frame.path("task_id").asText()).isEqualTo(taskId);
            assertThat(frame.path("seq").asLong()).isEqualTo(++seq);
            nanos[(int) seq] = arrival.nanos();
        }
        assertThat(seq).isEqualTo(nodes + 1);
        client.send("{\"type\":\"ack\",\"task_id\":\"%s\",\"seq\":%d}".formatted(taskId, seq));
        return new Batch(taskId, nanos);
    }

    /**
     * @param nanos when the frame of each seq was received; of 0 there is none
     */
    private record Batch(String taskId, long[] nanos) {}

    /** From just before the statement to a listener on the same driver that does nothing else. */
    private static Histogram floorOfTheStatement() throws Exception {
        StoredTask task = new StoredTask("floor", b.bean(javax.sql.DataSource.class));
        AtomicLong arrivedAt = new AtomicLong();
        Semaphore arrived = new Semaphore(0);
        PostgresqlConnection listener =
                new PostgresqlConnectionFactory(
                                PostgresqlConnectionConfiguration.builder()
                                        .host("127.0.0.1")
                                        .port(database.port())
                                        .database(database.name())
                                        .username("postgres")
                                        .build())
                        .create()
                        .block(Duration.ofSeconds(10));
        Disposable listening =
                listener.getNotifications()
                        .filter(note -> note.getParameter().contains(task.taskId))
                        .subscribe(
                                note -> {
                                    arrivedAt.set(System.nanoTime());
                                    arrived.release();
                                });
        listener.createStatement("LISTEN progress_update")
                .execute()
                .flatMap(result -> result.getRowsUpdated())
                .blockLast(Duration.ofSeconds(10));
        Histogram nanos = new Histogram(3);
        try (Connection connection = database.connect();
                PreparedStatement write = connection.prepareStatement(WriteStatement.sql())) {
            for (int seq = 1; seq <= FLOOR_MESSAGES + 500; seq++) {
                Frame frame = task.frame(seq);
                write.setString(1, "[" + entry(frame) + "]");
                write.setString(2, "10000");
                long before = System.nanoTime();
                write.execute();
                assertThat(arrived.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                if (seq > 500) {
                    nanos.recordValue(arrivedAt.get() - before);
                }
            }
        } finally {
            listening.dispose();
            listener.close().block(Duration.ofSeconds(10));
        }
        return nanos;
    }

    /** What the journal writes of one message, without the package's own encoder. */
    private static ObjectNode entry(Frame frame) {
        String at = frame.timestamp().toString();
        ObjectNode entry =
                JSON.createObjectNode()
                        .put("task_id", frame.taskId())
                        .put("epoch", 1)
                        .put("first_seq", frame.seq())
                        .put("last_seq", frame.seq())
                        .put("current", frame.current())
                        .put("success_count", frame.successCount())
                        .put("failed_count", 0)
                        .put("updated_at", at)
                        .put("notification", StoredTask.payload(List.of(frame)));
        entry.putArray("messages")
                .addObject()
                .put("seq", frame.seq())
                .put("type", "progress")
                .put("current", frame.current())
                .put("success_count", frame.successCount())
                .put("failed_count", 0)
                .put("current_node", frame.currentNode())
                .put("node_status", "succeeded")
                .put("node_final", true)
                .put("message", frame.message())
                .put("created_at", at);
        return entry;
    }

    private static Histogram floorOfTheSocket(FrameReader client) throws SQLException {
        WebSocketComponent sockets =
                a.camel().getComponent("websocket-jsr356", WebSocketComponent.class);
        SocketSession session = sockets.sessions("/api/v1/progress/ws").ofUser("1").get(0);
        String text =
                StoredTask.payload(
                                List.of(
                                        new StoredTask("0", b.bean(javax.sql.DataSource.class))
                                                .frame(1)))
                        // Not one for the client's algorithm.
                        .replace("\"seq\":", "\"position\":");
        Histogram nanos = new Histogram(3);
        for (int i = 0; i < FLOOR_MESSAGES + 500; i++) {
            long had = client.count();
            long before = System.nanoTime();
            session.send(text);
            while (client.count() == had) {
                Thread.onSpinWait();
            }
            if (i >= 500) {
                nanos.recordValue(client.lastNanos() - before);
            }
        }
        return nanos;
    }

    /** From just before the statement is sent to the frame received. Gives the rows a write. */
    private static double latencies(FrameReader client, String cluster, Histogram nanos)
            throws IOException {
        long rows = 0;
        long writes = 0;
        int elsewhere = 0;
        for (int batch = 0; batch < BATCHES; batch++) {
            statements.clear();
            Batch ran = run(client, cluster, 100, 10);
            Map<Long, Long> sent = statements.sent(ran.taskId());
            if (sent.isEmpty()) {
                // It had to wait, and the other replica took it.
                elsewhere++;
                continue;
            }
            for (int seq = 1; seq < ran.nanos().length; seq++) {
                nanos.recordValue(Math.max(0, ran.nanos()[seq] - sent.get((long) seq)));
            }
            for (int size : statements.sizes(ran.taskId())) {
                rows += size;
                writes++;
            }
        }
        results.figure(cluster + ": batches that another replica took", elsewhere, "", "0");
        return (double) rows / writes;
    }

    private static void roundTrips(FrameReader client) throws IOException {
        // What was done before is told of before.
        awaitStatistics();
        resetStatements();
        long commits = commits();
        int nodes = FULL ? 5_000 : 1_000;
        run(client, "five", nodes, 50);
        double writes = statementsOf("%jsonb_to_recordset%pg_notify%");
        double all = statementsOf("%");
        results.figure(
                "concurrency 50, 5 ms: round trips of writes a node",
                writes / nodes,
                "",
                "0.3 at most");
        results.figure(
                "concurrency 50, 5 ms: all statements of both replicas a node",
                all / nodes,
                "",
                "");
        awaitStatistics();
        results.figure(
                "concurrency 50, 5 ms: all commits of both replicas a node",
                (double) (commits() - commits) / nodes,
                "",
                "");
        assertThat(writes / nodes).isLessThanOrEqualTo(0.3);
    }

    private static void costOfANode(FrameReader client) throws IOException {
        for (int nodes : new int[] {100, 1_000, 5_000}) {
            resetStatements();
            // As many nodes in all, so that one batch is not compared with warm-up.
            int batches = 5_000 / nodes;
            long before = System.nanoTime();
            long wal =
                    database.number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint");
            for (int i = 0; i < batches; i++) {
                run(client, "test", nodes, 10);
            }
            double perNode = 1.0 / (batches * nodes);
            String what = "batches of " + nodes + ": ";
            results.figure(
                    what + "time a node", (System.nanoTime() - before) / 1e3 * perNode, "µs", "");
            results.figure(
                    what + "time of writes in the database a node",
                    database.number(
                                    "SELECT (sum(total_exec_time) * 1000)::bigint FROM"
                                            + " pg_stat_statements WHERE query LIKE"
                                            + " '%jsonb_to_recordset%pg_notify%'")
                            * perNode,
                    "µs",
                    "flat");
            results.figure(
                    what + "WAL a node",
                    (database.number(
                                            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(),"
                                                    + " '0/0')::bigint")
                                    - wal)
                            * perNode,
                    "bytes",
                    "flat");
        }
    }

    private static void hotShare() {
        awaitStatistics();
        double share =
                database.number(
                                "SELECT (10000.0 * n_tup_hot_upd / n_tup_upd)::bigint FROM"
                                        + " pg_stat_user_tables WHERE relname = 'progress_tasks'")
                        / 100.0;
        results.figure("HOT share of updates of progress_tasks", share, "%", "95 at least");
        assertThat(share).isGreaterThanOrEqualTo(95);
    }

    /** Backends tell of their work when they have been idle for a second. */
    private static void awaitStatistics() {
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

    private static void resetStatements() {
        database.execute("SELECT pg_stat_statements_reset()");
    }

    private static double statementsOf(String like) {
        return database.number(
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON"
                        + " d.oid = s.dbid WHERE d.datname = current_database() AND query LIKE '"
                        + like
                        + "'");
    }

    private static long commits() {
        return database.number(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");
    }
}
