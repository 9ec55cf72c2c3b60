package org.kubenode.progress.deliver;

import java.util.Collection;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NodeResults;

/** What this replica knows of the tasks it runs, for when the rows cannot be read. */
public interface LocalTasks {

    /**
     * A task's last message, or before the first what there is of it; null when this replica does
     * not run it.
     */
    Frame state(String taskId);

    /** Its nodes' final results so far. */
    NodeResults results(String taskId);

    /** The running tasks of a user, or everybody's. */
    Collection<String> running(String userId, boolean all);
}
