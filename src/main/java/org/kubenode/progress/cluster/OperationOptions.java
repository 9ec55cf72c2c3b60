package org.kubenode.progress.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.kubenode.progress.problem.ProblemException;

/**
 * The options of the operations that are part of this product: what each takes and what is allowed,
 * decided from the request alone. Each method throws a {@link ProblemException} of status 400 that
 * names the field.
 */
public final class OperationOptions {

    /** How long a drain of one node may take when the request does not say: seconds. */
    public static final int DEFAULT_DRAIN_TIMEOUT_SECONDS = 600;

    private static final int MAX_SECONDS = 86_400;
    private static final int MAX_REASON = 1_024;

    /** What every operation takes; who reads the request may have taken some of them out. */
    private static final Set<String> COMMON =
            Set.of(
                    "cluster_name",
                    "node_names",
                    "nodes",
                    "selector",
                    "concurrency",
                    "reason",
                    "stop_after_failures",
                    "pause_after_failures",
                    "starts_at",
                    "dry_run");

    private static final Set<String> DRAIN =
            Set.of(
                    "force",
                    "ignore_daemonsets",
                    "delete_emptydir_data",
                    "grace_period_seconds",
                    "timeout_seconds",
                    "pod_selector",
                    "skip_wait_for_delete_timeout_seconds",
                    "disable_eviction",
                    "confirm_disable_eviction",
                    "max_unavailable");

    private static final Map<String, Set<String>> OWN =
            Map.of(
                    "cordon", Set.of(),
                    "uncordon", Set.of(),
                    "label", Set.of("labels", "force"),
                    "taint", Set.of("taints", "remove"),
                    "drain", and(DRAIN, "max_draining"),
                    "roll", and(DRAIN, "step", "step_options", "ready_timeout_seconds"));

    private static final Pattern STEP = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    private OperationOptions() {}

    private static Set<String> and(Set<String> some, String... more) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(Set.of(more));
        return all;
    }

    /**
     * Refuses what an operation cannot use. An operation that is none of the five is a route of its
     * own and takes what it likes beside the common options.
     *
     * @param params the request's options; null is none
     */
    public static void validate(String operation, Map<String, ?> params) {
        Map<String, ?> options = params == null ? Map.of() : params;
        Set<String> own = OWN.get(operation);
        if (own != null) {
            refuseUnknown(operation, own, options);
        }
        reason(options);
        dryRun(options);
        StopRule.of(options);
        if (own == null) {
            return;
        }
        switch (operation) {
            case "label" -> NodeChanges.labels(options);
            case "taint" -> NodeChanges.taints(options);
            case "drain" -> {
                drain(options);
                maxDraining(options);
            }
            case "roll" -> {
                drain(options);
                step(options);
                stepOptions(options);
                readyTimeout(options);
                mostOutOfService(operation, options, 1);
            }
            default -> {}
        }
    }

    /** Whether it is one of the six: what they take is checked here. */
    public static boolean isOwn(String operation) {
        return OWN.containsKey(operation);
    }

    private static void refuseUnknown(String operation, Set<String> own, Map<String, ?> options) {
        for (String name : options.keySet()) {
            if (!own.contains(name) && !COMMON.contains(name)) {
                Set<String> allowed = new TreeSet<>(own);
                allowed.addAll(COMMON);
                allowed.remove("nodes");
                throw wrong(
                        name,
                        operation + " has no such option; allowed: " + String.join(", ", allowed));
            }
        }
    }

    /** Why the operator does it, or null. */
    public static String reason(Map<String, ?> params) {
        Object reason = params.get("reason");
        if (reason == null) {
            return null;
        }
        if (!(reason instanceof String text)
                || text.isBlank()
                || text.length() > MAX_REASON
                || text.chars().anyMatch(Character::isISOControl)) {
            throw wrong("reason", "allowed: one line of 1 to " + MAX_REASON + " characters");
        }
        return text;
    }

    /** Whether nothing may be changed; the default is false. */
    public static boolean dryRun(Map<String, ?> params) {
        return flag(params, "dry_run", false);
    }

    /**
     * How many nodes may be draining at once, or null when it is not limited. {@code
     * max_unavailable} is its old name, which promised more: a drained node stays out of service.
     */
    public static MaxDraining maxDraining(Map<String, ?> params) {
        boolean old = params.get("max_unavailable") != null;
        if (old && params.get("max_draining") != null) {
            throw wrong("max_unavailable", "the old name of max_draining; allowed: one of them");
        }
        String field = old ? "max_unavailable" : "max_draining";
        return MaxDraining.parse(field, params.get(field));
    }

    /**
     * Whether an operation is done with a node after some requests: it waits for nobody and moves
     * no pod.
     */
    public static boolean isQuick(String operation, Map<String, ?> params) {
        return switch (operation) {
            case "cordon", "uncordon", "label" -> true;
            case "taint" ->
                    NodeChanges.taints(params).stream()
                            .noneMatch(t -> !t.remove() && "NoExecute".equals(t.effect()));
            default -> false;
        };
    }

    /** Whether it moves pods, by a drain. */
    public static boolean isDrain(String operation) {
        return operation.equals("drain") || operation.equals("roll");
    }

    /** Whether only an administrator may ask for it: what goes past disruption budgets. */
    public static boolean isForAdmins(String operation, Map<String, ?> params) {
        return isDrain(operation) && drain(params).disableEviction();
    }

    /**
     * How many nodes of a batch may be worked on at once: what the request wants, and for a drain
     * no more than {@code max_draining}.
     *
     * @param total the nodes of the batch
     */
    public static int nodesAtOnce(
            String operation, Map<String, ?> params, int total, int concurrency) {
        MaxDraining most = operation.equals("drain") ? maxDraining(params) : null;
        return most == null ? concurrency : Math.min(concurrency, most.of(total));
    }

    /**
     * How many nodes of a batch may be out of service at once, those that failed and stay so with
     * them: of a roll one, unless {@code max_unavailable} says otherwise.
     *
     * @param total the nodes of the batch
     * @return {@link Integer#MAX_VALUE} for any other operation
     */
    public static int mostOutOfService(String operation, Map<String, ?> params, int total) {
        if (!operation.equals("roll")) {
            return Integer.MAX_VALUE;
        }
        MaxDraining most = MaxDraining.parse("max_unavailable", params.get("max_unavailable"));
        return most == null ? 1 : most.of(total);
    }

    /** The operation that a roll runs on each drained node. */
    public static String step(Map<String, ?> params) {
        Object step = params.get("step");
        if (step == null) {
            return "reboot";
        }
        if (!(step instanceof String name) || !STEP.matcher(name).matches() || isOwn(name)) {
            throw wrong("step", "allowed: the name of an operation of one's own");
        }
        return name;
    }

    /** The options that a roll's step finds; empty for none. */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> stepOptions(Map<String, ?> params) {
        Object options = params.get("step_options");
        if (options != null && !(options instanceof Map)) {
            throw wrong("step_options", "allowed: an object");
        }
        return options == null ? Map.of() : (Map<String, Object>) options;
    }

    /** How long a node may take after its step until it is Ready again. */
    public static Duration readyTimeout(Map<String, ?> params) {
        Integer seconds = number(params, "ready_timeout_seconds", 1, MAX_SECONDS);
        return Duration.ofSeconds(seconds == null ? DEFAULT_DRAIN_TIMEOUT_SECONDS : seconds);
    }

    /** What a drain may do. */
    public static DrainOptions drain(Map<String, ?> params) {
        Integer seconds = number(params, "timeout_seconds", 0, MAX_SECONDS);
        int timeout = seconds == null ? DEFAULT_DRAIN_TIMEOUT_SECONDS : seconds;
        Integer skip = number(params, "skip_wait_for_delete_timeout_seconds", 0, MAX_SECONDS);
        return new DrainOptions(
                flag(params, "force", false),
                flag(params, "ignore_daemonsets", false),
                flag(params, "delete_emptydir_data", false),
                number(params, "grace_period_seconds", 0, MAX_SECONDS),
                timeout == 0 ? null : Duration.ofSeconds(timeout),
                podSelector(params),
                skip == null ? 0 : skip,
                disableEviction(params),
                dryRun(params));
    }

    private static String podSelector(Map<String, ?> params) {
        Object selector = params.get("pod_selector");
        if (selector == null) {
            return null;
        }
        if (!(selector instanceof String text) || text.isBlank()) {
            throw wrong("pod_selector", "allowed: a label selector, for example app=web");
        }
        LabelSelector.parse("pod_selector", text);
        return text;
    }

    private static boolean disableEviction(Map<String, ?> params) {
        boolean disabled = flag(params, "disable_eviction", false);
        if (disabled && !flag(params, "confirm_disable_eviction", false)) {
            throw wrong(
                    "confirm_disable_eviction",
                    "pods are deleted past their disruption budgets with disable_eviction;"
                            + " allowed: true, beside it");
        }
        return disabled;
    }

    static boolean flag(Map<String, ?> params, String field, boolean standard) {
        Object value = params.get(field);
        if (value == null) {
            return standard;
        }
        if (!(value instanceof Boolean flag)) {
            throw wrong(field, "allowed: true or false");
        }
        return flag;
    }

    static Integer number(Map<String, ?> params, String field, int min, int max) {
        Object value = params.get(field);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Integer number) || number < min || number > max) {
            throw wrong(field, "allowed: a whole number from " + min + " to " + max);
        }
        return number;
    }

    static ProblemException wrong(String field, String detail) {
        return new ProblemException(400, field, field + ": " + detail);
    }
}
