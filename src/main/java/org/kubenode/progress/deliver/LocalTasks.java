package org.kubenode.progress.deliver;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What this replica knows of the tasks it runs, for when the rows cannot be read. */
public interface LocalTasks {

    /**
     * The columns of a task as the row would have them, with those of its last message; null when
     * this replica does not run it.
     */
    Map<String, Object> task(String taskId);

    /** Its nodes' final results so far, as rows. */
    List<Map<String, Object>> nodeResults(String taskId);

    /** The running tasks of a user, or everybody's. */
    Collection<String> running(String userId, boolean all);
}
