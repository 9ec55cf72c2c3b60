package org.kubenode.progress.notify;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The poll of the rows, as backup and as fallback: when to ask, whom for, and what of the answer
 * was not delivered. One poll at a time.
 */
public final class ProgressPoll {

    /** Committed for so long and found by the poll: a late find, in milliseconds. */
    static final long LATE_MS = 1_000;

    /** An end may be committed so long after it was given its time, in milliseconds. */
    static final long COMMIT_MS = 60_000;

    /** Between two warnings about a poll that fails, in milliseconds. */
    static final long WARNING_MS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(ProgressPoll.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Circuit circuit;
    private final Listeners listeners;
    private final InstantSource clock;
    private int lateFinds;
    private List<Suspect> suspects = List.of();
    private Instant begun;

    /** When the last poll began that was done, or that nobody needed; null before. */
    private Instant lookedAt;

    /** When the last poll that was done began; null before. */
    private Instant previousPoll;

    private boolean failing;
    private long warnedAt;

    /** A task found behind, and how far it was delivered. */
    private record Suspect(@JsonProperty("task_id") String taskId, long seq) {}

    /** What the poll asks of the delivery to sockets; its bean is {@code delivery}. */
    public interface Listeners {

        /**
         * The users that have a socket or stream here.
         *
         * @return as text; null while one of them sees everybody's tasks; empty while nobody is
         *     here
         */
        Collection<String> connectedUsers();

        /**
         * Compares rows of the query with what was delivered.
         *
         * @param rows each {@code task_id, user_id, epoch, last_seq, status, completed_at}
         * @return a reference for each task of which something is missing
         */
        List<Notification> behind(List<Map<String, Object>> rows);

        /** The highest seq of a task that was delivered here; 0 when nothing was. */
        long delivered(String taskId);
    }

    /**
     * A poll for those who are connected here.
     *
     * @param clock the one that the rows' timestamps come from
     */
    public ProgressPoll(Circuit circuit, Listeners listeners, InstantSource clock) {
        this.circuit = circuit;
        this.listeners = listeners;
        this.clock = clock;
    }

    /** True when the rows have to be asked now. With nobody here there is nothing to ask. */
    public boolean due() {
        if (!circuit.pollDue()) {
            return false;
        }
        Collection<String> users = listeners.connectedUsers();
        if (users != null && users.isEmpty()) {
            lookedAt = clock.instant();
            circuit.pollDone(0);
            return false;
        }
        lateFinds = 0;
        suspects = List.of();
        begun = clock.instant();
        return true;
    }

    /**
     * How long ago a task may have ended that is asked for, in milliseconds: since the poll before
     * it, however long nothing could be asked.
     *
     * @param least as far back in any case, in milliseconds
     */
    public long windowMillis(long least) {
        return lookedAt == null
                ? least
                : Math.max(least, Duration.between(lookedAt, begun).toMillis() + COMMIT_MS);
    }

    /** The users to ask for as a JSON list; null for everybody. */
    public String users() throws JsonProcessingException {
        Collection<String> users = listeners.connectedUsers();
        return users == null ? null : JSON.writeValueAsString(users);
    }

    /**
     * References to what the rows have and the sockets here have not.
     *
     * @param rows each {@code task_id, user_id, epoch, last_seq, status, completed_at}
     */
    public List<Notification> behind(List<Map<String, Object>> rows) {
        List<Notification> behind = listeners.behind(rows);
        suspects =
                circuit.state() == NotifierState.REALTIME && previousPoll != null
                        ? behind.stream()
                                .map(Notification::taskId)
                                .map(id -> new Suspect(id, listeners.delivered(id)))
                                .toList()
                        : List.of();
        return behind;
    }

    /** Whether {@link #late} has to be told which messages were committed long ago. */
    public boolean suspicious() {
        return !suspects.isEmpty();
    }

    /**
     * The parameters of {@code find-late}: the tasks found behind with the seq delivered, and
     * between which times a message was written that should have come. What is older may be of
     * before its user was here; what is newer may still be under way.
     */
    public Map<String, Object> suspects() throws JsonProcessingException {
        return Map.of(
                "suspects",
                JSON.writeValueAsString(suspects),
                "written_after",
                WireCodec.timestamp(previousPoll),
                "written_before",
                WireCodec.timestamp(begun.minusMillis(LATE_MS)));
    }

    /**
     * The answer of {@code find-late}.
     *
     * @param found a row for each task with such a message
     */
    public void late(List<Map<String, Object>> found) {
        lateFinds = found.size();
    }

    /** Everything found was handed on. */
    public void done() {
        if (failing) {
            failing = false;
            LOG.info("The poll of the rows works again");
        }
        previousPoll = begun;
        lookedAt = begun;
        circuit.pollDone(lateFinds);
    }

    /** The database did not answer; the next poll comes in its time. */
    public void failed(Throwable why) {
        long now = clock.millis();
        if (!failing || now - warnedAt >= WARNING_MS) {
            failing = true;
            warnedAt = now;
            LOG.warn("The poll of the rows failed: {}, trying on", Reasons.of(why));
        }
    }
}
