package org.kubenode.progress.notify;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.UnreadableNotificationException;
import org.kubenode.progress.wire.WireCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What became of each notification handed to the transport. Of those that failed it keeps a
 * reference, the newest of each task, to be published again with the next probe.
 *
 * <p>Safe for any number of threads.
 */
public final class Publications {

    /** Tasks whose reference is kept; past it the longest waiting goes, and the poll brings it. */
    static final int MOST_TASKS = 1_000;

    /** Between two warnings, in milliseconds: a dead server fails many at once. */
    static final long WARNING_MS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Publications.class);

    private final String transport;
    private final WireCodec codec;
    private final LongSupplier clock;
    private final LongConsumer onSent;
    private final LongConsumer onFailed;
    private final Map<String, Publication> again = new LinkedHashMap<>();
    private long warnedAt = Long.MIN_VALUE;
    private long unspoken;

    /**
     * Something to publish.
     *
     * @param userId whose channel it goes to
     * @param payload what goes out
     * @param seq of its last message
     */
    public record Publication(String userId, String payload, long seq) {}

    /**
     * Publications of one transport.
     *
     * @param transport its name
     * @param codec of the payloads
     * @param clock monotonic, in milliseconds
     * @param onSent is told how many more were sent
     * @param onFailed is told how many more failed
     */
    public Publications(
            String transport,
            WireCodec codec,
            LongSupplier clock,
            LongConsumer onSent,
            LongConsumer onFailed) {
        this.transport = transport;
        this.codec = codec;
        this.clock = clock;
        this.onSent = onSent;
        this.onFailed = onFailed;
    }

    /**
     * The transport took it.
     *
     * @param payload a notification or a probe
     */
    public void sent(String payload) {
        if (isProbe(payload)) {
            return;
        }
        onSent.accept(1);
        if (LOG.isDebugEnabled()) {
            if ("redis".equals(transport)) {
                LOG.debug("Sent Redis notification to channel progress:user:{}", user(payload));
            } else if ("postgres".equals(transport)) {
                LOG.debug("Sent PostgreSQL notification to channel progress_update");
            }
        }
    }

    /**
     * The transport did not take it, or nobody knows: its rows are announced again.
     *
     * @param payload a notification or a probe
     * @param why what the server or the network said, or null
     */
    public void failed(String payload, Throwable why) {
        if (isProbe(payload)) {
            // That it does not come back is what the circuit hears.
            LOG.debug("A probe could not be sent: {}", Reasons.of(why));
            return;
        }
        onFailed.accept(1);
        warn(Reasons.of(why));
        try {
            again(codec.decode(payload));
        } catch (UnreadableNotificationException foreign) {
            LOG.debug("A payload that cannot be read is not published again");
        }
    }

    /** Has a task's rows announced with the next probe: for a notification that was left out. */
    public synchronized void again(Notification notification) {
        Publication before = again.get(notification.taskId());
        if (before != null && before.seq() >= notification.seq()) {
            return;
        }
        Notification reference =
                Notification.reference(
                        notification.taskId(),
                        notification.userId(),
                        notification.epoch(),
                        notification.seq(),
                        notification.type());
        again.put(
                notification.taskId(),
                new Publication(
                        notification.userId(), codec.encode(reference), notification.seq()));
        if (again.size() > MOST_TASKS) {
            again.remove(again.keySet().iterator().next());
        }
    }

    /** What is to be published again, longest waiting first; what fails anew comes back. */
    public synchronized List<Publication> takeAgain() {
        List<Publication> taken = List.copyOf(again.values());
        again.clear();
        return taken;
    }

    private void warn(String why) {
        long more;
        synchronized (this) {
            long now = clock.getAsLong();
            if (warnedAt != Long.MIN_VALUE && now - warnedAt < WARNING_MS) {
                unspoken++;
                return;
            }
            warnedAt = now;
            more = unspoken;
            unspoken = 0;
        }
        LOG.warn(
                "Failed to send notification: {}{}, will retry via polling",
                why,
                more == 0 ? "" : " (and " + more + " more since the last warning)");
    }

    private String user(String payload) {
        try {
            return RedisChannels.encode(codec.peekUser(payload));
        } catch (UnreadableNotificationException foreign) {
            return "?";
        }
    }

    private static boolean isProbe(String payload) {
        return payload.startsWith("{\"probe\":");
    }
}
