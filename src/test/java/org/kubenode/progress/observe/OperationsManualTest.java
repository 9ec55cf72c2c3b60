package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** What docs/operations.md tells to look at, on a replica whose database user is no superuser. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OperationsManualTest {

    private static final Path PAGE = Path.of("docs", "operations.md");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static Servers.PostgresDatabase database;
    private static String user;
    private static Relay pool;
    private static Relay listen;
    private static ReplicaProcess replica;
    private static ApiClient admin;
    private static String taskId;

    @BeforeAll
    static void runOneBatch() throws IOException {
        database = Servers.database();
        pool = Relay.to("127.0.0.1", database.port());
        listen = Relay.to("127.0.0.1", database.port());
        user = database.name() + "_user";
        database.execute("CREATE ROLE " + user + " LOGIN");
        database.execute("ALTER DATABASE " + database.name() + " OWNER TO " + user);
        replica =
                ReplicaProcess.classes("manual")
                        .options(database.through(pool).options())
                        .options(
                                "--database.username=" + user,
                                "--database.listen_host=127.0.0.1",
                                "--database.listen_port=" + listen.port())
                        // As the page says, to see each notification.
                        .options(
                                "--logging.level.org.kubenode.progress.journal=DEBUG",
                                "--logging.level.org.kubenode.progress.notify=DEBUG",
                                "--logging.level.org.kubenode.progress.deliver=DEBUG")
                        .cluster(0, "test", 10, 5, "node-7")
                        .cluster(1, "slow", 200, 300, "")
                        .cluster(2, "slowest", 1, 1_100, "")
                        .start();
        admin = replica.api(Tokens.admin("operator"));
        await().atMost(PATIENCE).until(() -> state().equals("REALTIME"));
        try (ProgressClient client =
                ProgressClient.connect(replica.port(), Tokens.admin("operator"), "scope=own")) {
            taskId = admin.start("cordon", "test", 10);
            client.awaitEnd(taskId);
        }
    }

    @AfterAll
    static void end() throws IOException {
        if (replica != null) {
            replica.close();
        }
        pool.close();
        listen.close();
    }

    @Test
    void everyQueryOfThePageRunsAndTheListenersAreSeen() throws Exception {
        List<String> blocks = found("(?s)```sql\\n(.*?)```", Files.readString(PAGE)).toList();
        assertThat(blocks).hasSizeGreaterThanOrEqualTo(4);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String query : String.join("\n", blocks).split(";\\s*\\n")) {
                try (ResultSet rows = statement.executeQuery(query.replace("01a2…", taskId))) {
                    boolean some = rows.next();
                    if (query.contains("-listen") || query.contains(taskId)) {
                        assertThat(some).as(query).isTrue();
                    }
                }
            }
        }
    }

    @Test
    void everyMetricOfThePageExists() throws IOException {
        String exposition = admin.get("/actuator/prometheus").body();
        Set<String> known =
                exposition
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.replaceFirst("[{ ].*", "").replaceFirst("_bucket$", ""))
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> asked =
                found(
                                "`[^`]*?\\b((?:progress|websocket|hikaricp|jvm|camel)_[a-z_]+)[^`]*`",
                                Files.readString(PAGE).replaceAll("(?s)```.*?```", ""))
                        .collect(Collectors.toCollection(TreeSet::new));
        // Not metrics: the channel and the tables. Families, of which each line has a suffix.
        asked.removeAll(
                Set.of(
                        "progress_update",
                        "progress_tasks",
                        "progress_messages",
                        "progress_replicas"));
        asked.removeIf(
                family ->
                        known.contains(family + "_count") || family.equals("jvm_gc_pause_seconds"));
        assertThat(asked).hasSizeGreaterThan(12).isSubsetOf(known);
    }

    @Test
    void theDebugLevelsShowEachNotification() {
        assertThat(replica.log())
                .contains("Sent PostgreSQL notification to channel progress_update")
                .contains("Forwarded notification for task " + taskId + " to user operator");
    }

    @Test
    void aForeignNotificationIsDroppedCountedAndLogged() {
        database.execute("SELECT pg_notify('progress_update', 'x')");

        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(admin.get("/actuator/prometheus").body())
                                        .containsPattern(
                                                "progress_notifications_unreadable_total [1-9]"));
        assertThat(replica.log()).contains("notifications that cannot be read");
    }

    @Test
    void tooManyConnectionsIsTheReasonAndTheNotifierComesBackByItself() {
        database.execute("ALTER ROLE " + user + " CONNECTION LIMIT 0");
        database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE application_name LIKE 'kube-node-manager-%-listen'"
                        + " AND datname = current_database()");

        await().atMost(PATIENCE).until(() -> state().equals("POLLING"));
        assertThat(status().path("reason").asText()).contains("too many connections");
        assertThat(replica.log())
                .contains("The PostgreSQL notifier is interrupted: ")
                .contains("PostgreSQL notifier failed, falling back to polling: ")
                .contains("Falling back to polling mode");

        database.execute("ALTER ROLE " + user + " CONNECTION LIMIT -1");
        await().atMost(PATIENCE).until(() -> state().equals("REALTIME"));
    }

    @Test
    void aHalfOpenLineIsNoticedByItsProbesAndPolledMeanwhile() {
        listen.blackHole();

        Pattern line =
                Pattern.compile(
                        "ERROR .* PostgreSQL listener ping failed: .*, attempting reconnect");
        await().atMost(PATIENCE).until(() -> line.matcher(replica.log()).find());

        listen.heal();
        await().atMost(PATIENCE).until(() -> state().equals("REALTIME"));
    }

    @Test
    void aDatabaseThatIsDownIsSaidEverywhereAndNothingNeedsARestart() {
        pool.refuse();
        listen.refuse();
        await().atMost(PATIENCE).until(() -> status().path("database").asText().equals("down"));

        assertThat(replica.log()).contains("Database is down: ");
        JsonNode health = admin.get("/actuator/health").json();
        assertThat(health.path("status").asText()).isEqualTo("DEGRADED");
        assertThat(admin.get("/actuator/prometheus").body()).contains("progress_database_up 0.0");
        ApiClient.Answer unknown = admin.get("/api/v1/tasks/01a20000-0000-7000-8000-000000000000");
        assertThat(unknown.status()).isEqualTo(503);
        String accepted = admin.start("cordon", "test", 10);

        pool.heal();
        listen.heal();

        await().atMost(PATIENCE).until(() -> state().equals("REALTIME"));
        await().atMost(PATIENCE)
                .until(() -> admin.task(accepted).path("status").asText().equals("completed"));
        assertThat(replica.log()).containsPattern("(?s)Database is down: .*Database is up");
        await().atMost(PATIENCE)
                .until(
                        () ->
                                admin.get("/actuator/prometheus")
                                        .body()
                                        .contains("progress_journal_waiting 0.0"));
    }

    /** A row that somebody else holds keeps the write under way for as long as the test wants. */
    @Test
    void aWriteThatIsCutOffInTheMiddleIsRepeatedAndSaysSo() throws Exception {
        double failures = metric("progress_journal_failures_total");
        Pattern line = quoted("Writing the progress of <n> tasks failed");
        String task = admin.start("uncordon", "slow", 20);
        await().atMost(PATIENCE).until(() -> admin.task(task).path("seq").asLong() > 2);
        try (Connection holder = database.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute(
                    "SELECT 1 FROM progress_tasks WHERE task_id = '%s' FOR UPDATE".formatted(task));
            await().atMost(PATIENCE).until(() -> writesThatWaitForALock() > 0);
            pool.cut();
            await().atMost(PATIENCE).until(() -> line.matcher(replica.log()).find());
            holder.rollback();
        }

        assertThat(replica.log())
                .containsPattern("WARN .*Writing the progress of 1 tasks failed \\(LINK\\), ");
        assertThat(metric("progress_journal_failures_total")).isGreaterThan(failures);
        await().atMost(PATIENCE)
                .until(() -> admin.task(task).path("status").asText().equals("completed"));
        assertThat(
                        database.number(
                                "SELECT count(*) FROM progress_messages WHERE node_final AND"
                                        + " task_id = '%s'".formatted(task)))
                .isEqualTo(20);
    }

    private static long writesThatWaitForALock() {
        return database.number(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND application_name LIKE 'kube-node-manager-%-pool'"
                        + " AND datname = current_database()");
    }

    @Test
    void rowsThatAreOlderThanWhatWasCommittedEndTheirTaskHere() {
        String task = admin.start("cordon", "slow", 200);
        await().atMost(PATIENCE).until(() -> admin.task(task).path("seq").asLong() > 10);

        // As a restored backup would.
        database.execute(
                "WITH gone AS (DELETE FROM progress_messages WHERE task_id = '%1$s' AND seq > 2)"
                                .formatted(task)
                        + " UPDATE progress_tasks SET last_seq = 2 WHERE task_id = '%s'"
                                .formatted(task));

        await().atMost(PATIENCE)
                .until(
                        () ->
                                replica.log()
                                        .contains(
                                                "Task "
                                                        + task
                                                        + " is given up here: its rows end at seq 2,"
                                                        + " before what was committed"));
    }

    /** The drain has two of its three pods left: longer than a start may still take. */
    @Test
    @Order(Integer.MAX_VALUE)
    void aPoliteStopSaysHowManyBatchesRunAndWaitsForWhatIsUnderWay() {
        String task = admin.start("drain", "slowest", 1);
        await().atMost(PATIENCE).until(() -> admin.task(task).path("seq").asLong() > 0);
        replica.signal("TERM");

        assertThat(replica.exitCode(PATIENCE)).isEqualTo(143);
        assertThat(replica.log()).containsPattern("Stopping: [1-9]\\d* batches run here");
        assertThat(
                        database.number(
                                "SELECT success_count FROM progress_tasks WHERE task_id = '%s'"
                                        .formatted(task)))
                .isEqualTo(1);
    }

    /** A line that the page quotes, found by its beginning; what it puts into <> is anything. */
    private static Pattern quoted(String beginning) throws IOException {
        String page = Files.readString(PAGE);
        int at = page.indexOf("`" + beginning) + 1;
        assertThat(at).as(beginning).isPositive();
        String text = page.substring(at, page.indexOf('`', at)).replace('\n', ' ');
        return Pattern.compile(
                Arrays.stream(text.split("<[^>]+>", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".+")));
    }

    private static double metric(String name) {
        return admin.get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode status() {
        return admin.get("/api/v1/progress/status").json();
    }

    private static String state() {
        return status().path("state").asText();
    }

    private static Stream<String> found(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map((MatchResult m) -> m.group(1));
    }
}
