package org.kubenode.progress.observe;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.kubenode.progress.testing.Servers;

/** Debian's Prometheus, which scrapes one replica every second. */
final class Prometheus implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    private Prometheus(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Debian's package prometheus brings it; {@code .ci/run} installs it. */
    static boolean isHere() {
        return has("prometheus");
    }

    /** Whether a program of that package can be run. */
    static boolean has(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /**
     * Starts it and waits until it has looked at the replica twice.
     *
     * @param folder for its data; its files are the caller's to remove
     * @param token an admin's
     */
    static Prometheus scraping(int replicaPort, String token, Path folder) throws IOException {
        Path file = folder.resolve("prometheus.yml");
        Files.writeString(
                file,
                """
                global: {scrape_interval: 1s}
                scrape_configs:
                  - job_name: kube-node-progress
                    metrics_path: /actuator/prometheus
                    authorization: {credentials: %s}
                    static_configs: [{targets: ["localhost:%d"]}]
                """
                        .formatted(token, replicaPort));
        int port = Servers.freePort();
        Process process =
                new ProcessBuilder(
                                "prometheus",
                                "--config.file=" + file,
                                "--storage.tsdb.path=" + folder.resolve("data"),
                                "--web.listen-address=127.0.0.1:" + port)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("prometheus.log").toFile())
                        .start();
        Prometheus prometheus = new Prometheus(process, port);
        try {
            await().atMost(Duration.ofMinutes(1))
                    .ignoreExceptions()
                    .until(
                            () ->
                                    prometheus
                                                    .query("count_over_time(up[1m]) > 2")
                                                    .path("result")
                                                    .size()
                                            > 0);
        } catch (RuntimeException e) {
            prometheus.close();
            throw e;
        }
        return prometheus;
    }

    /** What a query gives now: {@code data} of its answer. */
    JsonNode query(String expression) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d/api/v1/query?query=%s"
                                                .formatted(
                                                        port,
                                                        URLEncoder.encode(
                                                                expression,
                                                                StandardCharsets.UTF_8))))
                        .timeout(Duration.ofSeconds(10))
                        .build();
        String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        JsonNode json = JSON.readTree(answer);
        if (!json.path("status").asText().equals("success")) {
            throw new IllegalStateException(answer);
        }
        return json.get("data");
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
