package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.commons.util.ExceptionUtils;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * What an operation says arrives at the socket, the stream, the rows and the API as it was said.
 */
class WordsOfOperationsTest {

    private static final String TOKEN = Tokens.user(1);
    private static final JsonMapper JSON = new JsonMapper();

    /** Each is also the name of what it is said of, so far as a node may be called so. */
    private static final List<String> TEXTS =
            List.of(
                    "null",
                    "true",
                    "\"quoted\"",
                    "'quoted'",
                    "\"one\" and 'other'",
                    "[a, b] (c, d) {e}",
                    "${body} ${exchangeProperty.node} $simple{1 + 1} {{progress.lease}}",
                    "*",
                    "java.lang.String",
                    "two\nlines\r\n\tand a tab",
                    "\\n \\u0041 %n %s",
                    "Größe: ✓ \ud83d\ude00");

    private static ReplicaContext replica;
    private static JdbcTemplate rows;
    private static final Semaphore underWay = new Semaphore(0);
    private static volatile String brokenStep;
    private static volatile Throwable thrown;

    @BeforeAll
    static void start() throws Exception {
        Servers.PostgresDatabase database = Servers.database();
        List<String> options = new ArrayList<>(database.options());
        options.addAll(
                List.of(
                        "--clusters[1].name=slow",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=20",
                        "--clusters[1].latency_ms=100",
                        "--clusters[2].name=endless",
                        "--clusters[2].type=simulated",
                        "--clusters[2].nodes=20",
                        "--clusters[2].latency_ms=60000"));
        replica = ReplicaContext.start("words", options);
        rows = new JdbcTemplate(new DriverManagerDataSource(database.jdbcUrl()));
        replica.camel()
                .addRoutes(
                        new RouteBuilder() {
                            @Override
                            public void configure() {
                                from("direct:node-say")
                                        .routeId("node-say")
                                        .routeConfigurationId("node-errors")
                                        .process(e -> e.getMessage().setBody(text(e)))
                                        .to("direct:record-interim")
                                        .process(e -> e.getMessage().setBody(text(e)));
                                from("direct:node-complain")
                                        .routeId("node-complain")
                                        .routeConfigurationId("node-errors")
                                        .process(
                                                e -> {
                                                    throw new NodeOperationException(text(e));
                                                });
                                from("direct:node-break")
                                        .routeId("node-break")
                                        .routeConfigurationId("node-errors")
                                        .bean(new Breaks("operation"), "breakHere");
                                from("direct:node-wait")
                                        .routeId("node-wait")
                                        .routeConfigurationId("node-errors")
                                        .process(e -> underWay.release())
                                        .to("direct:node-cordon");
                                from("direct:node-rest")
                                        .routeId("node-rest")
                                        .process(
                                                e -> {
                                                    underWay.release();
                                                    TimeUnit.MINUTES.sleep(1);
                                                });
                                from("direct:node-nothing")
                                        .routeId("node-nothing")
                                        .process(e -> {});
                            }
                        });
        for (String id :
                List.of(
                        "node-say",
                        "node-complain",
                        "node-break",
                        "node-wait",
                        "node-rest",
                        "node-nothing")) {
            replica.camel().getRouteController().startRoute(id);
        }
        mayBreak("run-batch", "check-cluster");
        mayBreak("run-node", "begin-node", "record-node");
        await().atMost(Duration.ofSeconds(60)).until(() -> replica.state().equals("REALTIME"));
    }

    private static String text(org.apache.camel.Exchange exchange) {
        Map<?, ?> params = exchange.getProperty("params", Map.class);
        return ((Map<?, ?>) params.get("texts"))
                .get(exchange.getProperty("node", String.class))
                .toString();
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    @Test
    void anyTextArrivesAsItIs() throws Exception {
        Map<String, String> texts = new TreeMap<>();
        for (int i = 0; i < TEXTS.size(); i++) {
            // A node may be called so, too.
            texts.put(TEXTS.get(i).matches("[a-z]+") ? TEXTS.get(i) : "node-" + i, TEXTS.get(i));
        }
        ObjectNode batch = ApiClient.batch("test", List.copyOf(texts.keySet()));
        batch.put("concurrency", 1).putPOJO("texts", texts);
        List<String> said = new ArrayList<>();
        List<String> complained = new ArrayList<>();
        texts.forEach(
                (node, text) -> {
                    String place = " (" + (complained.size() + 1) + "/" + texts.size() + "): ";
                    said.add(node + ": " + text);
                    said.add("Processed " + node + place + text);
                    complained.add("Failed " + node + place + text);
                });
        assertThat(messages("say", batch)).isEqualTo(said);
        assertThat(messages("complain", batch)).isEqualTo(complained);
    }

    /** The latter is a route without a word on errors, whose step throws the bare interruption. */
    @ParameterizedTest
    @ValueSource(strings = {"wait", "rest"})
    void whatIsUnderWayWhenABatchIsCancelledIsToldBeforeItsEnd(String operation) throws Exception {
        ApiClient api = new ApiClient(replica.port(), TOKEN);
        String taskId =
                api.post(
                                "/api/v1/nodes/batch/" + operation,
                                ApiClient.batch("endless", ApiClient.nodes(20))
                                        .put("concurrency", 3)
                                        .toString())
                        .json()
                        .get("task_id")
                        .asText();
        assertThat(underWay.tryAcquire(3, 60, TimeUnit.SECONDS)).isTrue();
        assertThat(api.post("/api/v1/tasks/" + taskId + "/cancel", "").status()).isEqualTo(202);
        await().until(() -> api.task(taskId).get("status").asText().equals("cancelled"));
        assertThat(
                        rows.queryForList(
                                "SELECT coalesce(node_status, type) FROM progress_messages WHERE"
                                        + " task_id = ? ORDER BY seq",
                                String.class,
                                taskId))
                .containsExactly("interrupted", "interrupted", "interrupted", "error");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cordon   | {}                                    | cordoned",
                "drain    | {}                                    | evicted 3 pods",
                "uncordon | {}                                    | uncordoned",
                "label    | {\"labels\": {\"a\": \"b\"}}          | labeled",
                "taint    | {\"taints\": [{\"key\": \"a\", \"effect\": \"NoSchedule\"}]} | tainted",
                "roll     | {}                                    | rolled",
                "nothing  | {}                                    | ''"
            })
    void everyOperationSaysWhatItDid(String operation, String options, String text)
            throws Exception {
        ObjectNode batch = ApiClient.batch("test", List.of("node-2"));
        batch.setAll((ObjectNode) JSON.readTree(options));
        List<String> messages = messages(operation, batch);
        if (operation.equals("drain")) {
            assertThat(messages.subList(0, messages.size() - 1))
                    .containsExactly(
                            "node-2: evicted 1 of 3 pods",
                            "node-2: evicted 2 of 3 pods",
                            "node-2: evicted 3 of 3 pods");
        }
        assertThat(messages).noneMatch(message -> message.contains("null"));
        assertThat(messages.get(messages.size() - 1))
                .isEqualTo("Processed node-2 (1/1)" + (text.isEmpty() ? "" : ": " + text));
    }

    @Test
    void noOperationIsLeftOut() {
        assertThat(
                        StreamSupport.stream(
                                        replica.api(TOKEN)
                                                .get("/api/v1/operations")
                                                .json()
                                                .get("operations")
                                                .spliterator(),
                                        false)
                                .map(JsonNode::asText))
                .containsExactlyInAnyOrder(
                        "cordon",
                        "uncordon",
                        "drain",
                        "label",
                        "taint",
                        "roll",
                        "nothing",
                        "say",
                        "complain",
                        "break",
                        "wait",
                        "rest");
    }

    @Test
    void aDrainThatWaitsNamesThePodAndTheBudget() throws Exception {
        List<String> messages = messages("drain", ApiClient.batch("slow", ApiClient.nodes(20)));
        assertThat(messages).noneMatch(message -> message.contains("null"));
        assertThat(messages)
                .anyMatch(
                        message ->
                                message.matches(
                                        "node-(\\d+): evicted 2 of 3 pods; default/web-node-\\1"
                                                + " waits: Cannot evict pod as it would violate the"
                                                + " pod's disruption budget. The disruption budget"
                                                + " web needs 18 healthy pods and has 18"
                                                + " currently"));
    }

    /**
     * At whatever step a route of a batch fails, and with whatever: it ends, and gives every permit
     * back.
     */
    @ParameterizedTest
    @CsvSource({
        "check-cluster, false",
        "begin-node, false",
        "record-node, false",
        "check-cluster, true",
        "begin-node, true",
        "record-node, true"
    })
    void aBatchWhoseRoutesFailEndsWithTheReason(String step, boolean error) {
        ApiClient api = replica.api(TOKEN);
        thrown =
                error
                        ? new StackOverflowError("no such luck")
                        : new IllegalStateException("no such luck");
        brokenStep = step;
        try (ProgressClient socket = ProgressClient.connect(replica.port(), TOKEN, "conflate=0")) {
            ObjectNode batch = ApiClient.batch("test", ApiClient.nodes(3)).put("concurrency", 1);
            JsonNode end = socket.awaitEnd(api.start("uncordon", batch));
            assertThat(end.get("error").textValue()).isEqualTo("no such luck");
        } finally {
            brokenStep = null;
        }
        await().until(() -> !replica.bean(RunningBatches.class).any());
        assertThat(replica.bean(Clusters.class).limiter("test").inUse()).isZero();
    }

    @Test
    void anOperationThatBreaksWithAnErrorIsAFailedNode() throws Exception {
        thrown = new StackOverflowError("no such luck");
        brokenStep = "operation";
        assertThat(messages("break", ApiClient.batch("test", List.of("node-2"))))
                .containsExactly("Failed node-2 (1/1): no such luck");
    }

    /** Called by a route, since Camel loses an exchange whose Processor throws an Error. */
    public static class Breaks {
        private final String step;

        Breaks(String step) {
            this.step = step;
        }

        /** Throws what is to be thrown at this step. */
        public void breakHere() {
            if (step.equals(brokenStep)) {
                ExceptionUtils.throwAsUncheckedException(thrown);
            }
        }
    }

    private static void mayBreak(String route, String... steps) throws Exception {
        AdviceWith.adviceWith(
                replica.camel(),
                route,
                false,
                advice -> {
                    for (String step : steps) {
                        advice.weaveById(step).before().bean(new Breaks(step), "breakHere");
                    }
                });
        replica.camel().getRouteController().startRoute(route);
    }

    /** The messages of a batch up to its last, the same by each of the four ways. */
    private static List<String> messages(String operation, ObjectNode batch) throws Exception {
        List<JsonNode> stream = new CopyOnWriteArrayList<>();
        ApiClient api = replica.api(TOKEN);
        try (ProgressClient socket = ProgressClient.connect(replica.port(), TOKEN, "conflate=0")) {
            Stream<String> lines = open("/api/v1/progress/stream?conflate=0");
            Thread reader = new Thread(() -> lines.forEach(line -> event(line, stream)), "stream");
            reader.setDaemon(true);
            reader.start();
            await().until(() -> !stream.isEmpty());
            String taskId = api.start(operation, batch);
            socket.awaitEnd(taskId);
            List<String> told = texts(socket.frames(taskId).stream().map(frame -> frame.json()));
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () ->
                                    assertThat(
                                                    texts(
                                                            stream.stream()
                                                                    .filter(
                                                                            frame ->
                                                                                    isOf(
                                                                                            frame,
                                                                                            taskId))))
                                            .isEqualTo(told));
            assertThat(
                            rows.queryForList(
                                    "SELECT message FROM progress_messages WHERE task_id = ?"
                                            + " ORDER BY seq",
                                    String.class,
                                    taskId))
                    .isEqualTo(told);
            JsonNode answered = api.get("/api/v1/tasks/" + taskId + "/messages").json();
            assertThat(texts(StreamSupport.stream(answered.get("messages").spliterator(), false)))
                    .isEqualTo(told);
            assertThat(new TreeSet<>(told)).hasSameSizeAs(told);
            return told.subList(0, told.size() - 1);
        }
    }

    private static boolean isOf(JsonNode frame, String taskId) {
        return frame.path("task_id").asText().equals(taskId);
    }

    private static List<String> texts(Stream<JsonNode> frames) {
        return frames.map(frame -> frame.get("message").textValue()).toList();
    }

    private static Stream<String> open(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(replica.api(TOKEN).request(path).build(), HttpResponse.BodyHandlers.ofLines())
                .body();
    }

    private static void event(String line, List<JsonNode> stream) {
        try {
            if (line.startsWith("data:")) {
                stream.add(JSON.readTree(line.substring(5)));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(line, e);
        }
    }
}
