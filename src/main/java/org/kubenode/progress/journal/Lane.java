package org.kubenode.progress.journal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.Notification;

/**
 * What one task has waiting. Rows once sent stay together, unchanged, until their outcome is known:
 * only then can a repetition be told from something newer. Guarded by the journal's lock.
 */
final class Lane {

    final TaskRun run;
    final ArrayDeque<Entry> waiting = new ArrayDeque<>();

    /** Rows sent whose outcome is not known; empty when there are none. */
    List<Entry> sent = List.of();

    boolean queued;
    boolean writing;

    /** To be written in a statement of its own, since it may be what spoils the others'. */
    boolean alone;

    /** Without its notification, which the server refused. */
    boolean silent;

    /** The statement that is under way notifies of it. */
    boolean notified;

    int failures;
    long notBefore;

    Lane(TaskRun run) {
        this.run = run;
    }

    boolean hasWork() {
        return !sent.isEmpty() || !waiting.isEmpty();
    }

    int rows() {
        return sent.size() + waiting.size();
    }

    /** Takes what goes out together: what was sent before, unchanged, or the oldest waiting. */
    void freeze(int maxRows, int maxBytes) {
        if (!sent.isEmpty()) {
            return;
        }
        List<Entry> rows = new ArrayList<>(Math.min(waiting.size(), maxRows));
        int bytes = 0;
        while (!waiting.isEmpty() && rows.size() < maxRows && bytes < maxBytes) {
            Entry entry = waiting.poll();
            bytes += entry.bytes();
            rows.add(entry);
        }
        sent = rows;
    }

    int bytes() {
        int bytes = 0;
        for (Entry entry : sent) {
            bytes += entry.bytes();
        }
        return bytes;
    }

    long firstSeq() {
        return sent.get(0).frame().seq();
    }

    Entry last() {
        return sent.get(sent.size() - 1);
    }

    Notification notification() {
        List<Frame> frames = new ArrayList<>(sent.size());
        for (Entry entry : sent) {
            frames.add(entry.frame());
        }
        return Notification.of(frames);
    }

    /** What was counted and is not known to be committed, oldest first. */
    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>(sent);
        entries.addAll(waiting);
        return entries;
    }

    /** Nobody waits for these any more: the permits of their nodes come back, once for each. */
    static void settle(List<Entry> entries, boolean durable, List<Runnable> news) {
        for (Entry entry : entries) {
            if (entry.settle() && entry.result instanceof NodeResult node && node.last()) {
                news.add(() -> node.run().listener().settled(node, durable));
            }
        }
    }

    /** Nothing of it is to be written any more. */
    void clear() {
        waiting.clear();
        answered();
    }

    /** The outcome is known: what was sent is over. */
    void answered() {
        sent = List.of();
        alone = false;
        silent = false;
        failures = 0;
        notBefore = 0;
    }

    /** One row to be. */
    static final class Entry {
        private final Result result;
        private final Frame frame;
        private boolean settled;

        Entry(Result result, Frame frame) {
            this.result = result;
            this.frame = frame;
        }

        Result result() {
            return result;
        }

        Frame frame() {
            return frame;
        }

        /** True for the first caller. */
        boolean settle() {
            boolean first = !settled;
            settled = true;
            return first;
        }

        boolean settled() {
            return settled;
        }

        /** About what it takes in the statement, in bytes; texts count twice. */
        int bytes() {
            String change = result instanceof NodeResult node ? node.change() : null;
            return 600
                    + (change == null ? 0 : change.length())
                    + 2 * frame.message().length()
                    + (frame.nodeError() == null ? 0 : 2 * frame.nodeError().length());
        }
    }
}
