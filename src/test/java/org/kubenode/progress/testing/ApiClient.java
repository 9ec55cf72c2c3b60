package org.kubenode.progress.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A client of a replica's HTTP API; every request ends within 30 seconds. */
public final class ApiClient {

    static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();

    private final int port;
    private final String token;

    /**
     * @param token none when null
     */
    public ApiClient(int port, String token) {
        this.port = port;
        this.token = token;
    }

    /** An answer, whatever its status. */
    public record Answer(int status, HttpHeaders headers, String body) {

        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(
                        status + " with a body that is not JSON: " + body, e);
            }
        }

        public Optional<String> contentType() {
            return headers.firstValue("Content-Type");
        }
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    /** Posts JSON; the headers are pairs of name and value. */
    public Answer post(String path, String body, String... headers) {
        HttpRequest.Builder request =
                request(path).header("Content-Type", "application/json").POST(text(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    /** A request to {@code path} with the token, for whatever else a test wants to send. */
    public HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(30));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    public static HttpRequest.BodyPublisher text(String body) {
        return HttpRequest.BodyPublishers.ofString(body);
    }

    public Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer =
                    HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.headers(), answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The names {@code node-1} to {@code node-N}. */
    public static List<String> nodes(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(n -> "node-" + n).toList();
    }

    /** The body of a batch. */
    public static ObjectNode batch(String cluster, List<String> nodes) {
        ObjectNode body = JSON.createObjectNode().put("cluster_name", cluster);
        nodes.forEach(body.putArray("node_names")::add);
        return body;
    }

    /**
     * Starts a batch over {@code node-1} to {@code node-N}.
     *
     * @return its task_id
     * @throws IllegalStateException when it is not accepted
     */
    public String start(String operation, String cluster, int nodes) {
        return start(operation, batch(cluster, nodes(nodes)));
    }

    /** Starts a batch. */
    public String start(String operation, ObjectNode body) {
        Answer answer = post("/api/v1/nodes/batch/" + operation, body.toString());
        if (answer.status() != 202) {
            throw new IllegalStateException(answer.status() + ": " + answer.body());
        }
        return answer.json().get("task_id").asText();
    }

    /** One task, as {@code GET /tasks/{task_id}} shows it. */
    public JsonNode task(String taskId) {
        return get("/api/v1/tasks/" + taskId).json();
    }
}
