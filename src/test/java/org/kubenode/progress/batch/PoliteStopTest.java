package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.testing.WholeApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A replica that is asked to stop: the whole application, with operations that take a minute. */
class PoliteStopTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String TOKEN = Tokens.user(1);
    private static final String BATCHES = "/api/v1/nodes/batch/cordon";

    private static ConfigurableApplicationContext start(List<String> more) {
        List<String> options = new ArrayList<>(more);
        options.addAll(
                List.of(
                        "--server.port=0",
                        "--jwt.secret=" + Tokens.SECRET,
                        "--progress.shutdown_grace=1500",
                        "--progress.batch.max_running=1",
                        "--clusters[0].name=quick",
                        "--clusters[0].type=simulated",
                        "--clusters[0].nodes=20",
                        "--clusters[0].latency_ms=500",
                        "--clusters[1].name=slow",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=20",
                        "--clusters[1].latency_ms=60000",
                        "--logging.file.name="));
        return new SpringApplicationBuilder(WholeApplication.class)
                .run(options.toArray(String[]::new));
    }

    private static int port(ConfigurableApplicationContext replica) {
        return Integer.parseInt(replica.getEnvironment().getProperty("local.server.port"));
    }

    private static String batch(String cluster) {
        return ApiClient.batch(cluster, ApiClient.nodes(20)).put("concurrency", 2).toString();
    }

    private static String accepted(ApiClient api, String cluster) {
        await().atMost(SOON)
                .until(
                        () ->
                                api.get("/api/v1/progress/status")
                                        .json()
                                        .get("database")
                                        .asText()
                                        .matches("up|none"));
        ApiClient.Answer answer = api.post(BATCHES, batch(cluster));
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        return answer.json().get("task_id").asText();
    }

    @Test
    void takesNoNewWorkEndsWhatRunsWithinItsGraceAndGivesUpItsLeases() {
        Servers.PostgresDatabase database = Servers.database();
        ConfigurableApplicationContext replica = start(database.options());
        ApiClient api = new ApiClient(port(replica), TOKEN);
        try (ProgressClient client = ProgressClient.connect(port(replica), TOKEN, "conflate=0")) {
            String taskId = accepted(api, "slow");
            RunningBatches batches = replica.getBean(RunningBatches.class);
            await().atMost(SOON).until(() -> batches.any() && !batches.find(taskId).idle());

            long asked = System.nanoTime();
            CompletableFuture<Void> stop = CompletableFuture.runAsync(replica::close);
            await().atMost(SOON).until(batches::isStopping);
            // Sockets and requests are still served; a load balancer is told to go elsewhere.
            assertThat(api.get("/actuator/health/readiness").status()).isEqualTo(503);
            ApiClient.Answer refused = api.post(BATCHES, batch("quick"));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(api.task(taskId).get("status").asText()).isEqualTo("running");
            assertThat(client.closed()).isNull();

            await().atMost(SOON).until(() -> client.closed() != null);
            assertThat(client.closed()).startsWith("1012");
            stop.join();
            Duration took = Duration.ofNanos(System.nanoTime() - asked);
            assertThat(took).isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(10));
            // The interrupted nodes have no result: whoever goes on tries them.
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM progress_tasks WHERE owner IS NULL AND"
                                            + " lease_until IS NULL AND status = 'running' AND"
                                            + " last_seq = 2 AND current = 0"))
                    .isEqualTo(1);
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM progress_messages WHERE NOT node_final AND"
                                            + " node_status = 'interrupted' AND attempts = 1 AND"
                                            + " started_at < created_at AND message ="
                                            + " 'Interrupted ' || current_node || ': handed over'"))
                    .isEqualTo(2);
        } finally {
            replica.close();
        }
    }

    @Test
    void operationsThatEndWithinTheGraceAreWrittenBeforeTheHandOver() {
        Servers.PostgresDatabase database = Servers.database();
        ConfigurableApplicationContext replica = start(database.options());
        try (ProgressClient client = ProgressClient.connect(port(replica), TOKEN, "conflate=0")) {
            String taskId = accepted(new ApiClient(port(replica), TOKEN), "quick");
            client.awaitSeq(taskId, 2);
            replica.close();
            long rows = database.number("SELECT count(*) FROM progress_messages WHERE node_final");
            assertThat(rows).isEqualTo(4);
            assertThat(client.task(taskId).seq()).as("shown before the socket closed").isEqualTo(4);
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM progress_tasks WHERE owner IS NULL AND"
                                            + " lease_until IS NULL AND current = 4"))
                    .isEqualTo(1);
        } finally {
            replica.close();
        }
    }

    @Test
    void whatIsInMemoryOnlyEndsWithTheReasonAndItsSocketsSeeIt() {
        ConfigurableApplicationContext replica = start(List.of("--progress.enable_database=false"));
        await().atMost(SOON).until(() -> replica.getBean(Database.class).up());
        ApiClient api = new ApiClient(port(replica), TOKEN);
        try (ProgressClient client = ProgressClient.connect(port(replica), TOKEN, "conflate=0")) {
            String running = accepted(api, "slow");
            // There is room for one: this one waits.
            String pending = accepted(api, "slow");
            assertThat(api.task(pending).get("status").asText()).isEqualTo("pending");
            replica.close();
            for (String taskId : List.of(running, pending)) {
                JsonNode end = client.awaitEnd(taskId);
                assertThat(end.get("type").asText()).isEqualTo("error");
                assertThat(end.get("error").asText())
                        .isEqualTo(
                                "the replica was stopped, and it keeps batches in its memory only");
                assertThat(end.get("current").asInt()).isZero();
            }
            await().atMost(SOON).until(() -> client.closed() != null);
            assertThat(client.closed()).startsWith("1012");
            assertThat(client.violations()).isEmpty();
        } finally {
            replica.close();
        }
    }
}
