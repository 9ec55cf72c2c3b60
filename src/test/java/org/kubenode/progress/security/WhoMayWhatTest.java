package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ApiClient.Answer;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Servers.PostgresDatabase;
import org.kubenode.progress.testing.Tokens;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Grants, an admin that ends a user's sessions, and what is audited, on a whole replica. */
@ExtendWith(OutputCaptureExtension.class)
class WhoMayWhatTest {

    private static PostgresDatabase database;
    private static ReplicaContext replica;

    @BeforeAll
    static void start() {
        database = Servers.database();
        List<String> options = new ArrayList<>(database.options());
        options.addAll(
                List.of(
                        "--clusters[1].name=prod",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=10",
                        "--clusters[2].name=guarded",
                        "--clusters[2].type=simulated",
                        "--clusters[2].nodes=10",
                        "--clusters[2].approval=true",
                        "--jwt.grants_claim=grants",
                        "--grants[0].groups=ops",
                        "--grants[0].clusters=*",
                        "--grants[1].users=alice",
                        "--grants[1].clusters=te*",
                        "--grants[1].operations=cordon,uncordon",
                        "--grants[2].users=carol",
                        "--grants[2].clusters=*",
                        "--grants[2].operations=roll"));
        replica = ReplicaContext.start("who-may-what", options);
        awaitDatabase();
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static ApiClient client(String user, String role, String... groups) {
        return replica.api(Tokens.with(user, role, Map.of("groups", List.of(groups))));
    }

    private static Answer start(ApiClient client, String operation, String cluster) {
        return client.post(
                "/api/v1/nodes/batch/" + operation,
                "{\"cluster_name\":\"" + cluster + "\",\"node_names\":[\"node-1\"]}");
    }

    private static List<String> clusters(ApiClient client) {
        return client.get("/api/v1/clusters").json().get("clusters").findValuesAsText("name");
    }

    @Test
    void aGrantNarrowsTheRoleToClustersAndOperations() {
        ApiClient alice = client("alice", "user");
        assertThat(start(alice, "cordon", "test").status()).isEqualTo(202);
        assertRefused(start(alice, "drain", "test"), "operation");
        assertRefused(start(alice, "cordon", "prod"), "cluster_name");
        // Its step is an operation too.
        assertRefused(start(client("carol", "user"), "roll", "test"), "operation");
        Answer unknown = start(alice, "cordon", "tests");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.body()).doesNotContain("prod");
        assertThat(clusters(alice)).containsExactly("test");
        assertThat(alice.get("/api/v1/clusters/test/nodes").status()).isEqualTo(200);
        assertThat(alice.get("/api/v1/clusters/prod/nodes").status()).isEqualTo(403);
    }

    @Test
    void whomNoGrantNamesOperatesOnNothingWhateverTheRole() {
        for (String role : List.of("user", "admin")) {
            ApiClient bob = client("bob", role, "dev");
            assertThat(clusters(bob)).isEmpty();
            assertRefused(start(bob, "cordon", "test"), "cluster_name");
        }
    }

    @Test
    void groupsAndTheClaimGrantToo() {
        assertThat(clusters(client("carol", "user", "dev", "ops")))
                .containsExactly("test", "prod", "guarded");
        ApiClient dave =
                replica.api(
                        Tokens.with("dave", "user", Map.of("grants", List.of("prod/uncordon"))));
        assertThat(clusters(dave)).containsExactly("prod");
        assertThat(start(dave, "uncordon", "prod").status()).isEqualTo(202);
        assertRefused(start(dave, "cordon", "prod"), "operation");
    }

    @Test
    void whoIsNarrowedSeesItsOwnTasksOnly() {
        ApiClient owner = client("alice", "user");
        String task = start(owner, "cordon", "test").json().get("task_id").asText();
        ApiClient viewer = client("eve", "viewer");
        assertThat(viewer.get("/api/v1/tasks?scope=all").status()).isEqualTo(403);
        assertThat(viewer.get("/api/v1/tasks").json().get("tasks")).isEmpty();
        assertThat(viewer.get("/api/v1/tasks/" + task).status()).isEqualTo(404);
        assertThat(owner.get("/api/v1/tasks/" + task).status()).isEqualTo(200);
    }

    private static ApiClient granted(String user, String role, String... grants) {
        return replica.api(Tokens.with(user, role, Map.of("grants", List.of(grants))));
    }

    @Test
    void aLargeBatchWaitsForASecondPersonWhoIsNamedToApprove() {
        ApiClient starter = client("henry", "user", "ops");
        String small = starter.start("cordon", ApiClient.batch("guarded", ApiClient.nodes(2)));
        await().until(() -> starter.task(small).path("status").asText().equals("completed"));
        String task = starter.start("cordon", ApiClient.batch("guarded", ApiClient.nodes(3)));
        assertThat(starter.task(task).path("status").asText()).isEqualTo("pending");
        assertThat(starter.task(task).path("needs_approval").asBoolean()).isTrue();

        String approve = "/api/v1/tasks/" + task + "/approve";
        String named = "guarded/approve";
        // * does not stand for it, and whoever started it is no second person.
        assertThat(starter.post(approve, "").status()).isEqualTo(403);
        assertThat(granted("henry", "user", named).post(approve, "").status()).isEqualTo(403);
        for (ApiClient nobody :
                List.of(
                        client("irene", "admin", "ops"),
                        granted("irene", "user", "guarded/*", "prod/approve"),
                        granted("irene", "viewer", named))) {
            assertThat(nobody.post(approve, "").status()).isEqualTo(404);
        }
        assertThat(starter.task(task).path("approved_by").isNull()).isTrue();

        Answer approved = granted("judge", "user", named).post(approve, "");
        assertThat(approved.status()).as(approved.body()).isEqualTo(202);
        assertThat(approved.json().path("approved_by").asText()).isEqualTo("user judge");
        assertThat(granted("judge", "user", named).post(approve, "").status()).isEqualTo(409);
        await().until(() -> starter.task(task).path("status").asText().equals("completed"));
        assertThat(starter.task(task).path("approved_by").asText()).isEqualTo("user judge");
        await().until(
                        () ->
                                database.number(
                                                "SELECT count(*) FROM progress_audit WHERE user_id ="
                                                        + " 'judge' AND event = 'task-approve'")
                                        == 1);
    }

    @Test
    void anAdminEndsAUsersSocketsSessionsAndTokens() {
        String token = Tokens.with("frank", "user", Map.of("groups", List.of("ops")));
        ApiClient admin = client("ops", "admin", "ops");
        try (ProgressClient socket = ProgressClient.connect(replica.port(), token)) {
            assertThat(replica.api(token).post("/api/v1/session", "").status()).isEqualTo(204);
            assertThat(replica.api(token).delete("/api/v1/sessions?user_id=ops").status())
                    .isEqualTo(403);

            Answer ended = admin.delete("/api/v1/sessions?user_id=frank");

            assertThat(ended.json().get("sockets").asInt()).isOne();
            assertThat(ended.json().get("sessions").asInt()).isOne();
            await().until(() -> String.valueOf(socket.closed()).contains("4401"));
            assertThat(replica.api(token).get("/api/v1/tasks").status()).isEqualTo(401);
        }
        String next =
                Tokens.with(
                        "frank",
                        "user",
                        Map.of(
                                "groups",
                                List.of("ops"),
                                "iat",
                                Date.from(Instant.now().plusSeconds(2))));
        assertThat(replica.api(next).get("/api/v1/tasks").status()).isEqualTo(200);
        assertThat(admin.get("/api/v1/tasks").status()).isEqualTo(200);
    }

    @Test
    void signInsRefusalsCancelsAndAcknowledgementsAreALineAndARow(CapturedOutput output)
            throws Exception {
        ApiClient grace = client("grace", "user", "ops");
        assertThat(grace.get("/api/v1/session").json().get("username").asText())
                .isEqualTo("user grace");
        for (int i = 0; i < 20; i++) {
            assertThat(grace.delete("/api/v1/sessions?user_id=x").status()).isEqualTo(403);
        }
        String task = start(grace, "cordon", "test").json().get("task_id").asText();
        await().until(() -> !grace.task(task).path("completed_at").isNull());
        assertThat(grace.post("/api/v1/tasks/" + task + "/cancel", "").status()).isEqualTo(409);
        assertThat(grace.post("/api/v1/tasks/" + task + "/ack", "").status()).isEqualTo(204);
        ApiClient.Answer slow = start(grace, "cordon", "prod");
        grace.post("/api/v1/tasks/" + slow.json().get("task_id").asText() + "/retry", "");

        String where = "SELECT count(*) FROM progress_audit WHERE user_id = 'grace' AND event = ";
        await().until(
                        () ->
                                database.number(where + "'task-ack' AND path LIKE '%" + task + "%'")
                                        == 1);
        assertThat(database.number(where + "'sign-in' AND role = 'user' AND status = 200")).isOne();
        assertThat(database.number(where + "'refused' AND status = 403")).isOne();
        // It had ended: nothing was cancelled.
        assertThat(database.number(where + "'task-cancel'")).isZero();
        assertThat(database.number(where + "'task-ack' AND status = 204")).isOne();
        try (ProgressClient socket =
                ProgressClient.connect(
                        replica.port(),
                        Tokens.with("grace", "user", Map.of("groups", List.of("ops"))))) {
            String seen = start(grace, "cordon", "test").json().get("task_id").asText();
            socket.awaitEnd(seen);
            String ack = "{\"type\":\"ack\",\"task_id\":\"%s\",\"seq\":%d}";
            socket.send(ack.formatted(seen, 1));
            for (int i = 0; i < 20; i++) {
                socket.send(ack.formatted(seen, socket.task(seen).seq()));
                grace.post("/api/v1/tasks/" + task + "/ack", "");
            }
            String bySocket =
                    where
                            + "'task-ack' AND status = 101 AND role = 'user' AND remote IS NOT NULL"
                            + " AND path = '/api/v1/tasks/"
                            + seen
                            + "/ack'";
            await().until(() -> database.number(bySocket) == 1);
            // Repeated at will, it is one line all the same.
            assertThat(database.number(where + "'task-ack'")).isEqualTo(2);
        }
        List<JsonNode> lines = new ArrayList<>();
        for (String line : output.getOut().split("\\R")) {
            int json = line.indexOf("{\"at\":");
            if (line.contains("grace") && json >= 0) {
                lines.add(new ObjectMapper().readTree(line.substring(json)));
            }
        }
        assertThat(lines)
                .extracting(line -> line.get("event").asText())
                .contains("sign-in", "refused", "task-ack");
        assertThat(lines)
                .filteredOn(line -> line.get("event").asText().equals("refused"))
                .hasSize(1);
    }

    @Test
    void aDatabaseInTroubleWritesNoStackTraceAndOneLineOfAKind(CapturedOutput output) {
        ApiClient heidi = client("heidi", "user", "ops");
        String task = start(heidi, "cordon", "test").json().get("task_id").asText();
        await().until(() -> !heidi.task(task).path("completed_at").isNull());
        int before = output.getAll().length();
        try (ProgressClient socket =
                ProgressClient.connect(
                        replica.port(),
                        Tokens.with("heidi", "user", Map.of("groups", List.of("ops"))))) {
            readOnly("on");
            for (int i = 0; i < 20; i++) {
                heidi.post("/api/v1/tasks/" + task + "/ack", "");
                socket.send("{\"type\":\"ack\",\"task_id\":\"" + task + "\",\"seq\":" + i + "}");
                start(heidi, "cordon", "test");
                start(heidi, "nothing", "test");
            }
            await().until(
                            () ->
                                    output.getAll()
                                            .substring(before)
                                            .contains("went on after an error"));
            String log = output.getAll().substring(before);
            assertThat(log.lines().filter(line -> line.startsWith("\tat "))).isEmpty();
            assertThat(
                            log.lines()
                                    .filter(
                                            line ->
                                                    line.contains(" WARN ")
                                                            || line.contains(" ERROR "))
                                    .map(
                                            line ->
                                                    line.replaceAll("^\\S+", "")
                                                            .replaceAll(
                                                                    "\\[[^]]*]|[0-9a-f-]*\\d[0-9a-f-]*",
                                                                    "#"))
                                    .toList())
                    .doesNotHaveDuplicates();
        } finally {
            readOnly("off");
            awaitDatabase();
        }
    }

    /** From another database: this one would refuse it. */
    private static void readOnly(String value) {
        PostgresDatabase server = new PostgresDatabase(database.port(), "postgres");
        server.execute(
                "ALTER DATABASE %s SET default_transaction_read_only = %s"
                        .formatted(database.name(), value));
        server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
                        .formatted(database.name()));
    }

    private static void awaitDatabase() {
        await().atMost(Duration.ofSeconds(60))
                .until(
                        () ->
                                client("ops", "admin", "ops")
                                        .get("/api/v1/progress/status")
                                        .json()
                                        .path("database")
                                        .asText()
                                        .equals("up"));
    }

    private static void assertRefused(Answer answer, String field) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.json().get("field").asText()).isEqualTo(field);
    }
}
