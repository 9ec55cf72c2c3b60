package org.kubenode.progress.websocket;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * The messages that wait for one session. Every operation is O(1).
 *
 * <p>Under the soft limit everything queues. At or above it a skippable message takes the place of
 * the latest waiting message of its key, if that one is skippable too: per key the order stays, and
 * the first one skipped is remembered. Past the hard limit nothing is accepted any more.
 *
 * <p>Not safe for use by several threads: the session locks it.
 */
final class OutboundQueue {

    enum Offer {
        QUEUED,
        CONFLATED,
        FULL
    }

    /** A waiting message and the first of those that it replaced, or null. */
    static final class Entry {
        private Outbound message;
        private Outbound firstSkipped;

        private Entry(Outbound message) {
            this.message = message;
        }

        Outbound message() {
            return message;
        }

        Outbound firstSkipped() {
            return firstSkipped;
        }
    }

    /** A queue that was longer than this gives its arrays back once it is empty. */
    private static final int KEEP = 64;

    private final int softLimit;
    private final int hardLimit;
    private final long hardLimitBytes;

    // Most sessions never wait: they do without.
    private ArrayDeque<Entry> entries;
    private Map<Object, Entry> latest;
    private int longest;
    private long bytes;

    OutboundQueue(int softLimit, int hardLimit, long hardLimitBytes) {
        this.softLimit = softLimit;
        this.hardLimit = hardLimit;
        this.hardLimitBytes = hardLimitBytes;
    }

    /**
     * @param conflate whether a message may be skipped for a newer one
     */
    Offer offer(Outbound message, boolean conflate) {
        if (entries == null) {
            entries = new ArrayDeque<>();
            latest = new HashMap<>();
        }
        Object key = message.key();
        if (conflate && key != null && message.skippable() && entries.size() >= softLimit) {
            Entry waiting = latest.get(key);
            if (waiting != null && waiting.message.skippable()) {
                replace(waiting, message);
                return Offer.CONFLATED;
            }
        }
        int size = message.utf8().length;
        // A single message is accepted whatever its size.
        if (entries.size() >= hardLimit || (bytes + size > hardLimitBytes && !entries.isEmpty())) {
            return Offer.FULL;
        }
        Entry entry = new Entry(message);
        entries.addLast(entry);
        bytes += size;
        longest = Math.max(longest, entries.size());
        if (key != null) {
            latest.put(key, entry);
        }
        return Offer.QUEUED;
    }

    private void replace(Entry waiting, Outbound message) {
        bytes += message.utf8().length - waiting.message.utf8().length;
        if (waiting.firstSkipped == null) {
            waiting.firstSkipped = waiting.message;
        }
        waiting.message = message;
    }

    /** The oldest message, or null. */
    Entry poll() {
        Entry entry = entries == null ? null : entries.pollFirst();
        if (entry == null) {
            return null;
        }
        bytes -= entry.message.utf8().length;
        Object key = entry.message.key();
        if (key != null) {
            latest.remove(key, entry);
        }
        if (entries.isEmpty() && longest > KEEP) {
            clear();
        }
        return entry;
    }

    void clear() {
        entries = null;
        latest = null;
        longest = 0;
        bytes = 0;
    }

    boolean isEmpty() {
        return entries == null || entries.isEmpty();
    }

    int size() {
        return entries == null ? 0 : entries.size();
    }

    long bytes() {
        return bytes;
    }
}
