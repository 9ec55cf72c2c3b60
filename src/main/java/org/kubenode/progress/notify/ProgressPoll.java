package org.kubenode.progress.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.kubenode.progress.wire.Notification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The poll of the rows, as backup and as fallback: when to ask, whom for, and what of the answer
 * was not delivered. One poll at a time.
 */
public final class ProgressPoll {

    /** Committed for so long and found by the poll: a late find, in milliseconds. */
    static final long LATE_MS = 1_000;

    /** Between two warnings about a poll that fails, in milliseconds. */
    static final long WARNING_MS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(ProgressPoll.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Circuit circuit;
    private final Listeners listeners;
    private final InstantSource clock;
    private int lateFinds;
    private Instant begun;

    /** What was written before it is no late find: its user was not here then. */
    private Instant previousPoll = Instant.MAX;

    private boolean failing;
    private long warnedAt;

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
         * @param rows each {@code task_id, user_id, epoch, last_seq, status, updated_at}
         * @return a reference for each task of which something is missing
         */
        List<Notification> behind(List<Map<String, Object>> rows);
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
            circuit.pollDone(0);
            return false;
        }
        lateFinds = 0;
        begun = clock.instant();
        return true;
    }

    /** The users to ask for as a JSON list; null for everybody. */
    public String users() throws JsonProcessingException {
        Collection<String> users = listeners.connectedUsers();
        return users == null ? null : JSON.writeValueAsString(users);
    }

    /**
     * References to what the rows have and the sockets here have not.
     *
     * @param rows each {@code task_id, user_id, epoch, last_seq, status, updated_at}
     */
    public List<Notification> behind(List<Map<String, Object>> rows) {
        List<Notification> behind = listeners.behind(rows);
        if (!behind.isEmpty()) {
            Set<String> late = writtenWithin(previousPoll, begun.minusMillis(LATE_MS), rows);
            lateFinds =
                    (int) behind.stream().filter(found -> late.contains(found.taskId())).count();
        }
        return behind;
    }

    private static Set<String> writtenWithin(
            Instant from, Instant to, List<Map<String, Object>> rows) {
        Set<String> taskIds = new HashSet<>();
        for (Map<String, Object> row : rows) {
            Instant at = instant(row.get("updated_at"));
            if (at != null && at.isAfter(from) && at.isBefore(to)) {
                taskIds.add(String.valueOf(row.get("task_id")));
            }
        }
        return taskIds;
    }

    /** Everything found was handed on. */
    public void done() {
        if (failing) {
            failing = false;
            LOG.info("The poll of the rows works again");
        }
        previousPoll = begun;
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

    private static Instant instant(Object column) {
        if (column instanceof Date date) {
            return date.toInstant();
        }
        if (column instanceof OffsetDateTime at) {
            return at.toInstant();
        }
        try {
            return column == null ? null : Instant.parse(column.toString());
        } catch (DateTimeParseException unknownFormat) {
            return null;
        }
    }
}
