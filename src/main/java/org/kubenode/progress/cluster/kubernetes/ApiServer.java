package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Waiter;

/**
 * Requests to one API server, over the connections and the account of the fabric8 client. They are
 * written out here because a status code, a Retry-After and an interrupted wait have to be seen.
 */
final class ApiServer implements AutoCloseable {

    /** Tells the server's audit log and managedFields who it was. */
    static final String FIELD_MANAGER = "kube-node-progress";

    private static final long GRACE_MS = 1_000;

    private final KubernetesClient client;
    private final String url;
    private final long timeoutMs;
    private final int maxRetries;
    private final ClusterLimiter limiter;
    private final Waiter waiter;
    private final Backoff backoff;
    private final ErrorText errorText;

    ApiServer(
            KubernetesClient client,
            long timeoutMs,
            int maxRetries,
            ClusterLimiter limiter,
            Waiter waiter) {
        Config config = client.getConfiguration();
        this.client = client;
        this.url = config.getMasterUrl().replaceAll("/+$", "");
        this.timeoutMs = timeoutMs;
        this.maxRetries = maxRetries;
        this.limiter = limiter;
        this.waiter = waiter;
        this.backoff = Backoff.jittered();
        this.errorText = new ErrorText(config);
    }

    /**
     * Sends a request that may be repeated, and repeats it after 409, 429, 5xx and no answer.
     *
     * @return the body
     * @throws ApiException when the server refused it or all tries are used up
     * @throws InterruptedException when the batch was cancelled
     */
    String call(ApiRequest request) throws InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                return once(request);
            } catch (ApiException e) {
                if (!e.mayPass() || attempt >= maxRetries) {
                    throw e.afterTries(attempt + 1);
                }
                waiter.pause(backoff.delay(attempt, e.retryAfter()));
            }
        }
    }

    /** Sends a request once; see {@link #call}. */
    String once(ApiRequest request) throws InterruptedException {
        return once(request, timeoutMs);
    }

    String once(ApiRequest request, long withinMs) throws InterruptedException {
        HttpRequest.Builder builder =
                client.getHttpClient()
                        .newHttpRequestBuilder()
                        .uri(url + request.pathAndQuery())
                        .header("Accept", ApiRequest.JSON)
                        .timeout(withinMs, TimeUnit.MILLISECONDS);
        if (request.body() != null) {
            builder.method(request.method(), request.contentType(), request.body());
        }
        long start = waiter.nanoTime();
        try {
            HttpResponse<String> response = await(builder.build(), withinMs);
            if (!response.isSuccessful()) {
                throw refused(response);
            }
            limiter.answered(Duration.ofNanos(waiter.nanoTime() - start));
            return Objects.requireNonNullElse(response.body(), "");
        } catch (ApiException e) {
            Duration took = Duration.ofNanos(waiter.nanoTime() - start);
            if (e.status() == ApiException.NO_ANSWER) {
                limiter.unanswered(took);
            } else if (e.isThrottling()) {
                limiter.throttled();
            }
            throw e;
        }
    }

    private HttpResponse<String> await(HttpRequest request, long withinMs)
            throws InterruptedException {
        CompletableFuture<HttpResponse<String>> answer =
                client.getHttpClient().sendAsync(request, String.class);
        try {
            return answer.get(withinMs + GRACE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            answer.cancel(true);
            Throwable why = e instanceof ExecutionException ? e.getCause() : e;
            throw new ApiException(
                    ApiException.NO_ANSWER,
                    "the API server does not answer: " + errorText.noAnswer(why, withinMs),
                    Set.of(),
                    null);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        }
    }

    private ApiException refused(HttpResponse<String> response) {
        int code = response.code();
        Status status = status(response.body());
        String message = status == null ? null : status.getMessage();
        Set<String> causes = Set.of();
        if (status != null && status.getDetails() != null) {
            List<StatusCause> all =
                    Objects.requireNonNullElse(status.getDetails().getCauses(), List.of());
            causes =
                    all.stream()
                            .map(StatusCause::getReason)
                            .filter(Objects::nonNull)
                            .collect(Collectors.toSet());
            String budget =
                    all.stream()
                            .filter(cause -> "DisruptionBudget".equals(cause.getReason()))
                            .map(StatusCause::getMessage)
                            .filter(Objects::nonNull)
                            .collect(Collectors.joining("; "));
            message = budget.isEmpty() ? message : message + " " + budget;
        }
        String text;
        if (code == 401) {
            text = "the API server refuses the account (401 Unauthorized)";
        } else if (message == null || message.isBlank()) {
            text = "the API server answered " + code + " " + response.message();
        } else {
            text = message;
        }
        return new ApiException(code, errorText.clean(text), causes, retryAfter(response, status));
    }

    private Status status(String body) {
        if (body == null || !body.startsWith("{")) {
            return null;
        }
        try {
            return client.getKubernetesSerialization().unmarshal(body, Status.class);
        } catch (RuntimeException e) {
            return null;
        }
    }

    private static Duration retryAfter(HttpResponse<String> response, Status status) {
        String header = response.header("Retry-After");
        if (header != null && header.matches("\\d{1,6}")) {
            return Duration.ofSeconds(Long.parseLong(header));
        }
        if (status != null
                && status.getDetails() != null
                && status.getDetails().getRetryAfterSeconds() != null) {
            return Duration.ofSeconds(status.getDetails().getRetryAfterSeconds());
        }
        return null;
    }

    /** Reads a body; what cannot be read counts as no answer. */
    <T> T read(String body, Class<T> type) {
        try {
            return client.getKubernetesSerialization().unmarshal(body, type);
        } catch (RuntimeException e) {
            throw new ApiException(
                    ApiException.NO_ANSWER,
                    "the API server's answer cannot be read as " + type.getSimpleName(),
                    Set.of(),
                    null);
        }
    }

    String json(Object body) {
        return client.getKubernetesSerialization().asJson(body);
    }

    Waiter waiter() {
        return waiter;
    }

    @Override
    public void close() {
        client.close();
    }
}
