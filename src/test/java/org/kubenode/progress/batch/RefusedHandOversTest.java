package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.apache.camel.Endpoint;
import org.apache.camel.component.seda.SedaEndpoint;
import org.apache.camel.component.sql.SqlEndpoint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.journal.Committed;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.StoredTask;
import org.kubenode.progress.testing.Tokens;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** Queues that are full and pools that have no thread: what was to be handed over goes on. */
class RefusedHandOversTest {

    /** The statements of timers and queues. */
    private static final Set<String> UNATTENDED =
            new TreeSet<>(
                    Set.of(
                            "check-database",
                            "claim-tasks",
                            "due-tasks",
                            "find-news",
                            "read-task",
                            "write-progress",
                            "write-progress-outcome"));

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String TOKEN = Tokens.user(1);

    @TempDir private static Path folder;
    private static ReplicaContext replica;

    @BeforeAll
    static void start() {
        replica =
                ReplicaContext.start(
                        "refused",
                        List.of(
                                "--database.type=sqlite",
                                "--database.path=" + folder.resolve("progress.db"),
                                "--progress.notify_type=memory",
                                "--progress.poll_interval=100",
                                "--progress.timing.claim=50",
                                "--progress.batch.max_running=1",
                                "--progress.batch.max_operations=1"));
        await().atMost(PATIENCE).until(() -> replica.bean(Database.class).up());
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    /** The first goes on by itself, the second waits until it is claimed. */
    @ParameterizedTest
    @CsvSource({
        "claim-soon, 1",
        "call-for-replicas, 1",
        "continue-writing, 1",
        "notify-committed, 10000"
    })
    void aFullQueueLosesNothing(String queue, int size) throws Exception {
        fill(queue, size);
        try (ProgressClient client = ProgressClient.connect(replica.port(), TOKEN, "conflate=0")) {
            String first = start(10);
            String second = start(10);
            client.awaitEnd(first);
            if (queue.equals("claim-soon")) {
                assertThat(replica.api(TOKEN).task(second).get("status").asText())
                        .isEqualTo("pending");
                replica.camel().getRouteController().resumeRoute(queue);
            }
            client.awaitEnd(second);
            assertThat(client.violations()).isEmpty();
        } finally {
            replica.camel().getRouteController().resumeRoute(queue);
        }
        await().atMost(PATIENCE.multipliedBy(3))
                .until(() -> endpoint(queue, size).getQueue().isEmpty());
    }

    @Test
    void whatWasNotShownWhileItsQueueWasFullIsShownAfter() throws Exception {
        Journal journal = replica.bean(Journal.class);
        fill("show-provisional", 1);
        try (ProgressClient client = ProgressClient.connect(replica.port(), TOKEN, "conflate=0")) {
            journal.hold();
            String taskId = start(3);
            await().atMost(PATIENCE).until(journal::hasProvisional);
            replica.camel().getRouteController().resumeRoute("show-provisional");
            client.awaitSeq(taskId, 1);
            assertThat(client.task(taskId).last().path("durable").asBoolean(true)).isFalse();
            journal.resume();
            assertThat(client.awaitEnd(taskId).path("durable").asBoolean(true)).isTrue();
        } finally {
            journal.resume();
            replica.camel().getRouteController().resumeRoute("show-provisional");
        }
    }

    /** SQLite finds out when it reads them. */
    @Test
    void aTaskWhoseNodesAreNoJsonEndsWithTheReasonAndHoldsNobodyUp() throws Exception {
        DataSource rows = replica.bean(DataSource.class);
        String broken = new StoredTask("1", rows).taskId;
        JdbcTemplate jdbc = new JdbcTemplate(rows);
        jdbc.update(
                "INSERT INTO progress_task_inputs (task_id, node_names, params, concurrency,"
                        + " request_hash) VALUES (?, '[\"node-1\"]', '{}', 1, 'hash')",
                broken);
        jdbc.update("UPDATE progress_task_inputs SET node_names = '[' WHERE task_id = ?", broken);
        jdbc.update(
                "UPDATE progress_tasks SET status = 'pending', lease_until = NULL WHERE task_id ="
                        + " ?",
                broken);
        JsonNode task = ended(broken);
        assertThat(task.get("status").asText()).isEqualTo("failed");
        assertThat(task.get("error").asText()).startsWith("its rows cannot be read: ");
        assertThat(ended(start(3)).get("status").asText()).isEqualTo("completed");
    }

    /** But for those of a request, whose answer says so, and of a claimed task, which ends. */
    @Test
    void whateverStatementThrowsAnErrorWorksAgainAfter() {
        Map<String, JdbcTemplate> templates = new TreeMap<>();
        for (Endpoint endpoint : replica.camel().getEndpoints()) {
            if (endpoint instanceof SqlEndpoint sql) {
                String uri = endpoint.getEndpointUri();
                String statement = uri.substring(0, uri.indexOf(".sql")).replaceFirst(".*/", "");
                if (UNATTENDED.contains(statement)) {
                    templates.put(statement, sql.getJdbcTemplate());
                }
            }
        }
        assertThat(templates.keySet()).isEqualTo(UNATTENDED);
        Map<String, AtomicInteger> left = new TreeMap<>();
        templates.forEach(
                (statement, template) -> left.put(statement, fail(template, errors(statement))));
        try (ProgressClient client = ProgressClient.connect(replica.port(), TOKEN, "conflate=0")) {
            client.awaitEnd(start(10));
            client.awaitEnd(start(10));
            assertThat(client.violations()).isEmpty();
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(left)
                                            .allSatisfy(
                                                    (statement, errors) ->
                                                            assertThat(errors)
                                                                    .hasNonPositiveValue()));
        } finally {
            templates.values().forEach(RefusedHandOversTest::mend);
        }
    }

    /** The database is looked at once a second. */
    private static int errors(String statement) {
        return statement.equals("check-database") ? 1 : 3;
    }

    private static void mend(JdbcTemplate template) {
        template.setDataSource(replica.bean(DataSource.class));
    }

    /** The next times a connection is wanted, there is an Error. */
    private static AtomicInteger fail(JdbcTemplate template, int times) {
        AtomicInteger left = new AtomicInteger(times);
        template.setDataSource(
                new DelegatingDataSource(template.getDataSource()) {
                    @Override
                    public Connection getConnection() throws SQLException {
                        if (left.getAndDecrement() > 0) {
                            throw new LinkageError("as if a class were missing");
                        }
                        return super.getConnection();
                    }
                });
        return left;
    }

    /** Once for who accepts it, and once for who claims it after that. */
    @ParameterizedTest
    @ValueSource(strings = {"rejected", "no memory"})
    void aBatchWithoutAThreadIsGivenBackAndClaimedAgain(String how) {
        AtomicInteger refusals = refuse("batchThreads", 2, how);
        String taskId = start(3);

        assertThat(ended(taskId).get("status").asText()).isEqualTo("completed");
        assertThat(refusals).hasNonPositiveValue();
        assertThat(replica.api(TOKEN).task(taskId).get("epoch").asInt()).isEqualTo(3);
        await().atMost(PATIENCE).until(() -> !replica.bean(RunningBatches.class).any());
    }

    /** There is one place for operations: nobody else has one before this node has run. */
    @ParameterizedTest
    @ValueSource(strings = {"rejected", "no memory"})
    void aNodeWithoutAThreadWaitsForOne(String how) {
        AtomicInteger refusals = refuse("operationThreads", 2, how);

        assertThat(ended(start(3)).get("status").asText()).isEqualTo("completed");
        assertThat(refusals).hasNonPositiveValue();
        assertThat(ended(start(3)).get("status").asText()).isEqualTo("completed");
    }

    private static String start(int nodes) {
        return replica.api(TOKEN).start("cordon", "test", nodes);
    }

    private static JsonNode ended(String taskId) {
        ApiClient api = replica.api(TOKEN);
        await().atMost(PATIENCE).until(() -> !api.task(taskId).get("completed_at").isNull());
        return api.task(taskId);
    }

    private static SedaEndpoint endpoint(String queue, int size) {
        return replica.camel().getEndpoint("seda:" + queue + "?size=" + size, SedaEndpoint.class);
    }

    private static void fill(String queue, int size) throws Exception {
        replica.camel().getRouteController().suspendRoute(queue);
        String uri = "seda:" + queue + "?size=" + size + "&discardWhenFull=true";
        for (int i = 0; i <= size; i++) {
            replica.send(uri, new Committed("nobody", "none", "{}"), Map.of());
        }
        assertThat(endpoint(queue, size).getQueue().remainingCapacity()).isZero();
    }

    /** The next threads of a pool that is idle cannot be had. */
    private static AtomicInteger refuse(String pool, int times, String how) {
        ThreadPoolExecutor threads =
                replica.camel().getRegistry().lookupByNameAndType(pool, ThreadPoolExecutor.class);
        threads.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
        await().atMost(PATIENCE).until(() -> threads.getPoolSize() == 0);
        ThreadFactory usual = threads.getThreadFactory();
        AtomicInteger left = new AtomicInteger(times);
        threads.setThreadFactory(
                task -> {
                    if (left.getAndDecrement() <= 0) {
                        return usual.newThread(task);
                    }
                    if (how.equals("rejected")) {
                        return null;
                    }
                    throw new OutOfMemoryError("unable to create native thread");
                });
        return left;
    }
}
