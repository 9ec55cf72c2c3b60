package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.kubenode.progress.cluster.Done;
import org.kubenode.progress.cluster.Done.Change;
import org.kubenode.progress.cluster.TaintChange;

/** What a list of taints becomes. A key and effect occur once in it. */
final class Taints {

    private Taints() {}

    static List<Taint> of(Node node) {
        return node.getSpec() == null || node.getSpec().getTaints() == null
                ? List.of()
                : node.getSpec().getTaints();
    }

    /**
     * A taint that is there already stays as it is, with its timeAdded; one with another value is
     * replaced in its place; the others keep their order.
     */
    static List<Taint> apply(List<Taint> present, List<TaintChange> changes) {
        List<Taint> wanted = new ArrayList<>(present);
        for (TaintChange change : changes) {
            if (change.remove()) {
                wanted.removeIf(t -> change.removes(t.getKey(), t.getValue(), t.getEffect()));
            } else {
                put(wanted, change);
            }
        }
        return wanted;
    }

    /** By key and effect; a taint without a value has an empty one. */
    static Map<String, Change> changes(List<Taint> before, List<Taint> after) {
        return Done.changes("taints.", values(before), values(after));
    }

    private static Map<String, String> values(List<Taint> taints) {
        Map<String, String> values = new HashMap<>();
        taints.forEach(
                taint ->
                        values.put(
                                taint.getKey() + ":" + taint.getEffect(),
                                Objects.requireNonNullElse(taint.getValue(), "")));
        return values;
    }

    private static void put(List<Taint> taints, TaintChange change) {
        Taint taint =
                new TaintBuilder()
                        .withKey(change.key())
                        .withValue(change.value().isEmpty() ? null : change.value())
                        .withEffect(change.effect())
                        .build();
        for (int i = 0; i < taints.size(); i++) {
            Taint other = taints.get(i);
            if (change.matches(other.getKey(), other.getEffect())) {
                String value = Objects.requireNonNullElse(other.getValue(), "");
                if (!value.equals(change.value())) {
                    taints.set(i, taint);
                }
                return;
            }
        }
        taints.add(taint);
    }
}
