package org.kubenode.progress.notify;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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

    /** Between two warnings while nothing can be sent, in milliseconds. */
    static final long WARNING_MS = 60_000;

    /** Between two warnings where some can be sent and some cannot, in milliseconds. */
    static final long MIXED_WARNING_MS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Publications.class);

    private final String transport;
    private final WireCodec codec;
    private final LongSupplier clock;
    private final LongConsumer onSent;
    private final LongConsumer onFailed;
    private final Consumer<String> onProbe;
    private final Map<String, Publication> again = new LinkedHashMap<>();
    private long warnedAt = Long.MIN_VALUE;
    private boolean failing;
    private long unspoken;

    /** What the server or the network said last; the breaker only says that it is open. */
    private String lastReason = "unknown";

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
     * @param onProbe is told why a probe could not be sent, null for one that was
     */
    public Publications(
            String transport,
            WireCodec codec,
            LongSupplier clock,
            LongConsumer onSent,
            LongConsumer onFailed,
            Consumer<String> onProbe) {
        this.transport = transport;
        this.codec = codec;
        this.clock = clock;
        this.onSent = onSent;
        this.onFailed = onFailed;
        this.onProbe = onProbe;
    }

    /**
     * The transport took it.
     *
     * @param payload a notification or a probe
     */
    public void sent(String payload) {
        if (isProbe(payload)) {
            onProbe.accept(null);
            return;
        }
        onSent.accept(1);
        sentAgain();
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
        String reason = reason(why);
        if (isProbe(payload)) {
            LOG.debug("A probe could not be sent: {}", reason);
            onProbe.accept(reason);
            return;
        }
        onFailed.accept(1);
        warn(reason);
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

    private synchronized String reason(Throwable why) {
        if (why != null && !(why instanceof CallNotPermittedException)) {
            lastReason = Reasons.of(why);
        }
        return lastReason;
    }

    private synchronized void sentAgain() {
        failing = false;
    }

    private void warn(String why) {
        long more;
        synchronized (this) {
            long now = clock.getAsLong();
            long quiet = failing ? WARNING_MS : MIXED_WARNING_MS;
            if (warnedAt != Long.MIN_VALUE && now - warnedAt < quiet) {
                unspoken++;
                return;
            }
            failing = true;
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
