package org.kubenode.progress.deliver;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The reads that wait for a reader. None is ever refused: a task has at most one. Users take turns,
 * each user's oldest first, so nobody waits for all that another one asked for; and nobody has all
 * readers, so that a newcomer's first read starts at once. Thread-safe.
 */
public final class Reads {

    private final Map<String, Deque<Step.Read>> lanes = new LinkedHashMap<>();
    private final Map<String, Integer> underWay = new HashMap<>();
    private final List<Step.Read> later = new ArrayList<>();
    private final int mostOfOne;
    private int size;

    /**
     * @param readers how many read at once; of several a tenth, and at least one, is for others
     */
    public Reads(int readers) {
        mostOfOne = readers == 1 ? 1 : readers - Math.max(1, readers / 10);
    }

    public synchronized void add(Step.Read read) {
        lanes.computeIfAbsent(read.lane(), lane -> new ArrayDeque<>()).add(read);
        size++;
    }

    /**
     * The read whose turn it is, or null when none waits that may start; it is under way until
     * {@link #done}.
     */
    public synchronized Step.Read next() {
        String lane = turn();
        if (lane == null) {
            return null;
        }
        Deque<Step.Read> reads = lanes.remove(lane);
        Step.Read read = reads.remove();
        if (!reads.isEmpty()) {
            lanes.put(lane, reads);
        }
        size--;
        underWay.merge(lane, 1, Integer::sum);
        return read;
    }

    private String turn() {
        for (String lane : lanes.keySet()) {
            if (underWay.getOrDefault(lane, 0) < mostOfOne) {
                return lane;
            }
        }
        return null;
    }

    /** A read that was next has ended, whatever came of it. */
    public synchronized void done(Step.Read read) {
        underWay.computeIfPresent(read.lane(), (lane, many) -> many == 1 ? null : many - 1);
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

    /** Whether a read waits that may start. */
    public synchronized boolean waiting() {
        return turn() != null;
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
