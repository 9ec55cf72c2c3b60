package org.kubenode.progress.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import org.kubenode.progress.cluster.Done.Change;

/** What the steps of a roll compute; the order of the steps is a route. */
public final class Rolls {

    private final Clusters clusters;

    Rolls(Clusters clusters) {
        this.clusters = clusters;
    }

    /**
     * Looks at a node before it is touched, and keeps whether it was cordoned.
     *
     * @param retried something when an earlier task, which this one repeats, has cordoned it; else
     *     null
     * @return one line for its first row
     */
    public String begin(NodeTarget target, Object retried) {
        NodeState state = state(target);
        if (state.cordoned() && retried == null) {
            return target.cordonedByTask() ? "goes on" : "begins; it is cordoned, and will stay so";
        }
        if (!target.dryRun()) {
            // What it becomes is not known yet; that it was schedulable must outlive this replica.
            target.changed(
                    Map.of("unschedulable", new Change(false, state.cordoned() ? true : null)));
        }
        return "begins";
    }

    /**
     * Keeps what tells a start of the node from the next.
     *
     * @param text of the drain
     * @return the same
     */
    public String drained(String text, NodeTarget target) {
        if (!target.dryRun()) {
            NodeState state = state(target);
            Map<String, Change> before = new LinkedHashMap<>();
            before.put("boot_id", new Change(state.bootId(), null));
            before.put("ready_since", new Change(state.readySince(), null));
            target.changed(before);
        }
        return text;
    }

    /**
     * The step as a cluster without machines plays it.
     *
     * @return one line, or null when the cluster is real
     */
    public String play(NodeTarget target) {
        Cluster cluster = clusters.get(target.clusterName());
        return cluster.type().equals("simulated") ? clusters.run(target, "reboot") : null;
    }

    /** The operation that is the step. */
    public String step(NodeTarget target) {
        return OperationOptions.step(target.params());
    }

    /** What that operation finds as its options. */
    public Map<String, Object> stepOptions(NodeTarget target) {
        return OperationOptions.stepOptions(target.params());
    }

    /** Begins to wait until a node is Ready again. */
    public ReadyWait awaitReady(NodeTarget target) {
        return new ReadyWait(
                clusters.get(target.clusterName()),
                target,
                OperationOptions.readyTimeout(target.params()),
                clusters.waiter());
    }

    /** See {@link ReadyWait#look}. */
    public String look(ReadyWait wait) {
        return Clusters.told(wait::look);
    }

    /** What a dry run says at its end. */
    public String plan(NodeTarget target, Drain drain) {
        String drained = drain == null ? "would drain" : drain.result();
        return drained + ", then " + step(target) + ", wait until Ready, uncordon";
    }

    private NodeState state(NodeTarget target) {
        Cluster cluster = clusters.get(target.clusterName());
        return Clusters.told(() -> cluster.state(target.node()));
    }
}
