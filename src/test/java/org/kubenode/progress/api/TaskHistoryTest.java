package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ApiClient.Answer;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * What was asked, by whom and why, and what became of it, is told to those who may see the task.
 */
class TaskHistoryTest {

    private enum Store {
        POSTGRES,
        SQLITE
    }

    @TempDir private static Path folder;

    private static final Map<Store, ReplicaContext> REPLICAS = new java.util.EnumMap<>(Store.class);

    private static ReplicaContext replica(Store store) {
        return REPLICAS.computeIfAbsent(
                store,
                missing -> {
                    List<String> options = new ArrayList<>();
                    if (store == Store.POSTGRES) {
                        options.addAll(Servers.database().options());
                    } else {
                        options.add("--database.type=sqlite");
                        options.add("--database.path=" + folder.resolve("history.db"));
                    }
                    options.add("--clusters[1].name=slow");
                    options.add("--clusters[1].type=simulated");
                    options.add("--clusters[1].nodes=100");
                    options.add("--clusters[1].latency_ms=5000");
                    options.add("--clusters[2].name=mild");
                    options.add("--clusters[2].type=simulated");
                    options.add("--clusters[2].nodes=1");
                    options.add("--clusters[2].latency_ms=300");
                    options.add("--clusters[3].name=herd");
                    options.add("--clusters[3].type=simulated");
                    options.add("--clusters[3].nodes=10");
                    options.add("--clusters[3].latency_ms=20");
                    options.add("--clusters[3].failing_nodes=node-7,node-8");
                    ReplicaContext started = ReplicaContext.start("history", options);
                    await().atMost(Duration.ofSeconds(30))
                            .until(() -> database(started).equals("up"));
                    return started;
                });
    }

    private static String database(ReplicaContext replica) {
        return replica.api(Tokens.user(0))
                .get("/api/v1/progress/status")
                .json()
                .path("database")
                .asText();
    }

    @AfterAll
    static void end() {
        REPLICAS.values().forEach(ReplicaContext::close);
    }

    private static String ended(ApiClient api, String operation, ObjectNode body) {
        String taskId = api.start(operation, body);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !api.task(taskId).path("completed_at").isNull());
        return taskId;
    }

    private static List<String> ids(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        answer.json().path("tasks").forEach(task -> ids.add(task.path("task_id").asText()));
        return ids;
    }

    @ParameterizedTest
    @EnumSource
    void whatWasAskedIsShownAsItWas(Store store) {
        ApiClient api = replica(store).api(Tokens.user("asker"));
        ObjectNode body = ApiClient.batch("test", List.of("node-9", "node-70", "node-3"));
        body.put("reason", "null ${body} \"6.1\"").put("concurrency", 1).put("dry_run", false);
        body.putObject("labels").put("pool", "blue").putNull("old");
        JsonNode task = api.task(ended(api, "label", body));
        assertThat(task.path("username").asText()).isEqualTo("user asker");
        assertThat(task.path("reason").asText()).isEqualTo("null ${body} \"6.1\"");
        assertThat(task.at("/params/labels/pool").asText()).isEqualTo("blue");
        assertThat(task.at("/params/labels").has("old")).isTrue();
        assertThat(task.path("concurrency").asInt()).isEqualTo(1);
        assertThat(task.path("dry_run").asBoolean(true)).isFalse();
        assertThat(Instant.parse(task.path("started_at").asText()))
                .isAfterOrEqualTo(Instant.parse(task.path("created_at").asText()));
        for (String none :
                List.of("retry_of", "cancelled_by", "paused_at", "starts_at", "approved_by")) {
            assertThat(task.path(none).isNull()).as(none).isTrue();
        }
        assertThat(task.path("success_nodes").toString()).isEqualTo("[\"node-9\",\"node-3\"]");
        assertThat(task.at("/failed_nodes/0/node_name").asText()).isEqualTo("node-70");

        String path = "/api/v1/tasks/" + task.path("task_id").asText() + "/nodes";
        JsonNode first = api.get(path + "?limit=2").json();
        assertThat(first.path("nodes").findValuesAsText("node_name"))
                .containsExactly("node-9", "node-70");
        assertThat(first.path("next").asInt()).isEqualTo(2);
        JsonNode rest = api.get(path + "?limit=2&after=2").json();
        assertThat(rest.path("nodes").findValuesAsText("node_name")).containsExactly("node-3");
        assertThat(rest.path("next").isNull()).isTrue();
        JsonNode failed = api.get(path + "?status=failed").json().path("nodes");
        assertThat(failed).hasSize(1);
        assertThat(failed.at("/0/position").asInt()).isEqualTo(2);
        assertThat(failed.at("/0/error").asText()).isNotEmpty();
        assertThat(failed.at("/0/ended_at").asText()).endsWith("Z");

        assertThat(fields(task)).isEqualTo(documented("task", "truncated"));
        assertThat(fields(failed.path(0))).isEqualTo(documented("node"));
        JsonNode history = api.get("/api/v1/clusters/test/nodes/node-70/history").json();
        assertThat(fields(history.at("/history/0"))).isEqualTo(documented("node's history"));
    }

    private static Set<String> fields(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** The fields that docs/http-api.md names, but those that stand there only at times. */
    private static Set<String> documented(String what, String... atTimes) {
        Set<String> names = new TreeSet<>();
        try (Stream<String> lines = Files.lines(Path.of("docs/http-api.md"))) {
            lines.dropWhile(line -> !line.equals("| field of a " + what + " | means |"))
                    .skip(2)
                    .takeWhile(line -> line.startsWith("| "))
                    .map(row -> row.split("\\|")[1])
                    .flatMap(cell -> Arrays.stream(cell.split("[`, ]+")))
                    .filter(name -> !name.isEmpty())
                    .forEach(names::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (String name : atTimes) {
            assertThat(names.remove(name)).as(name).isTrue();
        }
        return names;
    }

    @ParameterizedTest
    @EnumSource
    void aTaskThatIsCancelledSaysByWhomAndItsNodesWhereTheyStand(Store store) {
        ApiClient api = replica(store).api(Tokens.user("starter"));
        String taskId = api.start("cordon", ApiClient.batch("slow", ApiClient.nodes(30)));
        String path = "/api/v1/tasks/" + taskId;
        ApiClient admin = replica(store).api(Tokens.of("chief", "admin"));
        assertThat(admin.post(path + "/cancel", "").status()).isEqualTo(202);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.task(taskId).path("status").asText().equals("cancelled"));
        assertThat(api.task(taskId).path("cancelled_by").asText()).isEqualTo("user chief");
        JsonNode nodes = api.get(path + "/nodes").json().path("nodes");
        assertThat(nodes).hasSize(30);
        assertThat(nodes.at("/29/status").asText()).isEqualTo("waiting");
        assertThat(nodes.at("/29/ended_at").isNull()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aListIsNarrowedByEveryFilterAndGoesOnFromNext(Store store) {
        ApiClient one = replica(store).api(Tokens.user("one"));
        ApiClient two = replica(store).api(Tokens.user("two"));
        ApiClient viewer = replica(store).api(Tokens.viewer("watcher"));
        ObjectNode body = ApiClient.batch("test", List.of("node-501", "node-7"));
        String first = ended(one, "cordon", body.deepCopy().put("reason", "Kernel 6 %_"));
        String second = ended(one, "uncordon", ApiClient.batch("test", List.of("node-501")));
        String third = ended(two, "cordon", ApiClient.batch("test", List.of("node-502")));
        String created = viewer.task(second).path("created_at").asText();
        String nodes = "/api/v1/tasks?";
        assertThat(ids(viewer.get(nodes + "node=node-501"))).containsExactly(second, first);
        assertThat(ids(viewer.get(nodes + "node=node-501&failed=true"))).containsExactly(first);
        assertThat(ids(viewer.get(nodes + "node=node-501&failed=false"))).containsExactly(second);
        assertThat(ids(viewer.get(nodes + "user=two"))).containsExactly(third);
        assertThat(ids(one.get(nodes + "user=two"))).isEmpty();
        assertThat(ids(one.get(nodes + "limit=200"))).containsExactly(second, first);
        assertThat(ids(one.get(nodes + "action=cordon&cluster=test"))).containsExactly(first);
        assertThat(ids(one.get(nodes + "cluster=slow"))).isEmpty();
        assertThat(ids(one.get(nodes + "status=completed"))).containsExactly(second, first);
        assertThat(ids(one.get(nodes + "status=running"))).isEmpty();
        assertThat(ids(one.get(nodes + "q=kernel%206%20%25_"))).containsExactly(first);
        assertThat(ids(one.get(nodes + "q=" + second.substring(9)))).containsExactly(second);
        assertThat(ids(one.get(nodes + "from=" + created))).containsExactly(second);
        assertThat(ids(one.get(nodes + "to=" + created))).containsExactly(first);
        assertThat(ids(viewer.get(nodes + "cluster=test&from=" + created)))
                .contains(third, second)
                .doesNotContain(first);

        JsonNode page = one.get(nodes + "limit=1").json();
        assertThat(page.path("next").asText()).isEqualTo(second);
        Answer next = one.get(nodes + "limit=1&before=" + second);
        assertThat(ids(next)).containsExactly(first);
        assertThat(next.json().path("next").isNull()).isTrue();

        String path = "/api/v1/clusters/test/nodes/node-501/history";
        JsonNode history = viewer.get(path + "?limit=1").json();
        assertThat(history.at("/history/0/task_id").asText()).isEqualTo(second);
        assertThat(history.at("/history/0/username").asText()).isEqualTo("user one");
        assertThat(history.at("/history/0/status").asText()).isEqualTo("succeeded");
        JsonNode before = viewer.get(path + "?before=" + history.path("next").asText()).json();
        assertThat(before.path("history")).hasSize(1);
        assertThat(before.at("/history/0/reason").asText()).isEqualTo("Kernel 6 %_");
        assertThat(two.get(path).json().path("history")).isEmpty();
        assertThat(viewer.get(path.replace("test", "slow")).json().path("history")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aSelectorChoosesOnceWhenTheRequestComesAndInTheOrderOfTheCluster(Store store) {
        ApiClient api = replica(store).api(Tokens.user("chooser"));
        ObjectNode label = ApiClient.batch("test", List.of("node-1012", "node-1009", "node-1002"));
        label.putObject("labels").put("pool", "chosen");
        ended(api, "label", label);
        ObjectNode chosen =
                ApiClient.batch("test", List.of())
                        .put("selector", "pool=chosen,kubernetes.io/os in (linux)");
        chosen.remove("node_names");
        String path = "/api/v1/nodes/batch/cordon";
        String[] key = {"Idempotency-Key", "chosen-" + store};
        String taskId = api.post(path, chosen.toString(), key).json().path("task_id").asText();
        JsonNode nodes = api.get("/api/v1/tasks/" + taskId + "/nodes").json().path("nodes");
        assertThat(nodes.findValuesAsText("node_name"))
                .containsExactly("node-1002", "node-1009", "node-1012");
        assertThat(api.task(taskId).at("/params/selector").asText()).startsWith("pool=chosen");

        label.putObject("labels").putNull("pool");
        ended(api, "label", label);
        Answer again = api.post(path, chosen.toString(), key);
        assertThat(again.status()).as(again.body()).isEqualTo(400);
        label.withArray("node_names").removeAll().add("node-1009").add("node-1010");
        label.putObject("labels").put("pool", "chosen");
        ended(api, "label", label);
        again = api.post(path, chosen.toString(), key);
        assertThat(again.json().path("task_id").asText()).as(again.body()).isEqualTo(taskId);
        assertThat(again.json().path("total").asInt()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void longAnswersComeInPages(Store store) {
        ApiClient api = replica(store).api(Tokens.user("pager"));
        String taskId = ended(api, "cordon", ApiClient.batch("test", ApiClient.nodes(1_200)));
        String path = "/api/v1/tasks/" + taskId;
        JsonNode first = api.get(path + "/messages").json();
        assertThat(first.path("messages")).hasSize(1_000);
        assertThat(first.path("more").asBoolean()).isTrue();
        assertThat(first.path("last_seq").asLong()).isEqualTo(1_201);
        JsonNode rest = api.get(path + "/messages?since=1000&limit=201").json();
        assertThat(rest.path("messages")).hasSize(201);
        assertThat(rest.path("more").asBoolean()).isFalse();
        assertThat(api.get(path + "/nodes").json().path("nodes")).hasSize(1_000);

        JsonNode nodes = api.get("/api/v1/clusters/test/nodes?limit=4999").json();
        assertThat(nodes.path("nodes")).hasSize(4_999);
        String after = nodes.path("next").asText();
        JsonNode last = api.get("/api/v1/clusters/test/nodes?after=" + after).json();
        assertThat(last.path("nodes")).hasSize(1);
        assertThat(last.path("next").isNull()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aNodeSaysWhatWasChangedFromWhatWhoeverAsksInWhateverForm(Store store) {
        ApiClient api = replica(store).api(Tokens.user("undoer"));
        ObjectNode label = ApiClient.batch("test", List.of("node-601", "node-602"));
        label.putObject("labels").put("pool", "blue");
        ended(api, "label", label);
        label.withObject("labels").put("pool", "green").putNull("gone");
        JsonNode nodes = nodes(api, ended(api, "label", label));
        assertThat(nodes.at("/0/change").toString())
                .isIn(
                        "{\"labels.pool\":{\"from\":\"blue\",\"to\":\"green\"}}",
                        "{\"labels.pool\":{\"to\":\"green\",\"from\":\"blue\"}}");
        assertThat(Instant.parse(nodes.at("/1/started_at").asText()))
                .isBeforeOrEqualTo(Instant.parse(nodes.at("/1/ended_at").asText()));
        assertThat(nodes.at("/1/attempts").asInt()).isEqualTo(1);

        List<String> both = List.of("node-601", "node-602");
        ObjectNode dry = ApiClient.batch("test", both).put("dry_run", true);
        assertThat(nodes(api, ended(api, "cordon", dry)).at("/0/change").isNull()).isTrue();
        String drained = ended(api, "drain", ApiClient.batch("test", both));
        assertThat(nodes(api, drained).at("/0/change/unschedulable/from").isBoolean()).isTrue();
        String again = ended(api, "cordon", ApiClient.batch("test", both));
        assertThat(nodes(api, again).at("/0/change").isNull())
                .as("cordoned before, so there is nothing to undo")
                .isTrue();
        Answer csv =
                api.send(
                        api.request("/api/v1/tasks/" + drained + "/nodes")
                                .header("Accept", "text/csv")
                                .GET());
        assertThat(csv.body().lines().toList().get(1)).contains("{\"\"unschedulable\"\":");
        JsonNode history = api.get("/api/v1/clusters/test/nodes/node-601/history").json();
        assertThat(history.at("/history/1/change").has("unschedulable")).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aPlanSaysWhatADrainWouldDoAndAfterwardsWhatItDid(Store store) {
        ApiClient api = replica(store).api(Tokens.user("planner"));
        List<String> three = List.of("node-702", "node-7", "node-701");
        ObjectNode body = ApiClient.batch("test", three);
        String dry = ended(api, "drain", body.deepCopy().put("dry_run", true));
        JsonNode planned = plan(api, dry, "").path("nodes");
        assertThat(planned.findValuesAsText("node_name")).isEqualTo(three);
        assertThat(planned.at("/0/counts").toString())
                .isEqualTo(
                        "{\"evict\":3,\"keep\":1,\"refuse\":0,\"lost\":0,\"waits\":0,\"differs\":0}");
        assertThat(planned.at("/0/budgets/0").toString())
                .startsWith("{\"namespace\":\"default\",\"name\":\"web\",\"pods\":1,\"allowed\":");
        assertThat(planned.at("/0/order").asInt() + planned.at("/2/order").asInt()).isEqualTo(3);
        assertThat(planned.at("/1/pods").isNull()).as("it cannot be reached").isTrue();
        assertThat(planned.at("/0/pods/0/outcome").isMissingNode()).isTrue();

        String real = ended(api, "drain", body);
        JsonNode done = plan(api, real, "?limit=1");
        assertThat(done.path("next").asInt()).isEqualTo(1);
        JsonNode node = done.at("/nodes/0");
        assertThat(node.path("pods").findValuesAsText("outcome"))
                .containsExactly("evicted", "evicted", "evicted");
        assertThat(node.path("seconds").asDouble()).isPositive();
        assertThat(node.path("order").isNull()).isTrue();
        assertThat(plan(api, real, "?after=1&limit=2").path("nodes")).hasSize(2);

        String cordon = ended(api, "cordon", ApiClient.batch("test", List.of("node-701")));
        Answer none = api.get("/api/v1/tasks/" + cordon + "/plan");
        assertThat(none.status()).isEqualTo(409);
        assertThat(none.json().path("detail").asText()).contains("cordon moves no pods");
        assertThat(api.get("/api/v1/tasks/" + real + "/plan?limit=101").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @EnumSource
    void aRollKeepsSoManyInServiceAndAFailedNodeKeepsItsPlace(Store store) {
        ApiClient api = replica(store).api(Tokens.user("roller"));
        ended(api, "cordon", ApiClient.batch("herd", List.of("node-4")));
        List<String> names = List.of("node-1", "node-2", "node-7", "node-4", "node-5", "node-6");
        ObjectNode body = ApiClient.batch("herd", names).put("max_unavailable", 2);
        ended(api, "roll", body.deepCopy().put("dry_run", true));
        assertThat(cordoned(api)).containsExactly("node-4");

        String rolled = api.start("roll", body);
        List<Integer> twoAtOnce = new ArrayList<>();
        List<Integer> oneAfterAFailure = new ArrayList<>();
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            JsonNode task = api.task(rolled);
                            boolean failed = task.path("failed_count").asInt() > 0;
                            // Without the one that was out of service before.
                            int out = cordoned(api).size() - 1;
                            (failed ? oneAfterAFailure : twoAtOnce).add(out);
                            return !task.path("completed_at").isNull();
                        });
        JsonNode task = api.task(rolled);
        assertThat(task.path("status").asText()).isEqualTo("completed");
        assertThat(task.path("success_count").asInt()).isEqualTo(5);
        assertThat(twoAtOnce).contains(2).allMatch(out -> out <= 2);
        assertThat(oneAfterAFailure).contains(1).allMatch(out -> out <= 1);
        assertThat(cordoned(api)).containsExactly("node-4");
        JsonNode nodes = nodes(api, rolled);
        assertThat(nodes.at("/3/message").asText()).endsWith("stays cordoned, as it was before");
        assertThat(nodes.at("/0/change/boot_id/to").asText()).isEqualTo("boot-2");
        assertThat(nodes.at("/0/change").has("unschedulable")).isFalse();
        JsonNode pods = plan(api, rolled, "").at("/nodes/0/pods");
        assertThat(pods.findValuesAsText("outcome")).containsOnly("evicted").hasSize(3);
        assertThat(messages(api, rolled))
                .containsSubsequence(
                        "node-1: begins",
                        "node-1: drain is done: evicted 3 pods",
                        "node-1: step is done: rebooted",
                        "node-1: ready is done: Ready again");

        String stopped =
                ended(
                        api,
                        "roll",
                        ApiClient.batch("herd", List.of("node-7", "node-8", "node-3"))
                                .put("max_unavailable", 2));
        assertThat(api.task(stopped).path("error").asText())
                .isEqualTo(
                        "stopped after 2 failed nodes, which stay out of service"
                                + " (max_unavailable)");
        assertThat(nodes(api, stopped).at("/2/status").asText()).isEqualTo("waiting");
    }

    @ParameterizedTest
    @EnumSource
    void aRollThatIsRepeatedPutsBackWhatTheFirstTookOut(Store store) {
        ApiClient api = replica(store).api(Tokens.user("repeater"));
        String first = api.start("roll", ApiClient.batch("mild", List.of("node-1")));
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () ->
                                messages(api, first)
                                        .contains("node-1: drain is done: evicted 3 pods"));
        api.post("/api/v1/tasks/" + first + "/cancel", "");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !api.task(first).path("completed_at").isNull());
        assertThat(nodes(api, first).at("/0/change/unschedulable/from").isBoolean()).isTrue();
        JsonNode retried = api.post("/api/v1/tasks/" + first + "/retry", "").json();
        String second = retried.path("task_id").asText();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !api.task(second).path("completed_at").isNull());
        assertThat(nodes(api, second).at("/0/message").asText()).endsWith("rolled");
        JsonNode node = api.get("/api/v1/clusters/mild/nodes").json().at("/nodes/0");
        assertThat(node.path("schedulable").asBoolean()).isTrue();
    }

    private static List<String> messages(ApiClient api, String taskId) {
        return api.get("/api/v1/tasks/" + taskId + "/messages").json().findValuesAsText("message");
    }

    private static List<String> cordoned(ApiClient api) {
        List<String> names = new ArrayList<>();
        for (JsonNode node : api.get("/api/v1/clusters/herd/nodes").json().path("nodes")) {
            String name = node.path("name").asText();
            if (!node.path("schedulable").asBoolean()) {
                names.add(name);
            }
        }
        return names;
    }

    private static JsonNode plan(ApiClient api, String taskId, String query) {
        Answer answer = api.get("/api/v1/tasks/" + taskId + "/plan" + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode nodes(ApiClient api, String taskId) {
        return api.get("/api/v1/tasks/" + taskId + "/nodes").json().path("nodes");
    }

    @ParameterizedTest
    @EnumSource
    void nodesAsCsvRunNothingInASpreadsheet(Store store) {
        ApiClient api = replica(store).api(Tokens.user("csv"));
        String taskId = ended(api, "cordon", ApiClient.batch("test", List.of("node-7")));
        Answer csv =
                api.send(
                        api.request("/api/v1/tasks/" + taskId + "/nodes")
                                .header("Accept", "text/csv")
                                .GET());
        assertThat(csv.contentType().get()).startsWith("text/csv");
        assertThat(csv.body().lines().toList().get(0))
                .isEqualTo(
                        "position,node_name,status,message,error,started_at,ended_at,updated_at,attempts,change");
        assertThat(csv.body().lines().toList().get(1)).startsWith("1,node-7,failed,");
    }
}
