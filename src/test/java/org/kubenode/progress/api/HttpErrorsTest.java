package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ApiClient.Answer;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Tokens;

/** Every error of the HTTP API: its status, its problem, the field it names, and nothing stored. */
class HttpErrorsTest {

    private static final String BATCH = "/api/v1/nodes/batch/cordon";
    private static final String GOOD = "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"]}";

    private static ReplicaProcess replica;
    private static ApiClient api;

    @TempDir private static Path routes;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(
                routes.resolve("60-bare.camel.yaml"),
                """
                - route:
                    id: node-bare
                    description: An operation of somebody's own.
                    group: node-operations
                    from:
                      uri: direct:node-bare
                      steps:
                        - setBody:
                            id: bare-done
                            constant: done
                """);
        replica =
                ReplicaProcess.classes("http-errors")
                        .options(
                                "--progress.enable_database=false", "--progress.max_body_size=20KB")
                        .options("--progress.batch.max_nodes=50", "--progress.routes_dir=" + routes)
                        .cluster(0, "test", 100, 0, "")
                        .start();
        api = replica.api(Tokens.user("errors"));
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    private int stored;

    @BeforeEach
    void countStored() {
        stored = stored();
    }

    @AfterEach
    void nothingIsStored() {
        assertThat(stored()).isEqualTo(stored);
    }

    /** Tasks of the user whose requests are all wrong. */
    private static int stored() {
        return api.get("/api/v1/tasks?limit=200").json().get("tasks").size();
    }

    private static void assertProblem(Answer answer, int status, String field) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.contentType()).hasValue("application/problem+json");
        JsonNode problem = answer.json();
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("type").asText()).isEqualTo("about:blank");
        assertThat(problem.path("title").asText()).isNotEmpty();
        assertThat(problem.path("field").asText(null)).as(answer.body()).isEqualTo(field);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "                                                        | body",
                "{                                                       | body",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"]} x | body",
                "[]                                                      | body",
                "\"text\"                                                | body",
                "\"{\\\"cluster_name\\\":\\\"test\\\",\\\"node_names\\\":[\\\"node-1\\\"]}\" | body",
                "'{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"]}' | body",
                "null                                                    | body",
                "{\"cluster_name\":\"test\",\"cluster_name\":\"test\"}   | body",
                "{\"node_names\":[\"node-1\"]}                           | cluster_name",
                "{\"cluster_name\":7,\"node_names\":[\"node-1\"]}        | cluster_name",
                "{\"cluster_name\":\"nowhere\",\"node_names\":[\"node-1\"]} | cluster_name",
                "{\"cluster_name\":\"test\"}                             | node_names",
                "{\"cluster_name\":\"test\",\"node_names\":[]}           | node_names",
                "{\"cluster_name\":\"test\",\"nodes\":[]}                | nodes",
                "{\"cluster_name\":\"test\",\"node_names\":\"node-1\"}   | node_names",
                "{\"cluster_name\":\"test\",\"node_names\":{}}           | node_names",
                "{\"cluster_name\":\"test\",\"nodes\":[\"node-1\"],\"node_names\":[\"node-2\"]} | nodes",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\",\"node-2\",\"node-1\"]} | node_names[2]",
                "{\"cluster_name\":\"test\",\"node_names\":[\"Node_1\"]} | node_names[0]",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\",\"\"]} | node_names[1]",
                "{\"cluster_name\":\"test\",\"node_names\":[\"-node\"]}  | node_names[0]",
                "{\"cluster_name\":\"test\",\"node_names\":[\"../../x\"]} | node_names[0]",
                "{\"cluster_name\":\"test\",\"node_names\":[null]}       | node_names[0]",
                "{\"cluster_name\":\"test\",\"node_names\":[1]}          | node_names[0]",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"concurrency\":0} | concurrency",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"concurrency\":\"9\"} | concurrency",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"concurrency\":1.5} | concurrency",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"concurrency\":100000} | concurrency",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"nonsense\":true} | nonsense",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"reason\":5} | reason",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"pause_after_failures\":0} | pause_after_failures",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"starts_at\":7} | starts_at",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"starts_at\":\"soon\"} | starts_at",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"starts_at\":\"2026-01-01T00:00:00Z\"} | starts_at",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"starts_at\":\"9026-01-01T00:00:00Z\"} | starts_at",
                "{\"cluster_name\":\"test\",\"node_names\":[\"node-1\"],\"starts_at\":\"9026-01-01T00:00:00\"} | starts_at",
                "{\"cluster_name\":\"test\",\"selector\":\"a=b\"}        | selector",
                "{\"cluster_name\":\"test\",\"selector\":\"\"}           | selector",
                "{\"cluster_name\":\"test\",\"selector\":\"a=,=\"}       | selector",
                "{\"cluster_name\":\"test\",\"selector\":{\"a\":\"b\"}}  | selector",
                "{\"cluster_name\":\"test\",\"selector\":\"!gpu\"}       | selector",
                "{\"cluster_name\":\"test\",\"selector\":\"!gpu\",\"node_names\":[\"node-1\"]} | node_names",
                "{\"cluster_name\":\"test\",\"selector\":\"!gpu\",\"nodes\":[\"node-1\"]} | nodes",
            })
    void aWrongBodyIs400AndTheFieldIsNamed(String body, String field) {
        assertProblem(api.post(BATCH, body == null ? "" : body), 400, field);
    }

    @Test
    void aNameOfMoreThan253CharactersIs400() {
        String name = "a".repeat(254);
        assertProblem(
                api.post(BATCH, ApiClient.batch("test", List.of(name)).toString()),
                400,
                "node_names[0]");
    }

    @Test
    void tooManyNodesAre400() {
        assertProblem(
                api.post(BATCH, ApiClient.batch("test", ApiClient.nodes(51)).toString()),
                400,
                "node_names");
    }

    @Test
    void bytesThatAreNotUtf8Are400() {
        byte[] body =
                "{\"cluster_name\":\"te\u00fft\",\"node_names\":[\"node-1\"]}"
                        .getBytes(StandardCharsets.ISO_8859_1);
        Answer answer =
                api.send(
                        api.request(BATCH)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    }

    @Test
    void deepNestingIs400() {
        String body = "{\"cluster_name\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}";
        assertProblem(api.post(BATCH, body), 400, "body");
    }

    @ParameterizedTest
    @CsvSource({
        "label, labels",
        "taint, taints",
    })
    void whatAnOperationNeedsIsNamed(String operation, String field) {
        assertProblem(api.post("/api/v1/nodes/batch/" + operation, GOOD), 400, field);
    }

    @Test
    void aWrongOptionOfAnOperationIsNamed() {
        String body = GOOD.replace("}", ",\"grace_period_seconds\":\"soon\"}");
        assertProblem(api.post("/api/v1/nodes/batch/drain", body), 400, "grace_period_seconds");
    }

    @ParameterizedTest
    @ValueSource(strings = {"explode", "node-cordon", "cordon%2F..", "CORDON", "cordon;x=y"})
    void anUnknownOperationIsRefused(String operation) {
        Answer answer = api.post("/api/v1/nodes/batch/" + operation, GOOD);
        assertThat(answer.status()).as(answer.body()).isIn(400, 404);
        assertThat(answer.contentType()).hasValue("application/problem+json");
    }

    @Test
    void anUnknownOperationNamesTheOnesThereAre() {
        Answer answer = api.post("/api/v1/nodes/batch/explode", GOOD);
        assertProblem(answer, 404, "operation");
        assertThat(answer.json().get("detail").asText())
                .contains("cordon", "uncordon", "drain", "label", "taint");
    }

    @Test
    void aBodyTooLargeIs413() {
        assertProblem(api.post(BATCH, GOOD + " ".repeat(20 * 1024)), 413, null);
    }

    @Test
    void aBodyTooLargeInChunksIs413() {
        byte[] body = (GOOD + " ".repeat(20 * 1024)).getBytes(StandardCharsets.UTF_8);
        Answer answer =
                api.send(
                        api.request(BATCH)
                                .header("Content-Type", "application/json")
                                .POST(
                                        HttpRequest.BodyPublishers.ofInputStream(
                                                () -> new ByteArrayInputStream(body))));
        assertProblem(answer, 413, null);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/nodes/batch/cordon",
        "PUT, /api/v1/nodes/batch/cordon",
        "DELETE, /api/v1/tasks",
        "POST, /api/v1/tasks",
        "POST, /api/v1/clusters",
        "POST, /api/v1/progress/status",
        "GET, /api/v1/tasks/0/cancel",
        "PATCH, /api/v1/tasks/0",
    })
    void aWrongMethodIs405(String method, String path) {
        Answer answer =
                api.send(
                        api.request(path)
                                .header("Content-Type", "application/json")
                                .method(method, HttpRequest.BodyPublishers.noBody()));
        assertProblem(answer, 405, null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/xml",
                "multipart/form-data; boundary=x",
                "application/json; charset=ISO-8859-1",
                "nonsense"
            })
    void aWrongMediaTypeIs415(String type) {
        Answer answer =
                api.send(
                        api.request(BATCH).header("Content-Type", type).POST(ApiClient.text(GOOD)));
        assertProblem(answer, 415, "Content-Type");
    }

    @Test
    void aCompressedBodyIs415() {
        assertProblem(api.post(BATCH, GOOD, "Content-Encoding", "gzip"), 415, "Content-Encoding");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a,b c"})
    void anIllegalIdempotencyKeyIs400(String key) {
        assertProblem(api.post(BATCH, GOOD, "Idempotency-Key", key), 400, "Idempotency-Key");
    }

    @Test
    void anIdempotencyKeyTooLongIs400() {
        assertProblem(
                api.post(BATCH, GOOD, "Idempotency-Key", "k".repeat(256)), 400, "Idempotency-Key");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/tasks?status=odd, status",
        "/api/v1/tasks?limit=0, limit",
        "/api/v1/tasks?limit=x, limit",
        "/api/v1/tasks?limit=201, limit",
        "/api/v1/tasks?scope=none, scope",
        "/api/v1/tasks?scope=, scope",
        "/api/v1/tasks?status='running', status",
        "/api/v1/tasks?status=%22running%22, status",
        "/api/v1/tasks?status=null, status",
        "/api/v1/tasks?limit=, limit",
        "/api/v1/tasks?limit=+5, limit",
        "/api/v1/tasks?limit=5&limit=5, limit",
        "/api/v1/tasks?before=null, before",
        "/api/v1/tasks?before=%00, before",
        "/api/v1/tasks?before=1-1-1-1-1, before",
        "/api/v1/tasks?before=, before",
        "/api/v1/tasks?cluster=a%0ab, cluster",
        "/api/v1/tasks?action=a%20b, action",
        "/api/v1/tasks?user=, user",
        "/api/v1/tasks?node=Node_1, node",
        "/api/v1/tasks?failed=yes, failed",
        "/api/v1/tasks?from=yesterday, from",
        "/api/v1/tasks?to=2026-11-23, to",
        "/api/v1/tasks?q=%00, q",
        "/api/v1/tasks?Idempotency-Key=k, Idempotency-Key",
        "/api/v1/tasks?task_id=k, task_id",
        "/api/v1/tasks/0190b0a0-0000-7000-8000-000000000000/messages?since=-1, since",
        "/api/v1/tasks/0190b0a0-0000-7000-8000-000000000000/messages?limit=1001, limit",
        "/api/v1/tasks/0190b0a0-0000-7000-8000-000000000000/nodes?limit=1001, limit",
        "/api/v1/tasks/0190b0a0-0000-7000-8000-000000000000/nodes?status=pending, status",
        "/api/v1/tasks/0190b0a0-0000-7000-8000-000000000000/nodes?after=x, after",
        "/api/v1/clusters/test/nodes?limit=5001, limit",
        "/api/v1/clusters/test/nodes?after=%00, after",
        "/api/v1/clusters/test/nodes/node-1/history?before=x, before",
        "/api/v1/clusters/test/nodes/node-1/history?limit=201, limit",
        "/api/v1/clusters/test/nodes?selector=%3D%3D, selector",
    })
    void aWrongParameterIs400(String path, String field) {
        assertProblem(api.get(path), 400, field);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/tasks/0190b0a0-0000-7000-8000-000000000000, task_id",
        "GET, /api/v1/tasks/x, task_id",
        "GET, /api/v1/tasks/%27%20OR%201%3D1, task_id",
        "GET, /api/v1/tasks/null, task_id",
        "GET, /api/v1/tasks/%22x%22, task_id",
        "GET, /api/v1/tasks/x/messages, task_id",
        "GET, /api/v1/tasks/x/nodes, task_id",
        "POST, /api/v1/tasks/x/cancel, task_id",
        "POST, /api/v1/tasks/x/retry, task_id",
        "POST, /api/v1/tasks/x/ack, task_id",
    })
    void anUnknownTaskIs404(String method, String path, String field) {
        Answer answer =
                api.send(api.request(path).method(method, HttpRequest.BodyPublishers.noBody()));
        assertProblem(answer, 404, field);
    }

    @Test
    void aMethodThatNobodyKnowsIsAProblemToo() {
        Answer answer =
                api.send(
                        api.request("/api/v1/clusters")
                                .method("BREW", HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.json().path("title").asText()).isEqualTo("Method Not Allowed");
    }

    /** Clients of old append what they like. */
    private static final Set<String> UNKNOWN_IS_IGNORED =
            Set.of("/api/v1/progress/ws", "/api/v1/progress/stream");

    /** What is described is what is taken, and nothing else is. */
    @Test
    void everyCallRefusesAParameterThatItDoesNotHaveAndOneThatComesTwice() {
        JsonNode paths = api.get("/api/v1/openapi.json").json().get("paths");
        List<String> calls = new ArrayList<>();
        paths.properties()
                .forEach(
                        path ->
                                path.getValue()
                                        .properties()
                                        .forEach(
                                                verb -> {
                                                    String call = call(path.getKey());
                                                    if (UNKNOWN_IS_IGNORED.contains(call)) {
                                                        return;
                                                    }
                                                    calls.add(call);
                                                    refused(verb.getKey(), call, "surprise");
                                                    verb.getValue()
                                                            .path("parameters")
                                                            .forEach(
                                                                    p ->
                                                                            twice(
                                                                                    verb.getKey(),
                                                                                    call,
                                                                                    p));
                                                }));
        assertThat(calls).hasSizeGreaterThan(12);
        assertProblem(api.get("/api/v1/openapi.json?surprise=1"), 400, "surprise");
    }

    private static String call(String path) {
        return path.replace("{task_id}", "0190b0a0-0000-7000-8000-000000000000")
                .replace("{operation}", "cordon")
                .replace("{name}", "test")
                .replace("{node}", "node-1");
    }

    private static void twice(String method, String call, JsonNode parameter) {
        if (parameter.path("in").asText().equals("query")) {
            refused(method, call, parameter.path("name").asText());
        }
    }

    private static void refused(String method, String call, String parameter) {
        String query = "?" + parameter + "=true&" + parameter + "=true";
        // An admin's call is refused to others before it is read.
        ApiClient caller =
                call.equals("/api/v1/sessions") ? replica.api(Tokens.admin("errors")) : api;
        Answer answer =
                caller.send(
                        caller.request(call + query)
                                .header("Content-Type", "application/json")
                                .method(
                                        method.toUpperCase(java.util.Locale.ROOT),
                                        HttpRequest.BodyPublishers.ofString(GOOD)));
        assertProblem(answer, 400, parameter);
    }

    @Test
    void anIdempotencyKeyIsAnyTextAndNoParameter() {
        ApiClient other = replica.api(Tokens.user("keys"));
        List<String> ids = new ArrayList<>();
        for (String key : List.of("null", "'null'", "\"null\"", "${body}", "true")) {
            String first =
                    other.post(BATCH, GOOD, "Idempotency-Key", key).json().path("task_id").asText();
            assertThat(
                            other.post(BATCH, GOOD, "Idempotency-Key", key)
                                    .json()
                                    .path("task_id")
                                    .asText())
                    .as(key)
                    .isEqualTo(first);
            ids.add(first);
        }
        assertThat(ids).doesNotHaveDuplicates();
        assertProblem(other.post(BATCH + "?Idempotency-Key=k", GOOD), 400, "Idempotency-Key");
        Answer both = other.post(BATCH, GOOD, "Idempotency-Key", "a", "Idempotency-Key", "b");
        assertProblem(both, 400, "Idempotency-Key");
    }

    @Test
    void anOperationThatDoesNotSaySoRefusesADryRun() {
        String dry = GOOD.replace("}", ",\"dry_run\":true}");
        for (String operation : List.of("cordon", "uncordon", "drain")) {
            assertThat(
                            replica.api(Tokens.user("dry"))
                                    .post("/api/v1/nodes/batch/" + operation, dry)
                                    .status())
                    .isEqualTo(202);
        }
        assertProblem(api.post("/api/v1/nodes/batch/bare", dry), 400, "dry_run");
        assertThat(replica.api(Tokens.user("dry")).post("/api/v1/nodes/batch/bare", GOOD).status())
                .isEqualTo(202);
    }

    @Test
    void anUnknownClusterOrPathIs404() {
        Answer nodes = api.get("/api/v1/clusters/nowhere/nodes");
        assertThat(nodes.status()).as(nodes.body()).isIn(400, 404);
        assertThat(nodes.json().path("field").asText()).isIn("name", "cluster_name");
        assertProblem(api.get("/api/v1/nothing"), 404, null);
        assertProblem(api.get("/api/v2/tasks"), 404, null);
    }

    @Test
    void noTokenABadOneAnExpiredOneAndAForeignOneAre401() {
        String expired = Tokens.of("errors", "user", Duration.ofHours(-1), Tokens.SECRET);
        String foreign = Tokens.of("errors", "user", Duration.ofHours(1), "f".repeat(40));
        String good = Tokens.user("errors");
        String none = good.substring(0, good.lastIndexOf('.') + 1);
        for (String token : new String[] {null, "x", "a.b.c", expired, foreign, none}) {
            for (String path : List.of("/api/v1/tasks", "/api/v1/tasks/x", "/api/v1/clusters")) {
                assertProblem(new ApiClient(replica.port(), token).get(path), 401, "Authorization");
            }
            Answer answer = new ApiClient(replica.port(), token).post(BATCH, GOOD);
            assertProblem(answer, 401, "Authorization");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).isPresent();
        }
    }

    @Test
    void aRoleThatMayNotIs403() {
        assertProblem(
                new ApiClient(replica.port(), Tokens.viewer("errors")).post(BATCH, GOOD),
                403,
                null);
        assertProblem(
                new ApiClient(replica.port(), Tokens.of("errors", "root")).post(BATCH, GOOD),
                403,
                "Authorization");
        assertProblem(api.get("/api/v1/tasks?scope=all"), 403, "scope");
    }

    @Test
    void theSameIdempotencyKeyGivesTheSameTaskAndAnotherBodyIs409() {
        ApiClient other = replica.api(Tokens.user("idempotent"));
        Answer first = other.post(BATCH, GOOD, "Idempotency-Key", "key-1");
        Answer second = other.post(BATCH, GOOD, "Idempotency-Key", "key-1");
        assertThat(first.status()).isEqualTo(202);
        assertThat(second.status()).isEqualTo(202);
        assertThat(second.json().get("task_id")).isEqualTo(first.json().get("task_id"));
        assertProblem(
                other.post(BATCH, GOOD.replace("node-1", "node-2"), "Idempotency-Key", "key-1"),
                409,
                "Idempotency-Key");
        Answer somebodyElse =
                replica.api(Tokens.user("idempotent-2"))
                        .post(BATCH, GOOD, "Idempotency-Key", "key-1");
        assertThat(somebodyElse.json().get("task_id")).isNotEqualTo(first.json().get("task_id"));
    }

    @Test
    void nothingOfARequestComesBackAndNoParameterChangesTheUser() {
        ApiClient plain = replica.api(Tokens.user(41));
        String[] headers = {
            "X-Echo",
            "echo-value",
            "user_id",
            "999",
            "task_id",
            "t-999",
            "CamelHttpQuery",
            "echo-q",
            "CamelSqlQuery",
            "echo-sql"
        };
        assertProblem(plain.post(BATCH + "?user_id=999", GOOD), 400, "user_id");
        Answer started = plain.post(BATCH, GOOD, headers);
        assertThat(started.status()).isEqualTo(202);
        String task = "/api/v1/tasks/" + started.json().get("task_id").asText();
        List<Answer> answers = new ArrayList<>(List.of(started));
        for (String path :
                List.of(
                        "/api/v1/tasks",
                        task,
                        task + "/messages",
                        "/api/v1/clusters",
                        "/api/v1/clusters/test/nodes",
                        "/api/v1/progress/status",
                        "/api/v1/openapi.json",
                        "/api/v1/tasks/none")) {
            answers.add(plain.send(plain.request(path).headers(headers).GET()));
            answers.add(plain.get(path + "?echo=echo-parameter"));
        }
        for (String path : List.of("/cancel", "/retry", "/ack")) {
            answers.add(plain.post(task + path, "", headers));
            answers.add(plain.post(task + path + "?echo=echo-parameter", "", headers));
        }
        for (Answer answer : answers) {
            assertThat(answer.headers().map().keySet())
                    .extracting(String::toLowerCase)
                    .doesNotContain(
                            "authorization",
                            "x-echo",
                            "user_id",
                            "task_id",
                            "echo",
                            "host",
                            "camelhttpquery",
                            "camelsqlquery",
                            "user-agent",
                            "operation");
            String everything = answer.headers().map() + answer.body();
            assertThat(everything).doesNotContain("echo-", "999", "Bearer ey");
        }
        assertThat(plain.get(task).json().get("user_id").asInt()).isEqualTo(41);
        ApiClient other = replica.api(Tokens.user(999));
        assertThat(other.get("/api/v1/tasks?user=41").json().get("tasks")).isEmpty();
    }

    @Test
    void theLineOfTheReadmeWorksAsWritten() throws IOException, InterruptedException {
        String line =
                """
                curl -X POST http://localhost:8080/api/v1/nodes/batch/cordon -H "Authorization: Bearer $TOKEN" -d '{"cluster_name":"test","node_names":["node-1","node-2"]}'""";
        Path output = Files.createTempFile("curl", ".json");
        ProcessBuilder shell =
                new ProcessBuilder(
                        "sh", "-c", line.replace("localhost:8080", "localhost:" + replica.port()));
        shell.environment().put("TOKEN", Tokens.user("curl"));
        shell.redirectOutput(output.toFile());
        Process curl = shell.start();
        assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
        JsonNode answer =
                new com.fasterxml.jackson.databind.ObjectMapper().readTree(output.toFile());
        Files.delete(output);
        assertThat(answer.get("task_id").asText()).hasSize(36);
        assertThat(answer.get("action").asText()).isEqualTo("cordon");
        assertThat(answer.get("cluster_name").asText()).isEqualTo("test");
        assertThat(answer.get("total").asInt()).isEqualTo(2);
        assertThat(answer.get("status").asText()).isEqualTo("running");
        assertThat(answer.get("durable").asBoolean()).isTrue();
        String self = "/api/v1/tasks/" + answer.get("task_id").asText();
        assertThat(answer.at("/links/self").asText()).isEqualTo(self);
        assertThat(answer.at("/links/messages").asText()).isEqualTo(self + "/messages");
        assertThat(answer.at("/links/cancel").asText()).isEqualTo(self + "/cancel");
    }
}
