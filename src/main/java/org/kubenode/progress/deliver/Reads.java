package org.kubenode.progress.deliver;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.share.Places;

/**
 * The reads that wait for a reader. None is ever refused: a task has at most one. Users take turns,
 * each user's oldest first, so nobody waits for all that another one asked for; the last readers
 * are for those for whom nobody reads. Thread-safe.
 */
public final class Reads {

    private final Map<String, Deque<Step.Read>> lanes = new LinkedHashMap<>();
    private final List<Step.Read> later = new ArrayList<>();
    private final Map<String, Integer> underWay = new HashMap<>();
    private final Places readers;
    private int reading;
    private int size;

    /**
     * @param readers reads at once, at least 1
     */
    public Reads(int readers) {
        this.readers = Places.of(readers);
    }

    public synchronized void add(Step.Read read) {
        lanes.computeIfAbsent(read.lane(), lane -> new ArrayDeque<>()).add(read);
        size++;
    }

    /** The read whose turn it is, until it is {@link #done}; null when none may be read now. */
    public synchronized Step.Read next() {
        String lane = nextLane();
        if (lane == null) {
            return null;
        }
        Deque<Step.Read> reads = lanes.remove(lane);
        Step.Read read = reads.remove();
        if (!reads.isEmpty()) {
            lanes.put(lane, reads);
        }
        size--;
        reading++;
        underWay.merge(lane, 1, Integer::sum);
        return read;
    }

    private String nextLane() {
        for (String lane : lanes.keySet()) {
            if (readers.openTo(underWay.getOrDefault(lane, 0), readers.all() - reading)) {
                return lane;
            }
        }
        return null;
    }

    /** Its reader is free again. */
    public synchronized void done(Step.Read read) {
        reading--;
        underWay.merge(read.lane(), -1, (had, less) -> had + less == 0 ? null : had + less);
    }

    /** It could not be answered: it waits for {@link #again}. */
    public synchronized void later(Step.Read read) {
        later.add(read);
    }

    /** What could not be answered is tried again. */
    public synchronized void again() {
        later.forEach(this::add);
        later.clear();
    }

    /** Whether a read waits that a reader may take now. */
    public synchronized boolean waiting() {
        return nextLane() != null;
    }

    /** How many of one lane wait for a reader. */
    public synchronized int waitingOf(String lane) {
        Deque<Step.Read> reads = lanes.get(lane);
        return reads == null ? 0 : reads.size();
    }

    /** How many wait, those that are tried later too. */
    public synchronized int size() {
        return size + later.size();
    }
}
