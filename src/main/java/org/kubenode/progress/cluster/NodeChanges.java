package org.kubenode.progress.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.kubenode.progress.problem.ProblemException;

/**
 * The labels and taints of a request. Each method throws a {@link ProblemException} of status 400
 * that names the field.
 */
public final class NodeChanges {

    private static final int MAX_ENTRIES = 64;
    private static final Set<String> EFFECTS =
            Set.of("NoSchedule", "PreferNoSchedule", "NoExecute");

    /** Labels that the kubelet or a cloud controller keeps (kubernetes.io, Well-Known Labels). */
    private static final Set<String> SYSTEM_LABELS =
            Set.of(
                    "kubernetes.io/hostname",
                    "kubernetes.io/os",
                    "kubernetes.io/arch",
                    "beta.kubernetes.io/os",
                    "beta.kubernetes.io/arch",
                    "beta.kubernetes.io/instance-type",
                    "node.kubernetes.io/instance-type",
                    "node.kubernetes.io/windows-build",
                    "topology.kubernetes.io/zone",
                    "topology.kubernetes.io/region",
                    "failure-domain.beta.kubernetes.io/zone",
                    "failure-domain.beta.kubernetes.io/region");

    private NodeChanges() {}

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
            throw OperationOptions.wrong("labels", "allowed: " + allowed);
        }
        boolean force = OperationOptions.flag(params, "force", false);
        Map<String, String> labels = new LinkedHashMap<>();
        given.forEach((key, value) -> labels.put(labelKey(key), labelValue(key, value)));
        labels.forEach(
                (key, value) -> {
                    if (value == null && !force && SYSTEM_LABELS.contains(key)) {
                        throw OperationOptions.wrong(
                                "labels." + key,
                                "a label of the system, which the scheduler and others rely on;"
                                        + " allowed: its removal with force");
                    }
                });
        return labels;
    }

    private static String labelKey(Object key) {
        if (!(key instanceof String text) || !LabelSyntax.isKey(text)) {
            throw OperationOptions.wrong("labels." + key, KEY_RULE);
        }
        return text;
    }

    private static String labelValue(Object key, Object value) {
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text) || !LabelSyntax.isValue(text)) {
            throw OperationOptions.wrong(
                    "labels." + key, VALUE_RULE + ", or null to remove the label");
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
        boolean remove = OperationOptions.flag(params, "remove", false);
        if (!(params.get("taints") instanceof List<?> given)
                || given.isEmpty()
                || given.size() > MAX_ENTRIES) {
            throw OperationOptions.wrong(
                    "taints",
                    "allowed: a list of 1 to "
                            + MAX_ENTRIES
                            + " taints, {\"key\", \"value\", \"effect\"}");
        }
        List<TaintChange> changes = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            TaintChange change = taint("taints[" + i + "]", given.get(i), remove);
            if (changes.stream().anyMatch(c -> overlap(c, change))) {
                throw OperationOptions.wrong("taints[" + i + "]", "its key and effect occur twice");
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
            throw OperationOptions.wrong(
                    field, "allowed: an object with key, value, effect and remove");
        }
        for (Object name : map.keySet()) {
            if (!Set.of("key", "value", "effect", "remove").contains(name)) {
                throw OperationOptions.wrong(
                        field + "." + name,
                        "a taint has no such field; allowed: key, value, effect, remove");
            }
        }
        if (!(map.get("key") instanceof String key) || !LabelSyntax.isKey(key)) {
            throw OperationOptions.wrong(field + ".key", KEY_RULE);
        }
        Object value = map.get("value") == null ? "" : map.get("value");
        if (!(value instanceof String text) || !LabelSyntax.isValue(text)) {
            throw OperationOptions.wrong(field + ".value", VALUE_RULE);
        }
        Object own = map.get("remove");
        if (own != null && !(own instanceof Boolean)) {
            throw OperationOptions.wrong(field + ".remove", "allowed: true or false");
        }
        boolean remove = own == null ? removeAll : (Boolean) own;
        Object effect = map.get("effect");
        if (effect == null && remove) {
            return new TaintChange(key, text, null, true);
        }
        if (!(effect instanceof String name) || !EFFECTS.contains(name)) {
            throw OperationOptions.wrong(
                    field + ".effect", "allowed: NoSchedule, PreferNoSchedule, NoExecute");
        }
        return new TaintChange(key, text, name, remove);
    }
}
