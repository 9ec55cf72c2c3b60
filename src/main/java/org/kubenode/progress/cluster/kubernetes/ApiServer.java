package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Waiter;

/**
 * Requests to one API server. They are written out over the JDK's HTTP client because a status
 * code, a Retry-After and an interrupted wait have to be seen, and every answer bounded. HTTP/1.1:
 * a connection on which nothing comes back any more is closed with its request, where HTTP/2 would
 * keep it for all others.
 */
final class ApiServer {

    /** Tells the server's audit log and managedFields who it was. */
    static final String FIELD_MANAGER = "kube-node-progress";

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final String PAGE = "500";
    private static final int MOST_PAGES = 1_000;
    private static final int UNAUTHORIZED = 401;
    private static final int SUCCESS = 2;

    private final Connection connection;
    private final HttpClient http;
    private final KubernetesSerialization serialization = new KubernetesSerialization();
    private final long timeoutMs;
    private final int maxRetries;
    private final ClusterLimiter limiter;
    private final Waiter waiter;
    private final Rights rights;
    private final Backoff backoff = Backoff.jittered();
    private final ErrorText errorText;

    ApiServer(
            Connection connection,
            long timeoutMs,
            int maxRetries,
            Duration forbiddenGrace,
            ClusterLimiter limiter,
            Waiter waiter) {
        this.connection = connection;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        // A redirect would carry the account to another host.
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(
                                CONNECT.toMillis() < timeoutMs
                                        ? CONNECT
                                        : Duration.ofMillis(timeoutMs))
                        .sslContext(connection.tls())
                        .proxy(connection.proxy())
                        .build();
        this.timeoutMs = timeoutMs;
        this.maxRetries = maxRetries;
        this.limiter = limiter;
        this.waiter = waiter;
        this.rights = new Rights(forbiddenGrace, waiter);
        this.errorText = new ErrorText(connection.secrets());
    }

    /** How a request is sent: {@link #call}, {@link #ask} or {@link #once}. */
    interface Sender {
        byte[] send(ApiRequest request) throws InterruptedException;
    }

    /**
     * Sends a request that may be repeated, and repeats it after 409, 429, 5xx, no answer and the
     * denial of a right that was there.
     *
     * @return the body
     * @throws ApiException when the server refused it or all tries are used up
     * @throws InterruptedException when the batch was cancelled
     */
    byte[] call(ApiRequest request) throws InterruptedException {
        return call(request, false);
    }

    /**
     * As {@link #call}, for somebody who waits: where no answer comes, none is waited for again.
     */
    byte[] ask(ApiRequest request) throws InterruptedException {
        return call(request, true);
    }

    private byte[] call(ApiRequest request, boolean waitedFor) throws InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                return once(request);
            } catch (ApiException e) {
                // A doubtful denial ends by its own grace.
                if (!e.mayPass()
                        || waitedFor && e.status() == ApiException.NO_ANSWER
                        || attempt >= maxRetries && !e.isDoubtful()) {
                    throw e.afterTries(attempt + 1);
                }
                waiter.pause(backoff.delay(attempt, e.retryAfter()));
            }
        }
    }

    /** Sends a request once; see {@link #call}. */
    byte[] once(ApiRequest request) throws InterruptedException {
        return once(request, timeoutMs);
    }

    byte[] once(ApiRequest request, long withinMs) throws InterruptedException {
        long start = waiter.nanoTime();
        try {
            HttpResponse<byte[]> response = send(request, withinMs);
            if (response.statusCode() == UNAUTHORIZED && connection.credentials().renew()) {
                response = send(request, withinMs);
            }
            if (response.statusCode() / 100 != SUCCESS) {
                throw refused(request, response);
            }
            rights.granted(request.kind());
            limiter.answered(request.kind(), Duration.ofNanos(waiter.nanoTime() - start));
            return response.body();
        } catch (ApiException e) {
            if (e.status() == ApiException.NO_ANSWER) {
                limiter.unanswered(Duration.ofNanos(waiter.nanoTime() - start));
            } else if (e.isOverload()) {
                limiter.overloaded();
            }
            throw e;
        }
    }

    private HttpResponse<byte[]> send(ApiRequest request, long withinMs)
            throws InterruptedException {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(connection.server() + request.pathAndQuery()))
                        .timeout(Duration.ofMillis(withinMs))
                        .header("Accept", ApiRequest.JSON)
                        .header("User-Agent", FIELD_MANAGER)
                        .method(
                                request.method(),
                                request.body() == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(request.body()));
        if (request.body() != null) {
            builder.header("Content-Type", request.contentType());
        }
        connection.headers().forEach(header -> builder.header(header.getKey(), header.getValue()));
        authorize(builder);
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(builder.build(), response -> new BoundedBody());
        try {
            // The client's own time-out ends with the headers.
            return answer.get(withinMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            answer.cancel(true);
            Throwable why = e instanceof ExecutionException ? e.getCause() : e;
            throw ApiException.noAnswer(
                    "the API server does not answer: " + errorText.noAnswer(why, withinMs));
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        }
    }

    private void authorize(HttpRequest.Builder builder) throws InterruptedException {
        try {
            String authorization = connection.credentials().authorization();
            if (authorization != null) {
                builder.header("Authorization", authorization);
            }
        } catch (IOException e) {
            throw ApiException.noAnswer("no account: " + errorText.clean(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw ApiException.noAnswer("no account: the token cannot stand in a header");
        }
    }

    private ApiException refused(ApiRequest request, HttpResponse<byte[]> response) {
        Refusal refusal = Refusal.of(response, status(response.body()));
        return new ApiException(
                response.statusCode(),
                errorText.clean(refusal.text()),
                refusal.causes(),
                refusal.retryAfter(),
                refusal.isOverload(request),
                refusal.isLackOfRights() && rights.doubtful(request.kind()));
    }

    private Status status(byte[] body) {
        if (body.length == 0 || body[0] != '{') {
            return null;
        }
        try {
            return serialization.unmarshal(new ByteArrayInputStream(body), Status.class);
        } catch (RuntimeException e) {
            return null;
        }
    }

    /**
     * All pages of a list.
     *
     * @param first without {@code limit} and {@code continue}
     */
    <T extends HasMetadata> List<T> list(
            ApiRequest first, Class<? extends KubernetesResourceList<T>> type, Sender sender)
            throws InterruptedException {
        List<T> all = new ArrayList<>();
        ApiRequest request = first.with("limit", PAGE);
        String next = "";
        for (int page = 0; page < MOST_PAGES; page++) {
            KubernetesResourceList<T> list =
                    read(
                            sender.send(next.isEmpty() ? request : request.with("continue", next)),
                            type);
            Objects.requireNonNullElse(list.getItems(), List.<T>of()).stream()
                    .filter(Objects::nonNull)
                    .forEach(all::add);
            next =
                    list.getMetadata() == null
                            ? ""
                            : Objects.requireNonNullElse(list.getMetadata().getContinue(), "");
            if (next.isEmpty()) {
                return all;
            }
        }
        throw ApiException.noAnswer("the API server's list does not end");
    }

    /** Reads a body; what cannot be read counts as no answer. */
    <T> T read(byte[] body, Class<T> type) {
        T read = null;
        try {
            read = serialization.unmarshal(new ByteArrayInputStream(body), type);
        } catch (RuntimeException e) {
            // Told below.
        }
        if (read == null) {
            throw ApiException.noAnswer(
                    "the API server's answer cannot be read as " + type.getSimpleName());
        }
        return read;
    }

    String json(Object body) {
        return serialization.asJson(body);
    }

    Rights rights() {
        return rights;
    }

    Waiter waiter() {
        return waiter;
    }
}
