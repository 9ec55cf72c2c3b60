package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Tokens;

/** A replica after one batch: its metrics, its health, its log and its description. */
class WhatOperatorsSeeTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int NODES = 20;

    private static ReplicaProcess replica;
    private static ApiClient admin;
    private static String taskId;
    private static String exposition;

    @BeforeAll
    static void runOneBatch() {
        replica =
                ReplicaProcess.classes("seen")
                        .options(
                                "--progress.enable_database=false",
                                "--logging.structured.format.console=ecs")
                        .cluster(0, "test", NODES, 5, "node-7")
                        .start();
        admin = replica.api(Tokens.admin("user-4711"));
        // Until its tables are there, memory mode shows results before they are rows.
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                admin.get("/api/v1/progress/status")
                                        .json()
                                        .get("database")
                                        .asText()
                                        .equals("none"));
        try (ProgressClient client =
                ProgressClient.connect(replica.port(), Tokens.admin("user-4711"), "scope=own")) {
            taskId = admin.start("cordon", "test", NODES);
            client.awaitEnd(taskId);
            exposition = admin.get("/actuator/prometheus").body();
        }
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "progress_notification_latency_seconds_bucket\\{.*path=\"(memory|poll)\".*",
                "progress_notification_latency_seconds_count\\{.*",
                "progress_notifications_total\\{result=\"sent\"}",
                "progress_notifications_total\\{result=\"failed\"}",
                "progress_degradations_total",
                "progress_notifier_connected\\{type=\"memory\"}",
                "progress_notifier_state\\{state=\"realtime\"}",
                "progress_backlog_messages",
                "progress_queue_messages\\{queue=\"fill-from-rows\"}",
                "websocket_queue_messages\\{.*",
                "websocket_sessions\\{.*",
                "websocket_conflated_messages_total\\{.*",
                "progress_gaps_filled_total",
                "progress_duplicates_dropped_total",
                "progress_tasks_claimed_total",
                "progress_batches_running",
                "progress_journal_waiting",
                "progress_journal_statements_total",
                "progress_journal_rows_total",
                "progress_journal_failures_total",
                "progress_notifications_unreadable_total",
                "progress_database_up",
                "progress_node_results_total\\{action=\"cordon\",cluster=\"test\",outcome=\"failed\"}",
                "progress_batch_duration_seconds_sum\\{.*outcome=\"completed\"}",
                "progress_batch_pending_seconds_max\\{cluster=\"test\"}",
                "progress_waiting_batches\\{cluster=\"test\"}",
                "progress_waiting_oldest_seconds\\{cluster=\"test\"}",
                "progress_cluster_places\\{cluster=\"test\",state=\"withheld\"}",
                "progress_places\\{kind=\"operations\",state=\"free\"}",
                "camel_route_policy_seconds_sum\\{routeId=\"record-progress\"}",
                "camel_route_policy_seconds_max\\{routeId=\"run-node\"}",
                "camel_exchanges_failures_handled_total\\{routeId=\"start-run\"}"
            })
    void everyMetricIsThereAfterOneBatch(String sample) {
        assertThat(exposition.lines()).anyMatch(line -> line.matches(sample + " [0-9.E+-]+"));
    }

    @Test
    void figuresTellOfTheBatch() {
        assertThat(value("progress_journal_rows_total")).isEqualTo(NODES + 1);
        assertThat(value("progress_journal_statements_total")).isBetween(1.0, NODES + 1.0);
        assertThat(value("progress_journal_waiting")).isZero();
        assertThat(value("progress_backlog_messages")).isZero();
        assertThat(value("progress_database_up")).isEqualTo(1);
    }

    @Test
    void routesTellOfTheBatchAsWell() {
        assertThat(value("camel_route_policy_seconds_count{routeId=\"run-batch\"}")).isOne();
        assertThat(value("camel_route_policy_seconds_count{routeId=\"run-node\"}"))
                .isEqualTo(NODES);
        assertThat(value("camel_route_policy_seconds_count{routeId=\"node-cordon\"}"))
                .isEqualTo(NODES);
        assertThat(value("camel_exchanges_failed_total{routeId=\"node-cordon\"}")).isOne();
        assertThat(value("camel_exchanges_failures_handled_total{routeId=\"run-node\"}")).isOne();
        assertThat(value("camel_exchanges_failed_total{routeId=\"run-batch\"}")).isZero();
    }

    @Test
    void eachRouteHasFiveSeriesAndNoBuckets() {
        Set<String> routes =
                exposition
                        .lines()
                        .flatMap(line -> matches("routeId=\"([^\"]+)\"", line))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(routes).hasSizeGreaterThan(50).allMatch(id -> id.matches("[a-z][a-z0-9-]+"));
        assertThat(exposition.lines().filter(line -> line.startsWith("camel_")))
                .hasSize(5 * routes.size());
    }

    @Test
    void noLabelHasAValueThatARequestChooses() {
        Set<String> labels =
                exposition
                        .lines()
                        .filter(
                                line ->
                                        line.startsWith("progress_")
                                                || line.startsWith("camel_")
                                                || line.startsWith("websocket_"))
                        .flatMap(line -> matches("([A-Za-z_]+)=\"", line))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(labels)
                .isSubsetOf(
                        "action", "cluster", "code", "kind", "le", "outcome", "path", "queue",
                        "result", "routeId", "state", "type");
        assertThat(exposition).doesNotContain(taskId, "node-7", "user-4711");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "configs/prometheus/alerts.yml",
                "configs/grafana/dashboards/kube-node-progress.json"
            })
    void whatAlertsAndDashboardsAskForExists(String file) throws IOException {
        Set<String> known =
                exposition
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.replaceFirst("[{ ].*", ""))
                        .collect(Collectors.toSet());
        // PostgreSQL's alone: FullNotifyQueueTest sees it.
        known.add("progress_notify_queue");
        List<String> asked =
                matches(
                                "\\b((?:progress|websocket|hikaricp|jvm|camel)_[a-z_]+)",
                                Files.readString(Path.of(file)))
                        .distinct()
                        .toList();
        assertThat(asked).hasSizeGreaterThan(8).isSubsetOf(known);
    }

    @Test
    @EnabledIf(
            value = "org.kubenode.progress.observe.Prometheus#isHere",
            disabledReason = "needs prometheus, of Debian's package of that name")
    void everyQueryOfTheDashboardFindsSomething(@TempDir Path folder) throws Exception {
        JsonNode dashboard =
                JSON.readTree(
                        Path.of("configs/grafana/dashboards/kube-node-progress.json").toFile());
        assertThat(dashboard.findValuesAsText("expr")).hasSizeGreaterThan(35);
        List<String> empty = new ArrayList<>();
        List<String> table = new ArrayList<>();
        try (Prometheus prometheus =
                Prometheus.scraping(replica.port(), Tokens.admin("user-4711"), folder)) {
            admin.start("uncordon", "test", NODES);
            await().atMost(Duration.ofSeconds(20))
                    .until(
                            () ->
                                    !prometheus
                                            .query(
                                                    "rate(camel_route_policy_seconds_count{routeId=\"run-batch\"}[1m])"
                                                            + " > 0 and on () progress_batches_running == 0")
                                            .path("result")
                                            .isEmpty());
            for (JsonNode panel : dashboard.get("panels")) {
                for (String query : panel.findValuesAsText("expr")) {
                    String now = query.replace("$instance", ".*").replace("$__rate_interval", "1m");
                    JsonNode result = prometheus.query(now).path("result");
                    if (result.isEmpty()) {
                        empty.add(now);
                    }
                    table.add(row(panel.get("title").asText(), now, result));
                }
            }
        }
        // docs/evidence/dashboard.md keeps one.
        Files.write(Path.of("target", "dashboard.md"), table);
        assertThat(empty).isEmpty();
    }

    private static String row(String panel, String query, JsonNode result) {
        JsonNode first = result.path(0);
        return "| %s | `%s` | %d | `%s` %s |"
                .formatted(
                        panel,
                        query.replace("|", "\\|"),
                        result.size(),
                        first.path("metric").toString().replaceAll(":\\d{4,5}", ""),
                        first.path("value").path(1).asText());
    }

    @Test
    void readyAndAliveIsSaidToEverybodyAndDetailsToAdmins() {
        ApiClient nobody = replica.api(null);
        assertThat(nobody.get("/actuator/health/liveness").json().get("status").asText())
                .isEqualTo("UP");
        assertThat(nobody.get("/actuator/health/readiness").json().get("status").asText())
                .isEqualTo("UP");
        assertThat(nobody.get("/actuator/health").body()).doesNotContain("notifier");
        JsonNode components = admin.get("/actuator/health").json().get("components");
        assertThat(components.at("/database/details/state").asText()).isEqualTo("none");
        assertThat(components.at("/notifier/details/type").asText()).isEqualTo("memory");
    }

    @Test
    void statusTellsSinceWhenToTheMillisecond() {
        String since = admin.get("/api/v1/progress/status").json().get("since").asText();
        assertThat(since).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    @Test
    void aNodeTellsTheVersionOfItsKubelet() {
        JsonNode nodes = admin.get("/api/v1/clusters/test/nodes").json().get("nodes");
        assertThat(nodes.get(0).get("kubelet_version").asText()).startsWith("v");
    }

    @Test
    void theDescriptionShowsTheBodyOfABatch() {
        JsonNode description = replica.api(null).get("/api/v1/openapi.json").json();
        // The one that was asked.
        assertThat(description.at("/servers/0/url").asText()).isEqualTo("/");
        JsonNode post = description.get("paths").get("/api/v1/nodes/batch/{operation}").get("post");
        assertThat(post.at("/requestBody/content/application~1json/schema/$ref").asText())
                .isEqualTo("#/components/schemas/Batch");
        assertThat(description.at("/components/schemas/Batch/required").toString())
                .isEqualTo("[\"cluster_name\"]");
        assertThat(description.at("/components/schemas/Batch/properties").fieldNames())
                .toIterable()
                .contains("node_names", "selector");
        assertThat(description.at("/components/schemas/Batch/properties/max_draining"))
                .isNotEmpty();
        assertThat(post.at("/responses/202/content/application~1json/schema/$ref").asText())
                .isEqualTo("#/components/schemas/Accepted");
    }

    @Test
    void theLogIsJsonOnRequestAndHasNoLineANode() {
        await().until(() -> ofTask().size() == 2);
        assertThat(ofTask())
                .extracting(line -> line.get("message").asText())
                .allMatch(message -> message.contains(taskId));
        assertThat(replica.log()).doesNotContain("node-7");
        // A start fits a screen.
        assertThat(replica.log().lines().count()).isLessThan(30);
    }

    private static List<JsonNode> ofTask() {
        return replica.log()
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(WhatOperatorsSeeTest::json)
                .filter(line -> line.path("task_id").asText().equals(taskId))
                .toList();
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new IllegalStateException(line, e);
        }
    }

    private static Stream<String> matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map((MatchResult m) -> m.group(1));
    }

    private static double value(String metric) {
        return exposition
                .lines()
                .filter(line -> line.startsWith(metric + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
                .findFirst()
                .orElseThrow();
    }
}
