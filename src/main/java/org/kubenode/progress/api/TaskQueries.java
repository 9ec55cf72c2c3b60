package org.kubenode.progress.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.security.Caller;
import org.kubenode.progress.wire.WireCodec;

/** Decides who may do what with a task. */
public final class TaskQueries {

    /** Now, as rows hold it. */
    public String now() {
        return WireCodec.timestamp(Instant.now());
    }

    /**
     * Only the task's user and an admin may end it.
     *
     * @throws ProblemException 403
     */
    public void requireMayChange(Caller caller, Map<String, Object> task) {
        if (!caller.role().mayStart()) {
            throw new ProblemException(403, null, "the role viewer changes no tasks");
        }
        if (!caller.userId().equals(task.get("user_id"))) {
            caller.grants()
                    .require(
                            String.valueOf(task.get("cluster_name")),
                            String.valueOf(task.get("action")));
        }
    }

    /**
     * A second person, named to do so.
     *
     * @throws ProblemException 403; 404 where the caller may not even know of the task
     */
    public void requireMayApprove(Caller caller, Map<String, Object> task) {
        if (!caller.mayApprove(String.valueOf(task.get("cluster_name")))) {
            throw caller.maySee(String.valueOf(task.get("user_id")))
                    ? new ProblemException(
                            403, null, "the caller has no grant to approve on this cluster")
                    : new ProblemException(404, "task_id", "there is no such task");
        }
        if (caller.userId().equals(task.get("user_id"))) {
            throw new ProblemException(403, null, "it takes another person than who started it");
        }
    }

    /**
     * @throws ProblemException 409 when the task has ended
     */
    public void requireRunning(Map<String, Object> task) {
        if (task.get("completed_at") != null) {
            throw new ProblemException(
                    409, "task_id", "the task has ended already: " + task.get("status"));
        }
    }

    /**
     * @param rows what a statement changed
     * @param why what it means when it changed nothing
     * @throws ProblemException 409 with that
     */
    public Map<String, Object> requireChanged(List<Map<String, Object>> rows, String why) {
        if (rows.isEmpty()) {
            throw new ProblemException(409, "task_id", why);
        }
        return rows.get(0);
    }

    /**
     * @throws ProblemException 404 for somebody else's task, 409 while the task runs
     */
    public void requireEnded(Caller caller, Map<String, Object> task) {
        if (!caller.userId().equals(task.get("user_id"))) {
            throw new ProblemException(404, "task_id", "only its own user acknowledges a task");
        }
        if (task.get("completed_at") == null) {
            throw new ProblemException(409, "task_id", "the task has not ended yet");
        }
    }
}
