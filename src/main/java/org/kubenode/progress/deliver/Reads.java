package org.kubenode.progress.deliver;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The reads that wait for a reader. None is ever refused: a task has at most one. Users take turns,
 * each user's oldest first, so nobody waits for all that another one asked for. Thread-safe.
 */
public final class Reads {

    private final Map<String, Deque<Step.Read>> lanes = new LinkedHashMap<>();
    private final List<Step.Read> later = new ArrayList<>();
    private int size;

    public synchronized void add(Step.Read read) {
        lanes.computeIfAbsent(read.lane(), lane -> new ArrayDeque<>()).add(read);
        size++;
    }

    /** The read whose turn it is, or null when none waits. */
    public synchronized Step.Read next() {
        Iterator<Map.Entry<String, Deque<Step.Read>>> turns = lanes.entrySet().iterator();
        if (!turns.hasNext()) {
            return null;
        }
        Map.Entry<String, Deque<Step.Read>> turn = turns.next();
        String lane = turn.getKey();
        Deque<Step.Read> reads = turn.getValue();
        turns.remove();
        Step.Read read = reads.remove();
        if (!reads.isEmpty()) {
            lanes.put(lane, reads);
        }
        size--;
        return read;
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

    /** Whether a read waits for a reader. */
    public synchronized boolean waiting() {
        return size > 0;
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
