package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusCause;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What an API server says when it does not do what it was asked.
 *
 * @param response with another status than 2xx
 * @param status its body, or null when that is none
 */
record Refusal(HttpResponse<byte[]> response, String message, Status status) {

    private static final String BUDGET = "DisruptionBudget";
    private static final String TOO_MANY = "Too many requests, please try again later";

    static Refusal of(HttpResponse<byte[]> response, Status status) {
        String message = status == null ? "" : Objects.requireNonNullElse(status.getMessage(), "");
        return new Refusal(response, message, status);
    }

    private List<StatusCause> allCauses() {
        return status == null || status.getDetails() == null
                ? List.of()
                : Objects.requireNonNullElse(status.getDetails().getCauses(), List.of());
    }

    /** The reasons of {@code details.causes}. */
    Set<String> causes() {
        return allCauses().stream()
                .map(StatusCause::getReason)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /** For the operator; not yet cleaned. */
    String text() {
        if (response.statusCode() == 401) {
            return "the API server refuses the account (401 Unauthorized)";
        }
        if (message.isBlank()) {
            return "the API server answered " + response.statusCode();
        }
        String budget =
                allCauses().stream()
                        .filter(cause -> BUDGET.equals(cause.getReason()))
                        .map(StatusCause::getMessage)
                        .filter(Objects::nonNull)
                        .collect(Collectors.joining("; "));
        return budget.isEmpty() ? message : message + " " + budget;
    }

    /** What it wishes: its header in seconds, or its body's {@code retryAfterSeconds}; or null. */
    Duration retryAfter() {
        Optional<String> header = response.headers().firstValue("Retry-After");
        if (header.isPresent() && header.get().matches("\\d{1,6}")) {
            return Duration.ofSeconds(Long.parseLong(header.get()));
        }
        return status == null
                        || status.getDetails() == null
                        || status.getDetails().getRetryAfterSeconds() == null
                ? null
                : Duration.ofSeconds(status.getDetails().getRetryAfterSeconds());
    }

    /**
     * Whether the server has too much to do: 503, or a 429 of its own. Priority and fairness
     * answers in plain text with Retry-After (apiserver, filters/priority-and-fairness.go); its
     * headers X-Kubernetes-PF-* are on every answer that it let through as well, so they tell a
     * server's 429 from a proxy's and no more. A budget and an admission webhook refuse with a
     * Status: that is no load, however often it comes.
     */
    boolean isOverload(ApiRequest request) {
        if (response.statusCode() != 429) {
            return response.statusCode() == 503;
        }
        boolean byAdmission = causes().contains(BUDGET) || message.contains("admission webhook");
        boolean eviction = request.kind().equals(ApiRequest.EVICT);
        return !byAdmission && (!eviction || status == null || message.contains(TOO_MANY));
    }

    /** A 403 of the authorizer; admission plugins and webhooks say 403 in other words. */
    boolean isLackOfRights() {
        return response.statusCode() == 403 && message.contains("forbidden: User \"");
    }
}
