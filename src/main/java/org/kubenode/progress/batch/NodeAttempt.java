package org.kubenode.progress.batch;

import java.util.Map;
import org.kubenode.progress.cluster.Done;
import org.kubenode.progress.cluster.NodeTarget;

/**
 * One try of one node. Routes hand it on as it is, beside the text of the operation: a name that
 * went through an expression would not always arrive.
 */
public record NodeAttempt(BatchRun run, String node) implements NodeTarget {

    @Override
    public String clusterName() {
        return run.task().clusterName();
    }

    @Override
    public Map<String, Object> params() {
        return run.task().params();
    }

    @Override
    public Object before(String field) {
        return run.tries().before(node, field);
    }

    @Override
    public void changed(Map<String, Done.Change> changes) {
        run.tries().changed(node, changes);
    }
}
