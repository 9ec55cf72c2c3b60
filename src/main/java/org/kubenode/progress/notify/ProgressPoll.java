package org.kubenode.progress.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.kubenode.progress.wire.FrameType;
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
    private boolean failing;
    private long warnedAt;

    /** What the poll asks of the delivery to sockets. */
    public interface Listeners {

        /** Whether anybody is connected here. */
        boolean anybody();

        /** Whether somebody here sees everybody's tasks. */
        boolean somebodySeesAll();

        /** The users connected here. */
        Set<String> users();

        /** A reference to what the rows hold beyond what was delivered here, or null. */
        Notification behind(String taskId, String userId, long epoch, long lastSeq, FrameType type);
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
        if (!listeners.anybody()) {
            circuit.pollDone(0);
            return false;
        }
        lateFinds = 0;
        return true;
    }

    /** The users to ask for as a JSON list; null for everybody. */
    public String users() throws JsonProcessingException {
        return listeners.somebodySeesAll() ? null : JSON.writeValueAsString(listeners.users());
    }

    /**
     * References to what the rows have and the sockets here have not.
     *
     * @param rows each {@code task_id, user_id, epoch, last_seq, status, updated_at}
     */
    public List<Notification> behind(List<Map<String, Object>> rows) {
        Instant late = clock.instant().minusMillis(LATE_MS);
        List<Notification> behind = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            Notification reference =
                    listeners.behind(
                            row.get("task_id").toString(),
                            row.get("user_id").toString(),
                            ((Number) row.get("epoch")).longValue(),
                            ((Number) row.get("last_seq")).longValue(),
                            type(row.get("status").toString()));
            if (reference != null) {
                behind.add(reference);
                Instant writtenAt = instant(row.get("updated_at"));
                if (writtenAt != null && writtenAt.isBefore(late)) {
                    lateFinds++;
                }
            }
        }
        return behind;
    }

    private static FrameType type(String status) {
        return switch (status) {
            case "completed" -> FrameType.COMPLETE;
            case "failed", "cancelled" -> FrameType.ERROR;
            default -> FrameType.PROGRESS;
        };
    }

    /** Everything found was handed on. */
    public void done() {
        if (failing) {
            failing = false;
            LOG.info("The poll of the rows works again");
        }
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
