package org.kubenode.progress.notify;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Writes the probes of this replica and knows them again when they come back; so it does with a
 * notification of a task that this replica runs, which proves the same.
 *
 * <p>A probe is {@code {"probe":"<replica>","n":<number>}}. No notification begins so, which makes
 * it one comparison of a prefix for every other replica. A call, {@code
 * {"probe":"<replica>","tasks":"wait"}}, goes the same way and tells all of them that tasks wait;
 * who does not know of calls takes it for somebody's probe.
 */
public final class Probes {

    private static final String PREFIX = "{\"probe\":\"";
    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);

    /** How every call ends, whichever replica sent it; no probe does. */
    private static final String CALL_SUFFIX = "\",\"tasks\":\"wait\"}";

    private static final String TASK_PREFIX = "{\"task_id\":\"";

    /** Longest task id that is looked at. */
    private static final int TASK_ID = 64;

    /** Under load one own notification in so long is proof enough, in nanoseconds. */
    private static final long OWN_NANOS = 200_000_000;

    /** Probes under way that are remembered: more than a minute of them. */
    private static final int REMEMBERED = 256;

    private final String ownPrefix;
    private final String call;
    private final LongSupplier nanoClock;
    private final DoubleConsumer onReturn;
    private final Predicate<String> ownTask;
    private final Runnable onOwnNotification;
    private volatile long ownAt;
    private final Map<Long, Long> sentAt =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
                    return size() > REMEMBERED;
                }
            };
    private long next;

    /**
     * Probes of one replica.
     *
     * @param replica its name, {@code [A-Za-z0-9._-]+}
     * @param firstNumber where the numbers begin; different for each start, so that nothing of an
     *     earlier process of the same name is taken for one's own
     * @param nanoClock monotonic, in nanoseconds
     * @param onReturn is told the round trip of each probe that came back, in milliseconds
     * @param ownTask whether this replica runs the task of that id
     * @param onOwnNotification is told, a few times a second, that one of these came back
     */
    public Probes(
            String replica,
            long firstNumber,
            LongSupplier nanoClock,
            DoubleConsumer onReturn,
            Predicate<String> ownTask,
            Runnable onOwnNotification) {
        this.ownPrefix = PREFIX + replica + "\",\"n\":";
        this.call = PREFIX + replica + CALL_SUFFIX;
        this.next = firstNumber;
        this.nanoClock = nanoClock;
        this.onReturn = onReturn;
        this.ownTask = ownTask;
        this.onOwnNotification = onOwnNotification;
        this.ownAt = nanoClock.getAsLong() - OWN_NANOS;
    }

    /** The payload of the next probe; its time begins to count. */
    public synchronized String next() {
        long n = next++;
        sentAt.put(n, nanoClock.getAsLong());
        return ownPrefix + n + "}";
    }

    /** The payload that tells every replica that tasks wait to be claimed. */
    public String call() {
        return call;
    }

    /** Whether a payload that a transport brought, String or byte[], is a call of any replica. */
    public boolean isCall(Object payload) {
        String text = probe(payload);
        return text != null && text.endsWith(CALL_SUFFIX);
    }

    /**
     * Takes a payload that a transport brought, if it is a probe or a call.
     *
     * @param payload String or byte[]
     * @return true for these, of whichever replica: nobody's sockets wait for it
     */
    public boolean received(Object payload) {
        String text = probe(payload);
        if (text == null) {
            lookForOwn(payload);
            return false;
        }
        if (text.startsWith(ownPrefix) && text.endsWith("}")) {
            cameBack(text.substring(ownPrefix.length(), text.length() - 1));
        }
        return true;
    }

    private void lookForOwn(Object payload) {
        long now = nanoClock.getAsLong();
        if (now - ownAt < OWN_NANOS) {
            return;
        }
        String head = head(payload);
        int end = head.indexOf('"', TASK_PREFIX.length());
        if (head.startsWith(TASK_PREFIX)
                && end > 0
                && ownTask.test(head.substring(TASK_PREFIX.length(), end))) {
            ownAt = now;
            onOwnNotification.run();
        }
    }

    private static String head(Object payload) {
        int length = TASK_PREFIX.length() + TASK_ID + 1;
        if (payload instanceof byte[] bytes) {
            return new String(
                    bytes, 0, Math.min(bytes.length, length), StandardCharsets.ISO_8859_1);
        }
        String text = payload instanceof String string ? string : "";
        return text.substring(0, Math.min(text.length(), length));
    }

    private void cameBack(String number) {
        Long sent;
        try {
            synchronized (this) {
                sent = sentAt.remove(Long.parseLong(number));
            }
        } catch (NumberFormatException notOurs) {
            return;
        }
        if (sent != null) {
            onReturn.accept((nanoClock.getAsLong() - sent) / 1e6);
        }
    }

    private static String probe(Object payload) {
        if (payload instanceof String text) {
            return text.startsWith(PREFIX) ? text : null;
        }
        if (payload instanceof byte[] bytes) {
            for (int i = 0; i < PREFIX_BYTES.length; i++) {
                if (i >= bytes.length || bytes[i] != PREFIX_BYTES[i]) {
                    return null;
                }
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
        return null;
    }
}
