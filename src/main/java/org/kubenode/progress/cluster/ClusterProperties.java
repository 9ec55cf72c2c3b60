package org.kubenode.progress.cluster;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One entry of the configuration list {@code clusters}. A wrong value throws an {@link
 * IllegalArgumentException} that names the key, the value and what is allowed.
 *
 * @param name unique, an RFC 1123 subdomain of up to 63 characters
 * @param type {@code simulated} or {@code kubernetes}
 * @param nodes simulated: how many nodes, {@code node-1} to {@code node-N}; 0 to 100,000, default
 *     100
 * @param latencyMs simulated: milliseconds an operation takes; 0 to 600,000, default 20
 * @param failingNodes simulated: names of nodes on which every operation fails
 * @param kubeconfig kubernetes: path of a kubeconfig file; without it the account of the pod
 * @param context kubernetes: a context of the kubeconfig, default its current one
 * @param requestTimeoutMs kubernetes: milliseconds one request may take; 100 to 600,000, default
 *     10,000
 * @param maxRetries kubernetes: how often a request is repeated after 409, 429, 5xx or no answer; 0
 *     to 20, default 5
 * @param concurrency how many nodes of this cluster are worked on at once by this replica, over all
 *     its batches; 1 to 1,000, default 50
 */
public record ClusterProperties(
        String name,
        String type,
        Integer nodes,
        Integer latencyMs,
        List<String> failingNodes,
        String kubeconfig,
        String context,
        Integer requestTimeoutMs,
        Integer maxRetries,
        Integer concurrency) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?");
    private static final Set<String> TYPES = Set.of("simulated", "kubernetes");

    public ClusterProperties {
        if (name == null || !NAME.matcher(name).matches()) {
            throw wrong("name", name, "lower-case letters, digits, '-' and '.', at most 63");
        }
        if (type == null || !TYPES.contains(type)) {
            throw wrong("type", type, "simulated or kubernetes");
        }
        nodes = within("nodes", nodes, 100, 0, 100_000);
        latencyMs = within("latency_ms", latencyMs, 20, 0, 600_000);
        failingNodes = failingNodes == null ? List.of() : List.copyOf(failingNodes);
        kubeconfig = blankToNull(kubeconfig);
        context = blankToNull(context);
        if (context != null && kubeconfig == null) {
            throw wrong("context", context, "a context only beside kubeconfig");
        }
        requestTimeoutMs = within("request_timeout_ms", requestTimeoutMs, 10_000, 100, 600_000);
        maxRetries = within("max_retries", maxRetries, 5, 0, 20);
        concurrency = within("concurrency", concurrency, 50, 1, 1_000);
    }

    private static Integer within(String key, Integer value, int standard, int min, int max) {
        int number = Objects.requireNonNullElse(value, standard);
        if (number < min || number > max) {
            throw wrong(key, value, "a number from " + min + " to " + max);
        }
        return number;
    }

    private static String blankToNull(String text) {
        return text == null || text.isBlank() ? null : text;
    }

    private static IllegalArgumentException wrong(String key, Object value, String allowed) {
        return new IllegalArgumentException(
                "clusters[]." + key + " is '" + value + "'; allowed: " + allowed);
    }
}
