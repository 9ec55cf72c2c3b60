package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * Two replicas and a batch that outlasts a fault: {@code b} works, an operator's socket is at
 * {@code a}, another one at {@code b}. What counts is then read from the logs (states), the rows
 * (when each message was committed, by the database's own clock) and the client (when its frame
 * came, by the clock of the same machine).
 */
final class FaultRig implements AutoCloseable {

    static final Duration CURE = Duration.ofSeconds(5);
    private static final String TOKEN = Tokens.user(1);
    private static final int PER_SECOND = 20;
    private static final Path TABLE = Path.of("target", "fault-matrix.md");

    /** What a server does that is told to go away or to come back. */
    interface Action {
        void run() throws Exception;
    }

    final PgServer postgres;
    final Servers.PostgresDatabase database;
    final BatchRows rows;
    ReplicaProcess a;
    ReplicaProcess b;

    private final long epochMinusNanos;
    private ProgressClient client;
    private ProgressClient own;
    private String taskId;
    private int nodes;
    private Instant faultAt;
    private Instant curedAt;

    /** The longest time from a cure to REALTIME. */
    private Duration toRealtime = Duration.ZERO;

    FaultRig() throws IOException {
        postgres = PgServer.startedWithCommitTimes();
        database = new Servers.PostgresDatabase(postgres.port(), PgServer.DATABASE);
        rows = new BatchRows(database);
        epochMinusNanos =
                ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()) - System.nanoTime();
    }

    /** Both replicas with the same options, not awaited. */
    void launch(String... options) {
        launch(List.of(options), List.of(options));
    }

    void launch(List<String> ofA, List<String> ofB) {
        a = replica("fault-a", ofA).launch();
        b = replica("fault-b", ofB).launch();
        a.awaitReady();
        b.awaitReady();
    }

    private ReplicaProcess.Builder replica(String name, List<String> options) {
        return ReplicaProcess.jar(name)
                .options(database.options())
                .options(options)
                .cluster(0, "test", 5_000, 200, "node-7");
    }

    void awaitBoth(String state, Duration atMost) {
        for (ReplicaProcess replica : List.of(a, b)) {
            awaitSteps(replica, steps -> steps.last().equals(state), state, atMost);
        }
    }

    static void awaitSteps(
            ReplicaProcess replica,
            Predicate<NotifierSteps> condition,
            String what,
            Duration atMost) {
        await(what + " of " + replica.logFile())
                .atMost(atMost)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> condition.test(NotifierSteps.of(replica)));
    }

    /** Starts the batch at b, of so many seconds, and waits until it is under way. */
    void begin(int seconds) {
        client = ProgressClient.connect(a.port(), TOKEN, "conflate=0");
        own = ProgressClient.connect(b.port(), TOKEN, "conflate=0");
        nodes = seconds * PER_SECOND;
        taskId =
                b.api(TOKEN)
                        .start(
                                "cordon",
                                ApiClient.batch("test", ApiClient.nodes(nodes))
                                        .put("concurrency", PER_SECOND / 5));
        own.awaitSeq(taskId, PER_SECOND);
    }

    void fault(Action action) throws Exception {
        faultAt = Instant.now();
        action.run();
    }

    /** Undoes it: the time to REALTIME counts from here. */
    void cure(Action action) throws Exception {
        curedAt = Instant.now();
        action.run();
    }

    /** Starts PostgreSQL: the time to REALTIME counts from when it takes connections. */
    void curePostgres() throws IOException {
        postgres.start();
        curedAt = Instant.now();
    }

    void pass(Duration time) {
        Instant until = Instant.now().plus(time);
        await().atMost(time.plusSeconds(5))
                .pollDelay(time)
                .until(() -> !Instant.now().isBefore(until));
    }

    /** What is to hold of a case, beyond what holds of every one. */
    record Limits(Duration staleness, boolean databaseAway, boolean snapshot) {

        /** The database answers throughout. */
        static Limits ofAnsweringDatabase() {
            return new Limits(Duration.ofSeconds(4), false, false);
        }

        /** Between fault and cure no row can be read: staleness counts from the cure. */
        static Limits ofAbsentDatabase() {
            return new Limits(Duration.ofSeconds(4), true, false);
        }

        Limits staleness(Duration limit) {
            return new Limits(limit, databaseAway, snapshot);
        }

        /** The socket came while no rows could be read, and begins with a snapshot. */
        Limits snapshotAllowed() {
            return new Limits(staleness, databaseAway, true);
        }
    }

    /** Waits for the end, holds what is promised, and adds a line to the table. */
    void finish(String transport, String what, Limits limits) throws Exception {
        JsonNode end = client.awaitEnd(taskId, Duration.ofSeconds(120));
        own.awaitEnd(taskId, Duration.ofSeconds(30));
        awaitBoth("REALTIME", Duration.ofSeconds(30));
        rows.assertWhole(taskId, nodes, 1);
        assertThat(end.get("type").asText()).isEqualTo("complete");
        assertThat(end.path("durable").asBoolean(true)).isTrue();
        assertThat(own.violations()).isEmpty();
        if (limits.snapshot()) {
            assertThat(client.violations()).isEmpty();
            assertThat(client.task(taskId).seq()).isEqualTo(rows.lastSeq(taskId));
        } else {
            BatchRows.assertSawAll(client, taskId, end);
        }
        assertCured();
        List<String> told = new ArrayList<>();
        for (ReplicaProcess replica : List.of(a, b)) {
            NotifierSteps steps = NotifierSteps.of(replica);
            steps.assertDesigned(replica);
            assertDegradations(replica, steps);
            told.add(steps.since(faultAt).toString());
        }
        line(transport, what, limits, told);
    }

    /** Both are REALTIME, and were soon enough after the last cure. */
    void assertCured() {
        for (ReplicaProcess replica : List.of(a, b)) {
            Duration took =
                    Duration.between(curedAt, NotifierSteps.of(replica).lastEntered("REALTIME"));
            toRealtime = took.compareTo(toRealtime) > 0 ? took : toRealtime;
        }
        assertThat(toRealtime).as("from the cure to REALTIME").isLessThan(CURE);
    }

    private static void assertDegradations(ReplicaProcess replica, NotifierSteps steps) {
        long left = 0;
        String state = "RECONNECTING";
        boolean proved = false;
        for (String next : steps.states()) {
            boolean atStart = next.equals("POLLING") && !proved;
            if (state.equals("REALTIME") || atStart) {
                left++;
            }
            proved |= next.equals("RECOVERING");
            state = next;
        }
        assertThat(
                        replica.api(TOKEN)
                                .get("/api/v1/progress/status")
                                .json()
                                .path("degradations")
                                .asLong())
                .as("degradations of " + replica.name() + ": " + steps.states())
                .isEqualTo(left);
    }

    private void line(String transport, String what, Limits limits, List<String> told)
            throws Exception {
        NotifierSteps steps = NotifierSteps.of(a);
        Map<Long, Instant> committed = committed();
        List<Long> staleness = new ArrayList<>();
        long whilePolling = -1;
        long late = 0;
        for (ProgressClient.Received frame : client.frames(taskId)) {
            if (frame.snapshot()) {
                continue;
            }
            Instant received = Instant.EPOCH.plusNanos(frame.nanos() + epochMinusNanos);
            Instant at = committed.get(frame.seq());
            boolean away = limits.databaseAway() && received.isAfter(faultAt);
            Instant readable = away && at.isBefore(curedAt) ? curedAt : at;
            long millis = Math.max(0, Duration.between(readable, received).toMillis());
            staleness.add(millis);
            late = Math.max(late, millis);
            if (steps.at(received).equals("POLLING")
                    && readable.isAfter(steps.enteredBefore(received))) {
                whilePolling = Math.max(whilePolling, millis);
            }
        }
        Collections.sort(staleness);
        String row =
                "| %s | %s | %s | %d | %d | %s | %.1f s |%n"
                        .formatted(
                                transport,
                                what,
                                told.get(0).equals(told.get(1))
                                        ? told.get(0)
                                        : told.get(0)
                                                + "; the other: "
                                                + (told.get(1).isEmpty()
                                                        ? "REALTIME throughout"
                                                        : told.get(1)),
                                staleness.isEmpty() ? 0 : staleness.get(staleness.size() / 2),
                                late,
                                whilePolling < 0 ? "" : Long.toString(whilePolling),
                                toRealtime.toMillis() / 1e3);
        System.out.print("measured: " + row);
        try {
            Files.writeString(TABLE, row, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(late).as("staleness, ms").isLessThan(limits.staleness().toMillis());
        assertThat(whilePolling).as("staleness while POLLING, ms").isLessThan(1_000);
    }

    private Map<Long, Instant> committed() throws SQLException {
        Map<Long, Instant> committed = new HashMap<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT seq, (extract(epoch FROM"
                                        + " pg_xact_commit_timestamp(xmin)) * 1000000)::bigint"
                                        + " FROM progress_messages WHERE task_id = '"
                                        + taskId
                                        + "'")) {
            while (row.next()) {
                committed.put(
                        row.getLong(1), Instant.EPOCH.plus(row.getLong(2), ChronoUnit.MICROS));
            }
        }
        return committed;
    }

    /** One connection that listens and at most a pool of others, for each replica. */
    void assertNoLeakInPostgres(boolean listening) {
        for (ReplicaProcess replica : List.of(a, b)) {
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(
                            () -> {
                                assertThat(connections(replica, "listen"))
                                        .isEqualTo(listening ? 1 : 0);
                                assertThat(connections(replica, "pool")).isLessThanOrEqualTo(10);
                            });
        }
    }

    private long connections(ReplicaProcess replica, String kind) {
        return database.number(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name ="
                        + " 'kube-node-manager-%s-%s'".formatted(replica.name(), kind));
    }

    /** One connection that listens and one that publishes, for each replica. */
    void assertNoLeakIn(RedisProcess redis) {
        for (ReplicaProcess replica : List.of(a, b)) {
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(
                            () ->
                                    assertThat(
                                                    redis.connectionsOf(
                                                            "kube-node-manager-" + replica.name()))
                                            .isEqualTo(2));
        }
    }

    @Override
    public void close() throws IOException {
        for (ProgressClient open : new ProgressClient[] {client, own}) {
            if (open != null) {
                open.close();
            }
        }
        for (ReplicaProcess replica : new ReplicaProcess[] {a, b}) {
            if (replica != null) {
                replica.close();
            }
        }
        postgres.close();
    }
}
