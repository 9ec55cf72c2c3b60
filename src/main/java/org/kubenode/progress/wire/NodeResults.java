package org.kubenode.progress.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What became of each node that has a final result, as terminal frames and snapshots carry it.
 *
 * @param succeeded names of the nodes that succeeded, in the order they ended
 * @param failed the others, with the reason
 */
public record NodeResults(List<String> succeeded, List<Failed> failed) {

    /** No node has a final result. */
    public static final NodeResults NONE = new NodeResults(List.of(), List.of());

    public NodeResults {
        succeeded = List.copyOf(succeeded);
        failed = List.copyOf(failed);
    }

    /**
     * As much of the lists as fits into so many bytes of JSON, failed nodes first: they are what
     * the operator acts on. Equal to this when all of it does.
     */
    public NodeResults cut(int bytes) {
        int[] left = {bytes};
        List<Failed> shownFailed =
                failed.stream().takeWhile(f -> take(left, f.node(), f.error())).toList();
        List<String> shownSucceeded =
                succeeded.stream().takeWhile(node -> take(left, node, null)).toList();
        return new NodeResults(shownSucceeded, shownFailed);
    }

    private static boolean take(int[] left, String node, String error) {
        left[0] -= node.length() + 3;
        left[0] -= error == null ? 0 : error.getBytes(StandardCharsets.UTF_8).length + 30;
        return left[0] >= 0;
    }

    /** A failed node and why it failed. */
    public record Failed(String node, String error) {}
}
