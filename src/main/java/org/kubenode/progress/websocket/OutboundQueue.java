package org.kubenode.progress.websocket;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * The messages that wait for one session. Every operation is O(1), over many of them.
 *
 * <p>Under the soft limit everything queues. At or above it a skippable message takes the place of
 * all that wait of its key since the last one that is not skippable: per key the order stays, and
 * the first one skipped is remembered. So a slow peer is not first told what has been overtaken.
 * Past the hard limit nothing is accepted any more.
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
        /** Null: it was skipped, and is only still in the queue. */
        private Outbound message;

        private Outbound firstSkipped;

        /** The one of its key that waits before it and may be skipped with it, or null. */
        private Entry before;

        private boolean polled;

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
    private int skipped;
    private int conflated;
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
        if (conflate && key != null && message.skippable() && size() >= softLimit) {
            Entry waiting = latest.get(key);
            if (waiting != null && waiting.message.skippable()) {
                replace(waiting, message);
                return Offer.CONFLATED;
            }
        }
        int size = message.utf8().length;
        // A single message is accepted whatever its size.
        if (size() >= hardLimit || (bytes + size > hardLimitBytes && !isEmpty())) {
            return Offer.FULL;
        }
        Entry entry = new Entry(message);
        entries.addLast(entry);
        bytes += size;
        longest = Math.max(longest, entries.size());
        if (key != null) {
            Entry before = latest.put(key, entry);
            if (before != null && before.message.skippable() && message.skippable()) {
                entry.before = before;
            }
        }
        return Offer.QUEUED;
    }

    private void replace(Entry waiting, Outbound message) {
        bytes += message.utf8().length - waiting.message.utf8().length;
        Outbound first = first(waiting);
        for (Entry entry = waiting.before; entry != null && !entry.polled; entry = entry.before) {
            first = first(entry);
            bytes -= entry.message.utf8().length;
            entry.message = null;
            skipped++;
            conflated++;
        }
        conflated++;
        waiting.before = null;
        waiting.firstSkipped = first;
        waiting.message = message;
        if (skipped > KEEP && skipped > size()) {
            entries.removeIf(entry -> entry.message == null);
            skipped = 0;
        }
    }

    private static Outbound first(Entry entry) {
        return entry.firstSkipped == null ? entry.message : entry.firstSkipped;
    }

    /** The oldest message, or null. */
    Entry poll() {
        Entry entry = entries == null ? null : entries.pollFirst();
        while (entry != null && entry.message == null) {
            skipped--;
            entry = entries.pollFirst();
        }
        if (entry == null) {
            return null;
        }
        bytes -= entry.message.utf8().length;
        entry.polled = true;
        entry.before = null;
        Object key = entry.message.key();
        if (key != null) {
            latest.remove(key, entry);
        }
        if (isEmpty() && longest > KEEP) {
            clear();
        }
        return entry;
    }

    /** How many messages were skipped since this was last asked. */
    int takeConflated() {
        int count = conflated;
        conflated = 0;
        return count;
    }

    void clear() {
        entries = null;
        latest = null;
        longest = 0;
        skipped = 0;
        bytes = 0;
    }

    boolean isEmpty() {
        return size() == 0;
    }

    int size() {
        return entries == null ? 0 : entries.size() - skipped;
    }

    long bytes() {
        return bytes;
    }
}
