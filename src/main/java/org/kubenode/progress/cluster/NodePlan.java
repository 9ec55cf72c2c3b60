package org.kubenode.progress.cluster;

import java.util.Map;

/**
 * What a drain is going to do with each pod of a node and, once it was begun, what it did.
 *
 * @param pods by {@code namespace/name}
 * @param budgets of a dry run, by {@code namespace/name}, those that protect pods which have to go;
 *     null where nobody looked, or the account may not see them
 */
public record NodePlan(Map<String, Pod> pods, Map<String, Budget> budgets) {

    /** What is planned for a pod. */
    public enum Fate {
        EVICT,
        KEEP,
        REFUSE
    }

    /** What became of a pod that had to go. */
    public enum Outcome {
        EVICTED,
        /** Somebody else removed it. */
        GONE,
        /** Its eviction will never be allowed. */
        FAILED,
        /** It is still there. */
        LEFT
    }

    /**
     * One pod.
     *
     * @param why it stays, or keeps the drain from beginning; null for one that goes
     * @param lost whether nothing will make it again
     * @param waits what its eviction waited for, or would wait for; null for nothing
     * @param outcome null for a pod that stays, and before the drain has begun
     */
    public record Pod(Fate plan, String why, boolean lost, String waits, Outcome outcome) {}

    /**
     * What a disruption budget allows.
     *
     * @param allowed evictions it allowed at that moment
     * @param pods of this node that it protects and that have to go
     */
    public record Budget(int allowed, int pods) {}
}
