package org.kubenode.progress.api;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.kubenode.progress.problem.ProblemException;
import org.kubenode.progress.security.Caller;
import org.kubenode.progress.security.Callers;
import org.kubenode.progress.wire.WireCodec;

/** Reads the parameters of requests about tasks, and decides who may do what with one. */
public final class TaskQueries {

    private static final Set<String> STATUSES =
            Set.of("pending", "running", "completed", "failed", "cancelled");
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 200;
    private static final int MAX_MESSAGES = 10_000;

    private final Callers callers;

    public TaskQueries(Callers callers) {
        this.callers = callers;
    }

    /**
     * A checked request for a list.
     *
     * @param userId whose tasks; null for everybody's
     * @param status null for any
     * @param before tasks older than this one; null from the newest
     * @param limit 1 to 200
     */
    public record ListQuery(String userId, String status, String before, int limit) {

        /** One more than is shown tells whether there are more. */
        public int fetch() {
            return limit + 1;
        }
    }

    /**
     * Reads the parameters of {@code GET /tasks}.
     *
     * @throws ProblemException naming the parameter and what is allowed
     */
    public ListQuery list(String status, String limit, String before, String scope) {
        if (status != null && !STATUSES.contains(status)) {
            throw new ProblemException(
                    400, "status", "pending, running, completed, failed or cancelled");
        }
        boolean all = "all".equals(callers.scope(scope));
        return new ListQuery(
                all ? null : callers.current().userId(),
                status,
                before,
                (int) number("limit", limit, DEFAULT_LIMIT, 1, MAX_LIMIT));
    }

    /** The user whose tasks a caller may see; null for everybody's. */
    public String visibleUser(Caller caller) {
        return caller.role().seesAll() ? null : caller.userId();
    }

    /** The parameter {@code since}: 0 or more. */
    public long since(String since) {
        return number("since", since, 0, 0, Long.MAX_VALUE);
    }

    /** At most so many messages in one answer. */
    public int maxMessages() {
        return MAX_MESSAGES;
    }

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

    private static long number(String name, String text, long unset, long least, long most) {
        if (text == null || text.isEmpty()) {
            return unset;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, with what is allowed.
        }
        throw new ProblemException(
                400,
                name,
                most == Long.MAX_VALUE
                        ? "an integer of " + least + " or more"
                        : "an integer from " + least + " to " + most);
    }
}
