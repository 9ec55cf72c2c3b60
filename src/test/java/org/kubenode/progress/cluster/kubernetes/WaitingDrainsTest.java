package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;

/** A whole replica drains a hundred nodes behind a budget that stays shut, and has ten places. */
class WaitingDrainsTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int PLACES = 10;
    private static final String REFUSED =
            """
            {"kind":"Status","apiVersion":"v1","status":"Failure","code":429,"reason":"TooManyRequests",
             "message":"Cannot evict pod as it would violate the pod's disruption budget.",
             "details":{"causes":[{"reason":"DisruptionBudget","message":"The budget needs 3"}]}}
            """;

    @TempDir Path dir;
    private final Set<String> cordoned = ConcurrentHashMap.newKeySet();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private HttpServer server;
    private ReplicaContext replica;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        replica =
                ReplicaContext.start(
                        "waiting",
                        List.of(
                                "--database.type=sqlite",
                                "--database.path=" + dir.resolve("waiting.db"),
                                "--clusters[1].name=prod",
                                "--clusters[1].type=kubernetes",
                                "--clusters[1].kubeconfig="
                                        + Kubeconfigs.entry(dir, url, 0, 0).kubeconfig(),
                                "--clusters[1].context=second",
                                "--clusters[1].concurrency=" + PLACES));
    }

    @AfterEach
    void stop() {
        replica.close();
        server.stop(0);
        threads.shutdownNow();
    }

    /** Every node has one pod, which its budget never lets go. */
    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        exchange.getRequestBody().readAllBytes();
        int status = 200;
        String body = "{\"kind\":\"Node\",\"metadata\":{},\"spec\":{}}";
        if (path.endsWith("/eviction")) {
            refused.add(path);
            status = 429;
            body = REFUSED;
        } else if (path.endsWith("/pods")) {
            Pod pod =
                    Pods.replicated(
                            "pod-of-" + query.replaceAll(".*nodeName=([a-z0-9-]+).*", "$1"));
            body = Serialization.asJson(Pods.list(pod));
        } else if (exchange.getRequestMethod().equals("PATCH")) {
            cordoned.add(path.substring(path.lastIndexOf('/') + 1));
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Test
    void holdNoPlaceAndLeaveTheOtherNodesAlone() {
        ApiClient api = replica.api(Tokens.user("operator"));
        List<String> nodes = IntStream.range(0, 100).mapToObj(i -> "drained-" + i).toList();
        String drain =
                api.start("drain", ApiClient.batch("prod", nodes).put("concurrency", PLACES));
        await().atMost(SOON).untilAsserted(() -> assertThat(refused).hasSize(PLACES));
        ClusterLimiter limiter = replica.bean(Clusters.class).limiter("prod");
        await().atMost(SOON).until(() -> limiter.inUse() == 0);

        // Were the places held, this would wait for the drains' time-out of 600 s.
        String others = api.start("cordon", ApiClient.batch("prod", List.of("a", "b", "c")));
        await().atMost(SOON)
                .until(() -> api.task(others).path("status").asText().equals("completed"));
        assertThat(api.task(others).path("success_count").asInt()).isEqualTo(3);

        assertThat(cordoned)
                .contains("a", "b", "c")
                .hasSize(3 + PLACES)
                .as("the first ten of the drain, no more")
                .containsAll(nodes.subList(0, PLACES));
        assertThat(api.task(drain).path("current").asInt()).isZero();
        api.post("/api/v1/tasks/" + drain + "/cancel", "");
        await().atMost(SOON)
                .until(() -> api.task(drain).path("status").asText().equals("cancelled"));
        assertThat(cordoned).hasSize(3 + PLACES);
    }
}
