package org.kubenode.progress.notify;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/**
 * Writes the probes of this replica and knows them again when they come back.
 *
 * <p>A probe is {@code {"probe":"<replica>","n":<number>}}. No notification begins so, which makes
 * it one comparison of a prefix for every other replica.
 */
public final class Probes {

    private static final String PREFIX = "{\"probe\":\"";
    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);

    /** Probes under way that are remembered: more than a minute of them. */
    private static final int REMEMBERED = 256;

    private final String ownPrefix;
    private final LongSupplier nanoClock;
    private final DoubleConsumer onReturn;
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
     */
    public Probes(
            String replica, long firstNumber, LongSupplier nanoClock, DoubleConsumer onReturn) {
        this.ownPrefix = PREFIX + replica + "\",\"n\":";
        this.next = firstNumber;
        this.nanoClock = nanoClock;
        this.onReturn = onReturn;
    }

    /** The payload of the next probe; its time begins to count. */
    public synchronized String next() {
        long n = next++;
        sentAt.put(n, nanoClock.getAsLong());
        return ownPrefix + n + "}";
    }

    /**
     * Takes a payload that a transport brought, if it is a probe.
     *
     * @param payload String or byte[]
     * @return true for a probe, of whichever replica: there is nothing more to do with it
     */
    public boolean received(Object payload) {
        String text = probe(payload);
        if (text == null) {
            return false;
        }
        if (text.startsWith(ownPrefix) && text.endsWith("}")) {
            cameBack(text.substring(ownPrefix.length(), text.length() - 1));
        }
        return true;
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
