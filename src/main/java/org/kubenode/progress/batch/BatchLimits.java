package org.kubenode.progress.batch;

/**
 * What a batch asks beyond its own concurrency. Calls come under the batch's lock, but for {@link
 * #release}: return at once.
 */
interface BatchLimits {

    /** Takes what one more node needs of the replica and of the cluster, or nothing. */
    boolean tryAcquire(BatchRun run);

    /** Gives it back. */
    void release(BatchRun run);

    /** Why no node may be started at this time of day, or null. */
    String closed(BatchRun run);

    /** Whether the owner may start an operation at this moment: its lease runs. */
    boolean mayStart(BatchRun run);

    /** An operation starts. */
    void started(BatchRun run, String node);

    /** Why the batch must end when so many of its nodes have failed, or null. */
    String stopRule(BatchRun run, int failed);

    /** Why the batch must pause when so many more of its nodes have failed, or null. */
    String pauseRule(BatchRun run, int failed);

    /** The task's end is committed. */
    void ended(BatchRun run);

    /** Its lease was given up. */
    void handedOver(BatchRun run);

    /** Another replica owns the task now, or its rows are refused. */
    void lost(BatchRun run, String why);
}
