package org.kubenode.progress.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.kubenode.progress.wire.Notification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The poll of the rows, as backup and as fallback: when to ask, whom for, and what of the answer
 * was not delivered. One poll at a time.
 *
 * <p>It also judges the path: a <b>late find</b> is a message that came after the poll before, that
 * this poll brought, and that the path has not brought when it brings a probe sent later. Order on
 * one path decides, not a clock: a process that has no time to read finds its probes late as well.
 */
public final class ProgressPoll {

    /** A probe counts that was sent so long after the poll: others publish after their commit. */
    static final long PUBLISHED_MS = 1_000;

    /** An end may be committed so long after it was given its time, in milliseconds. */
    static final long COMMIT_MS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(ProgressPoll.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Circuit circuit;
    private final Listeners listeners;
    private final LongSupplier clock;

    /** When the last poll began that was done, or that nobody needed; null before. */
    private Long lookedAt;

    private long begun;

    /** The highest seq of each task that the path brought since the poll before the last. */
    private final Map<String, Long> heard = new ConcurrentHashMap<>();

    private Map<String, Long> heardBefore = Map.of();

    /** How far each task was at the last poll in REALTIME, and whom it was for; null before. */
    private Seen last;

    /** What the last poll brought and the path has still to bring. */
    private Map<String, Long> suspects = Map.of();

    private long polledAt;
    private boolean failing;

    /** The users are null for everybody. */
    private record Seen(Collection<String> users, Map<String, Long> seqs) {

        boolean was(String userId) {
            return users == null || users.contains(userId);
        }
    }

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
    }

    /**
     * A poll for those who are connected here.
     *
     * @param clock monotonic, in milliseconds
     */
    public ProgressPoll(Circuit circuit, Listeners listeners, LongSupplier clock) {
        this.circuit = circuit;
        this.listeners = listeners;
        this.clock = clock;
    }

    /** True when the rows have to be asked now. With nobody here there is nothing to ask. */
    public synchronized boolean due() {
        if (!circuit.pollDue()) {
            return false;
        }
        suspects = Map.of();
        heardBefore = Map.copyOf(heard);
        heardBefore.forEach(heard::remove);
        Collection<String> users = listeners.connectedUsers();
        if (users != null && users.isEmpty()) {
            lookedAt = clock.getAsLong();
            last = null;
            circuit.pollDone();
            return false;
        }
        begun = clock.getAsLong();
        return true;
    }

    /**
     * How long ago a task may have ended that is asked for, in milliseconds: since the poll before
     * it, however long nothing could be asked.
     *
     * @param least as far back in any case, in milliseconds
     */
    public synchronized long windowMillis(long least) {
        return lookedAt == null ? least : Math.max(least, begun - lookedAt + COMMIT_MS);
    }

    /** The path brought a notification that somebody here waits for. */
    public void heard(Notification notification) {
        heard.merge(notification.taskId(), notification.seq(), Math::max);
    }

    /**
     * The path brought a probe of this replica.
     *
     * @param roundTripMs since it was sent, in milliseconds
     */
    public synchronized void probeReceived(double roundTripMs) {
        if (suspects.isEmpty() || clock.getAsLong() - roundTripMs < polledAt + PUBLISHED_MS) {
            return;
        }
        boolean late =
                suspects.entrySet().stream()
                        .anyMatch(found -> heard(found.getKey()) < found.getValue());
        suspects = Map.of();
        if (late) {
            circuit.lateFind();
        }
    }

    private long heard(String taskId) {
        return Math.max(heard.getOrDefault(taskId, 0L), heardBefore.getOrDefault(taskId, 0L));
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
    public synchronized List<Notification> behind(List<Map<String, Object>> rows) {
        List<Notification> behind = listeners.behind(rows);
        boolean realtime = circuit.state() == NotifierState.REALTIME;
        suspects =
                realtime && last != null
                        ? behind.stream()
                                .filter(task -> last.was(task.userId()))
                                .filter(
                                        task ->
                                                task.seq()
                                                        > last.seqs()
                                                                .getOrDefault(task.taskId(), 0L))
                                .collect(
                                        Collectors.toMap(
                                                Notification::taskId, Notification::seq, Math::max))
                        : Map.of();
        last = realtime ? new Seen(listeners.connectedUsers(), seqs(rows)) : null;
        return behind;
    }

    private static Map<String, Long> seqs(List<Map<String, Object>> rows) {
        Map<String, Long> seqs = new HashMap<>();
        for (Map<String, Object> row : rows) {
            seqs.put(
                    String.valueOf(row.get("task_id")),
                    row.get("last_seq") instanceof Number seq ? seq.longValue() : 0L);
        }
        return seqs;
    }

    /** Everything found was handed on. */
    public synchronized void done() {
        if (failing) {
            failing = false;
            LOG.info("The poll of the rows works again");
        }
        polledAt = clock.getAsLong();
        lookedAt = begun;
        circuit.pollDone();
    }

    /** The database did not answer; the next poll comes in its time. */
    public synchronized void failed(Throwable why) {
        if (!failing) {
            failing = true;
            LOG.warn("The poll of the rows failed: {}, trying on", Reasons.of(why));
        }
    }
}
