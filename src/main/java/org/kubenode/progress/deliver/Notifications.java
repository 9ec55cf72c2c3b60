package org.kubenode.progress.deliver;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.kubenode.progress.notify.Probes;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.NotificationTrace;
import org.kubenode.progress.wire.TaskIds;
import org.kubenode.progress.wire.UnreadableNotificationException;
import org.kubenode.progress.wire.WireCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what a transport received, no further than somebody here needs it. */
public final class Notifications {

    private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final WireCodec codec;
    private final Probes probes;
    private final Delivery delivery;
    private final NotificationTrace trace;
    private final AtomicLong unreadable = new AtomicLong();
    private long told;
    private long toldAt;

    public Notifications(
            WireCodec codec, Probes probes, Delivery delivery, NotificationTrace trace) {
        this.codec = codec;
        this.probes = probes;
        this.delivery = delivery;
        this.trace = trace;
    }

    /**
     * Reads a payload.
     *
     * @param payload text, or its UTF-8 bytes
     * @return null for a probe, for what nobody here waits for, and for what cannot be read
     */
    public Notification read(Object payload) {
        if (probes.received(payload)) {
            return null;
        }
        String text =
                payload instanceof byte[] bytes
                        ? new String(bytes, StandardCharsets.UTF_8)
                        : payload.toString();
        try {
            if (!delivery.wanted(codec.peekUser(text))) {
                return null;
            }
            Notification notification = codec.decode(text);
            if (!TaskIds.isTaskId(notification.taskId())) {
                drop("task_id is no UUID");
                return null;
            }
            LOG.atDebug()
                    .addKeyValue("task_id", notification.taskId())
                    .log(
                            "Forwarded notification for task {} to user {}",
                            notification.taskId(),
                            notification.userId());
            trace.received(notification);
            return notification;
        } catch (UnreadableNotificationException e) {
            drop(e.getMessage());
            return null;
        }
    }

    /** How many could not be read. */
    public long unreadable() {
        return unreadable.get();
    }

    /** The first is logged at once, then a line a minute. */
    private synchronized void drop(String why) {
        long count = unreadable.incrementAndGet();
        long now = System.nanoTime();
        if (count == 1 || now - toldAt >= MINUTE_NANOS) {
            LOG.warn("Dropped {} notifications that cannot be read: {}", count - told, why);
            told = count;
            toldAt = now;
        }
    }
}
