package org.kubenode.progress.journal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The tasks that have something to be written, oldest first. Guarded by the journal's lock. */
final class Lanes {

    private static final long FIRST_BACKOFF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LAST_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final JournalSettings settings;
    private final LongSupplier nanoTime;
    private final ArrayDeque<Lane> ready = new ArrayDeque<>();
    private int rows;

    Lanes(JournalSettings settings, LongSupplier nanoTime) {
        this.settings = settings;
        this.nanoTime = nanoTime;
    }

    /** Rows that are not known to be committed. */
    int rows() {
        return rows;
    }

    /** One row more of a task. */
    void add(Lane lane, Lane.Entry entry) {
        lane.waiting.add(entry);
        rows++;
        enqueue(lane);
    }

    /** So many rows are committed, or never will be. */
    void done(int over) {
        rows -= over;
    }

    void enqueue(Lane lane) {
        if (!lane.queued && !lane.writing) {
            lane.queued = true;
            ready.add(lane);
        }
    }

    /** Before what came later of other tasks. */
    void enqueueFirst(Lane lane) {
        lane.queued = true;
        ready.addFirst(lane);
    }

    void forEach(Consumer<Lane> each) {
        ready.forEach(each);
    }

    boolean anyReady() {
        long now = nanoTime.getAsLong();
        for (Lane lane : ready) {
            if (isReady(lane, now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isReady(Lane lane, long now) {
        return lane.run.stored() && (lane.failures == 0 || now - lane.notBefore >= 0);
    }

    /** Freezes what goes into one statement, over several tasks. */
    List<Lane> gather() {
        long now = nanoTime.getAsLong();
        int rowsLeft = settings.maxRows();
        int bytesLeft = settings.maxBytes();
        List<Lane> taken = new ArrayList<>();
        for (Iterator<Lane> lanes = ready.iterator();
                lanes.hasNext() && rowsLeft > 0 && bytesLeft > 0; ) {
            Lane lane = lanes.next();
            if (!lane.hasWork()) {
                lane.queued = false;
                lanes.remove();
                continue;
            }
            boolean together = !lane.alone || taken.isEmpty();
            if (!isReady(lane, now) || !together) {
                continue;
            }
            lane.freeze(rowsLeft, bytesLeft);
            rowsLeft -= lane.sent.size();
            bytesLeft -= lane.bytes();
            lane.writing = true;
            lane.queued = false;
            lanes.remove();
            taken.add(lane);
            if (lane.alone) {
                break;
            }
        }
        return taken;
    }

    /** Not again before a while, which doubles with each failure. */
    void backOff(Lane lane) {
        lane.failures++;
        long wait = FIRST_BACKOFF_NANOS << Math.min(lane.failures - 1, 10);
        lane.notBefore = nanoTime.getAsLong() + Math.min(wait, LAST_BACKOFF_NANOS);
    }

    /** Once more, after a while. */
    void again(Lane lane) {
        backOff(lane);
        enqueue(lane);
    }
}
