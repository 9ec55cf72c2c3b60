package org.kubenode.progress.wire;

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

    /** A failed node and why it failed. */
    public record Failed(String node, String error) {}
}
