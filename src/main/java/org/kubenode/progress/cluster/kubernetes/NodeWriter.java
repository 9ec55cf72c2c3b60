package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.kubenode.progress.cluster.Done;
import org.kubenode.progress.cluster.Done.Change;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.cluster.TaintChange;

/**
 * Changes nodes by patches. Where a patch depends on what is there it carries a test, so that
 * nothing another client wrote in between is lost.
 */
final class NodeWriter {

    /** Why a node was cordoned: an annotation that uncordon removes. */
    static final String REASON = "kubenode.org/reason";

    private static final String REASON_PATH = "/metadata/annotations/kubenode.org~1reason";
    private static final String UNSCHEDULABLE_PATH = "/spec/unschedulable";
    private static final String TAINTS_PATH = "/spec/taints";

    /** What the API server answers to a JSON patch whose test fails. */
    private static final int TEST_FAILED = 422;

    private static final int MOST_TRIES = 10;

    private final ApiServer server;
    private final Backoff backoff = Backoff.jittered();

    NodeWriter(ApiServer server) {
        this.server = server;
    }

    /**
     * One request, unless the node is cordoned already or has another reason. That a member is
     * absent is tested by a null, which the API server takes although RFC 6902 does not know it; a
     * server that does not costs two requests more.
     */
    Done cordon(String node, String reason, boolean dryRun) throws InterruptedException {
        List<Map<String, Object>> patch = new ArrayList<>();
        patch.add(operation("test", UNSCHEDULABLE_PATH, null));
        patch.add(operation("add", UNSCHEDULABLE_PATH, true));
        if (reason != null) {
            patch.add(operation("test", REASON_PATH, null));
            patch.add(operation("add", REASON_PATH, reason));
        }
        if (applied(node, patch, dryRun)) {
            return new Done("cordoned", changes(false, true, null, reason));
        }
        Node present = read(node);
        boolean already = unschedulable(present);
        String kept = reasonOf(present);
        String wanted = reason == null ? kept : reason;
        if (already && Objects.equals(wanted, kept)) {
            return new Done("already cordoned", Map.of());
        }
        merge(node, schedulability(true, reason, reason != null), dryRun);
        return new Done(
                already ? "already cordoned, reason changed" : "cordoned",
                changes(already, true, kept, wanted));
    }

    /** One request, unless the node is schedulable already or carries a reason. */
    Done uncordon(String node, boolean dryRun) throws InterruptedException {
        List<Map<String, Object>> patch = new ArrayList<>();
        patch.add(operation("test", UNSCHEDULABLE_PATH, true));
        patch.add(operation("test", REASON_PATH, null));
        patch.add(removal(UNSCHEDULABLE_PATH));
        if (applied(node, patch, dryRun)) {
            return new Done("uncordoned", changes(true, false, null, null));
        }
        Node present = read(node);
        boolean already = !unschedulable(present);
        if (already && reasonOf(present) == null) {
            return new Done("already uncordoned", Map.of());
        }
        merge(node, schedulability(null, null, true), dryRun);
        return new Done(
                already ? "already uncordoned" : "uncordoned",
                changes(!already, false, reasonOf(present), null));
    }

    private static Map<String, Change> changes(
            boolean was, boolean is, String reasonBefore, String reason) {
        Map<String, Change> changes = new LinkedHashMap<>();
        put(changes, "unschedulable", was, is);
        put(changes, "reason", reasonBefore, reason);
        return changes;
    }

    private static void put(Map<String, Change> changes, String field, Object from, Object to) {
        if (!Objects.equals(from, to)) {
            changes.put(field, new Change(from, to));
        }
    }

    /** A read to see what is there, and a patch where that differs. */
    Done label(String node, Map<String, String> labels, boolean dryRun)
            throws InterruptedException {
        Map<String, String> present =
                Objects.requireNonNullElse(read(node).getMetadata().getLabels(), Map.of());
        Map<String, Change> changes = new LinkedHashMap<>();
        labels.forEach((key, value) -> put(changes, "labels." + key, present.get(key), value));
        if (changes.isEmpty()) {
            return new Done("already labeled", changes);
        }
        merge(node, Map.of("metadata", Map.of("labels", labels)), dryRun);
        return new Done("labeled", changes);
    }

    /**
     * A read, and a patch that tests for what was read: the API server takes the list of taints as
     * a whole, so a plain patch would undo a taint that came in between.
     */
    Done taint(String node, List<TaintChange> changes, boolean dryRun) throws InterruptedException {
        boolean removal = changes.stream().allMatch(TaintChange::remove);
        Node present = read(node);
        for (int attempt = 1; ; attempt++) {
            List<Taint> taints = Taints.of(present);
            List<Taint> wanted = Taints.apply(taints, changes);
            if (wanted.equals(taints)) {
                return new Done(removal ? "already untainted" : "already tainted", Map.of());
            }
            try {
                server.call(jsonPatch(node, taintPatch(present, taints, wanted), dryRun));
                return new Done(removal ? "untainted" : "tainted", Taints.changes(taints, wanted));
            } catch (ApiException e) {
                if (e.status() != TEST_FAILED) {
                    throw e;
                }
                // Before the read, so that what is read is fresh when it is tested for.
                server.waiter().pause(backoff.delay(attempt - 1, null));
                Node now = read(node);
                if (Objects.equals(versionOf(now), versionOf(present))) {
                    // Nothing came in between: it is the new taints that are refused.
                    throw e;
                }
                if (attempt >= MOST_TRIES) {
                    throw new NodeOperationException(
                            "others changed the node each time, "
                                    + attempt
                                    + " tries: its taints are as they left them");
                }
                present = now;
            }
        }
    }

    /**
     * Tests for the taints alone where there are some, so that the node's heartbeats do not matter;
     * a test for an absent member is none that RFC 6902 has.
     */
    private static List<Map<String, Object>> taintPatch(
            Node present, List<Taint> taints, List<Taint> wanted) {
        Map<String, Object> test =
                taints.isEmpty()
                        ? operation("test", "/metadata/resourceVersion", versionOf(present))
                        : operation("test", TAINTS_PATH, taints);
        return List.of(
                test,
                wanted.isEmpty() ? removal(TAINTS_PATH) : operation("add", TAINTS_PATH, wanted));
    }

    /** False when a test of the patch did not hold, or its path is not there. */
    private boolean applied(String node, List<Map<String, Object>> patch, boolean dryRun)
            throws InterruptedException {
        try {
            server.call(jsonPatch(node, patch, dryRun));
            return true;
        } catch (ApiException e) {
            if (e.status() == TEST_FAILED) {
                return false;
            }
            throw e;
        }
    }

    private ApiRequest jsonPatch(String node, List<Map<String, Object>> patch, boolean dryRun) {
        return ApiRequest.patchNode(node, ApiRequest.JSON_PATCH, PatchJson.of(patch))
                .with("fieldManager", ApiServer.FIELD_MANAGER)
                .dryRun(dryRun);
    }

    private void merge(String node, Map<String, Object> patch, boolean dryRun)
            throws InterruptedException {
        server.call(
                ApiRequest.patchNode(node, ApiRequest.MERGE_PATCH, PatchJson.of(patch))
                        .with("fieldManager", ApiServer.FIELD_MANAGER)
                        .dryRun(dryRun));
    }

    private static Map<String, Object> schedulability(
            Boolean unschedulable, String reason, boolean writeReason) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("unschedulable", unschedulable);
        Map<String, Object> patch = new LinkedHashMap<>();
        if (writeReason) {
            Map<String, Object> annotations = new LinkedHashMap<>();
            annotations.put(REASON, reason);
            patch.put("metadata", Map.of("annotations", annotations));
        }
        patch.put("spec", spec);
        return patch;
    }

    private static Map<String, Object> operation(String op, String path, Object value) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("op", op);
        operation.put("path", path);
        operation.put("value", value);
        return operation;
    }

    private static Map<String, Object> removal(String path) {
        Map<String, Object> operation = operation("remove", path, null);
        operation.remove("value");
        return operation;
    }

    private Node read(String node) throws InterruptedException {
        Node read = server.read(server.call(ApiRequest.getNode(node)), Node.class);
        if (read.getMetadata() == null || read.getSpec() == null) {
            throw ApiException.noAnswer("the API server's answer is no node");
        }
        return read;
    }

    private static boolean unschedulable(Node node) {
        return Boolean.TRUE.equals(node.getSpec().getUnschedulable());
    }

    private static String versionOf(Node node) {
        return node.getMetadata().getResourceVersion();
    }

    private static String reasonOf(Node node) {
        Map<String, String> annotations = node.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(REASON);
    }
}
