package org.kubenode.progress.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.kubenode.progress.problem.ProblemException;

/**
 * The options of the five operations: what each takes and what is allowed, decided from the request
 * alone. Each method throws a {@link ProblemException} of status 400 that names the field.
 */
public final class OperationOptions {

    /** How long a drain of one node may take when the request does not say: seconds. */
    public static final int DEFAULT_DRAIN_TIMEOUT_SECONDS = 600;

    private static final int MAX_SECONDS = 86_400;
    private static final int MAX_ENTRIES = 64;
    private static final int MAX_REASON = 1_024;
    private static final Set<String> EFFECTS =
            Set.of("NoSchedule", "PreferNoSchedule", "NoExecute");

    /** What every operation takes; who reads the request may have taken some of them out. */
    private static final Set<String> COMMON =
            Set.of(
                    "cluster_name",
                    "node_names",
                    "nodes",
                    "concurrency",
                    "reason",
                    "stop_after_failures",
                    "dry_run");

    private static final Map<String, Set<String>> OWN =
            Map.of(
                    "cordon", Set.of(),
                    "uncordon", Set.of(),
                    "label", Set.of("labels"),
                    "taint", Set.of("taints", "remove"),
                    "drain",
                            Set.of(
                                    "force",
                                    "ignore_daemonsets",
                                    "delete_emptydir_data",
                                    "grace_period_seconds",
                                    "timeout_seconds",
                                    "max_unavailable"));

    private OperationOptions() {}

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
        stopAfterFailures(options);
        if (own == null) {
            return;
        }
        switch (operation) {
            case "label" -> labels(options);
            case "taint" -> taints(options);
            case "drain" -> {
                drain(options);
                maxUnavailable(options);
            }
            default -> {}
        }
    }

    /** Whether it is one of the five: what they take is checked here. */
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

    /** After how many failed nodes the batch ends, or null for never. */
    public static Integer stopAfterFailures(Map<String, ?> params) {
        return number(params, "stop_after_failures", 1, Integer.MAX_VALUE);
    }

    /** How many nodes a drain may have out of service, or null when it is not limited. */
    public static MaxUnavailable maxUnavailable(Map<String, ?> params) {
        return MaxUnavailable.parse(params.get("max_unavailable"));
    }

    /**
     * How many nodes of a batch may be worked on at once: what the request wants, and for a drain
     * no more than {@code max_unavailable}.
     *
     * @param total the nodes of the batch
     */
    public static int nodesAtOnce(
            String operation, Map<String, ?> params, int total, int concurrency) {
        MaxUnavailable most = operation.equals("drain") ? maxUnavailable(params) : null;
        return most == null ? concurrency : Math.min(concurrency, most.of(total));
    }

    /**
     * The labels to set; a null value removes the label.
     *
     * @return in the order of the request, never empty
     */
    public static Map<String, String> labels(Map<String, ?> params) {
        String allowed = "an object of 1 to " + MAX_ENTRIES + " labels, {\"key\": \"value\"}";
        if (!(params.get("labels") instanceof Map<?, ?> given)
                || given.isEmpty()
                || given.size() > MAX_ENTRIES) {
            throw wrong("labels", "allowed: " + allowed);
        }
        Map<String, String> labels = new LinkedHashMap<>();
        given.forEach((key, value) -> labels.put(labelKey(key), labelValue(key, value)));
        return labels;
    }

    private static String labelKey(Object key) {
        if (!(key instanceof String text) || !LabelSyntax.isKey(text)) {
            throw wrong("labels." + key, KEY_RULE);
        }
        return text;
    }

    private static String labelValue(Object key, Object value) {
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text) || !LabelSyntax.isValue(text)) {
            throw wrong("labels." + key, VALUE_RULE + ", or null to remove the label");
        }
        return text;
    }

    private static final String KEY_RULE =
            "not a label key; allowed: an optional DNS subdomain and '/', then at most 63 letters,"
                    + " digits, '-', '_' and '.' that begin and end with a letter or digit";
    private static final String VALUE_RULE =
            "allowed: a text of at most 63 letters, digits, '-', '_' and '.' that begins and ends"
                    + " with a letter or digit";

    /**
     * The taints to add, replace or remove.
     *
     * @return in the order of the request, never empty, no key and effect twice
     */
    public static List<TaintChange> taints(Map<String, ?> params) {
        boolean remove = flag(params, "remove", false);
        if (!(params.get("taints") instanceof List<?> given)
                || given.isEmpty()
                || given.size() > MAX_ENTRIES) {
            throw wrong(
                    "taints",
                    "allowed: a list of 1 to "
                            + MAX_ENTRIES
                            + " taints, {\"key\", \"value\", \"effect\"}");
        }
        List<TaintChange> changes = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            TaintChange change = taint("taints[" + i + "]", given.get(i), remove);
            if (changes.stream().anyMatch(c -> overlap(c, change))) {
                throw wrong("taints[" + i + "]", "its key and effect occur twice");
            }
            changes.add(change);
        }
        return changes;
    }

    private static boolean overlap(TaintChange one, TaintChange other) {
        return one.key().equals(other.key())
                && (one.effect() == null
                        || other.effect() == null
                        || one.effect().equals(other.effect()));
    }

    private static TaintChange taint(String field, Object given, boolean removeAll) {
        if (!(given instanceof Map<?, ?> map)) {
            throw wrong(field, "allowed: an object with key, value, effect and remove");
        }
        for (Object name : map.keySet()) {
            if (!Set.of("key", "value", "effect", "remove").contains(name)) {
                throw wrong(
                        field + "." + name,
                        "a taint has no such field; allowed: key, value, effect, remove");
            }
        }
        if (!(map.get("key") instanceof String key) || !LabelSyntax.isKey(key)) {
            throw wrong(field + ".key", KEY_RULE);
        }
        Object value = map.get("value") == null ? "" : map.get("value");
        if (!(value instanceof String text) || !LabelSyntax.isValue(text)) {
            throw wrong(field + ".value", VALUE_RULE);
        }
        Object own = map.get("remove");
        if (own != null && !(own instanceof Boolean)) {
            throw wrong(field + ".remove", "allowed: true or false");
        }
        boolean remove = own == null ? removeAll : (Boolean) own;
        Object effect = map.get("effect");
        if (effect == null && remove) {
            return new TaintChange(key, text, null, true);
        }
        if (!(effect instanceof String name) || !EFFECTS.contains(name)) {
            throw wrong(field + ".effect", "allowed: NoSchedule, PreferNoSchedule, NoExecute");
        }
        return new TaintChange(key, text, name, remove);
    }

    /** What a drain may do. */
    public static DrainOptions drain(Map<String, ?> params) {
        Integer seconds = number(params, "timeout_seconds", 0, MAX_SECONDS);
        int timeout = seconds == null ? DEFAULT_DRAIN_TIMEOUT_SECONDS : seconds;
        return new DrainOptions(
                flag(params, "force", false),
                flag(params, "ignore_daemonsets", false),
                flag(params, "delete_emptydir_data", false),
                number(params, "grace_period_seconds", 0, MAX_SECONDS),
                timeout == 0 ? null : Duration.ofSeconds(timeout),
                dryRun(params));
    }

    private static boolean flag(Map<String, ?> params, String field, boolean standard) {
        Object value = params.get(field);
        if (value == null) {
            return standard;
        }
        if (!(value instanceof Boolean flag)) {
            throw wrong(field, "allowed: true or false");
        }
        return flag;
    }

    private static Integer number(Map<String, ?> params, String field, int min, int max) {
        Object value = params.get(field);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Integer number) || number < min || number > max) {
            throw wrong(field, "allowed: a whole number from " + min + " to " + max);
        }
        return number;
    }

    private static ProblemException wrong(String field, String detail) {
        return new ProblemException(400, field, field + ": " + detail);
    }
}
