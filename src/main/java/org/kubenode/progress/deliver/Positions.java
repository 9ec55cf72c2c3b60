package org.kubenode.progress.deliver;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Where each subscriber of a task is in it: at the head, so that one step serves all of those; at a
 * seq of its own; or waiting, for a snapshot, or for the task's user to be known. For the holder of
 * the feed's turn alone.
 */
final class Positions {

    private final Set<Subscriber> atHead = new LinkedHashSet<>();
    private List<Object> atHeadSockets;
    private final Map<Subscriber, Long> elsewhere = new IdentityHashMap<>();
    private final Set<Subscriber> awaitingSnapshot = new LinkedHashSet<>();

    /** Whose place is beyond what is known here. */
    private final Set<Subscriber> doubtful = new LinkedHashSet<>();

    /** Who came after an end that was shown from memory: whether it is stored is read first. */
    private final List<Subscriber> afterUnstoredEnd = new ArrayList<>();

    /** Those of both whom the read under way decides. */
    private List<Subscriber> askedDoubtful = List.of();

    private List<Subscriber> askedAfterEnd = List.of();

    private final Map<Subscriber, Long> unplaced = new IdentityHashMap<>();

    boolean hold(Subscriber subscriber) {
        return atHead.contains(subscriber)
                || elsewhere.containsKey(subscriber)
                || awaitingSnapshot.contains(subscriber);
    }

    /** Nobody follows the task. */
    boolean empty() {
        return !followed() && awaitingSnapshot.isEmpty();
    }

    /** Somebody waits for messages. */
    boolean followed() {
        return !atHead.isEmpty() || !elsewhere.isEmpty();
    }

    boolean anyAtHead() {
        return !atHead.isEmpty();
    }

    boolean anyElsewhere() {
        return !elsewhere.isEmpty();
    }

    boolean anyAwaitsSnapshot() {
        return !awaitingSnapshot.isEmpty();
    }

    boolean anyUnplaced() {
        return !unplaced.isEmpty();
    }

    /** Nobody, as far as is known, needs a message up to that seq. */
    boolean allReached(long seq) {
        return atHead.isEmpty() && elsewhere.values().stream().allMatch(at -> at >= seq);
    }

    /** It asked while the task's user is not known; since below 0 asks for a snapshot. */
    void unplaced(Subscriber subscriber, long since) {
        if (unplaced.put(subscriber, since) == null) {
            subscriber.waits(1);
        }
    }

    /** Those that asked before the task's user was known leave this to be placed. */
    void placeEach(BiConsumer<Subscriber, Long> place) {
        Map<Subscriber, Long> asked = new IdentityHashMap<>(unplaced);
        clearUnplaced();
        asked.forEach(place);
    }

    Iterable<Map.Entry<Subscriber, Long>> unplaced() {
        return unplaced.entrySet();
    }

    void put(Subscriber subscriber, long seq, long head) {
        if (seq == head) {
            promote(subscriber);
        } else {
            elsewhere.put(subscriber, seq);
        }
    }

    void doubt(Subscriber subscriber) {
        doubtful.add(subscriber);
    }

    void doubtEnd(Subscriber subscriber) {
        afterUnstoredEnd.add(subscriber);
    }

    boolean anyInDoubt() {
        return !doubtful.isEmpty() || !afterUnstoredEnd.isEmpty();
    }

    /** A read begins: it decides for those who are in doubt now. */
    void ask() {
        askedDoubtful = List.copyOf(doubtful);
        askedAfterEnd = List.copyOf(afterUnstoredEnd);
    }

    /**
     * The rows that were asked for end at a seq: who is beyond it waits for a snapshot; who came
     * after an unstored end is left to be placed.
     */
    void settle(long seq, Consumer<Subscriber> place) {
        for (Subscriber subscriber : askedDoubtful) {
            if (doubtful.remove(subscriber) && elsewhere.getOrDefault(subscriber, 0L) > seq) {
                elsewhere.remove(subscriber);
                awaitSnapshot(subscriber);
            }
        }
        askedAfterEnd.forEach(place);
        afterUnstoredEnd.removeAll(askedAfterEnd);
    }

    void awaitSnapshot(Subscriber subscriber) {
        if (awaitingSnapshot.add(subscriber)) {
            subscriber.waits(1);
        }
    }

    void headAwaitsSnapshot() {
        atHead.forEach(this::awaitSnapshot);
        atHead.clear();
        atHeadSockets = null;
    }

    /** Those from one seq up to below another wait for a snapshot. */
    void awaitSnapshotBetween(long from, long below) {
        for (Iterator<Map.Entry<Subscriber, Long>> it = elsewhere.entrySet().iterator();
                it.hasNext(); ) {
            Map.Entry<Subscriber, Long> place = it.next();
            if (place.getValue() >= from && place.getValue() < below) {
                awaitSnapshot(place.getKey());
                it.remove();
            }
        }
    }

    /** Everybody begins anew. */
    void allAwaitSnapshot() {
        headAwaitsSnapshot();
        awaitSnapshotBetween(Long.MIN_VALUE, Long.MAX_VALUE);
        doubtful.clear();
    }

    /** The sockets that a snapshot of a seq goes to; they are there then. */
    List<Object> snapshotTo(long seq, long head) {
        List<Object> sockets = awaitingSnapshot.stream().map(Subscriber::socket).toList();
        for (Subscriber subscriber : awaitingSnapshot) {
            subscriber.waits(-1);
            elsewhere.put(subscriber, seq);
        }
        awaitingSnapshot.clear();
        promoteThoseAt(head);
        return sockets;
    }

    /** The sockets elsewhere whose next message is that seq; they have it then. */
    List<Object> advanceTo(long seq) {
        List<Object> sockets = new ArrayList<>();
        for (Map.Entry<Subscriber, Long> place : elsewhere.entrySet()) {
            if (place.getValue() == seq - 1) {
                sockets.add(place.getKey().socket());
                place.setValue(seq);
            }
        }
        return sockets;
    }

    /** Brings those from a seq on to the head; says of each where it was. */
    void catchUp(long from, long head, BiConsumer<Object, Long> each) {
        for (Map.Entry<Subscriber, Long> place : elsewhere.entrySet()) {
            if (place.getValue() >= from && place.getValue() < head) {
                each.accept(place.getKey().socket(), place.getValue());
                place.setValue(head);
            }
        }
        promoteThoseAt(head);
    }

    /** The earliest place behind the head, or the head. */
    long earliest(long head) {
        long earliest = head;
        for (long place : elsewhere.values()) {
            earliest = Math.min(earliest, place);
        }
        return earliest;
    }

    void promoteThoseAt(long head) {
        for (Iterator<Map.Entry<Subscriber, Long>> it = elsewhere.entrySet().iterator();
                it.hasNext(); ) {
            Map.Entry<Subscriber, Long> place = it.next();
            if (place.getValue() == head) {
                promote(place.getKey());
                it.remove();
            }
        }
    }

    private void promote(Subscriber subscriber) {
        atHead.add(subscriber);
        atHeadSockets = null;
    }

    /** The same list as long as nobody comes or goes. */
    List<Object> atHeadSockets() {
        if (atHeadSockets == null) {
            atHead.removeIf(subscriber -> !subscriber.open());
            atHeadSockets = atHead.stream().map(Subscriber::socket).toList();
        }
        return atHeadSockets;
    }

    void forget(Subscriber subscriber) {
        if (atHead.remove(subscriber)) {
            atHeadSockets = null;
        }
        elsewhere.remove(subscriber);
        if (awaitingSnapshot.remove(subscriber)) {
            subscriber.waits(-1);
        }
        doubtful.remove(subscriber);
    }

    void leave(Subscriber subscriber) {
        forget(subscriber);
        if (unplaced.remove(subscriber) != null) {
            subscriber.waits(-1);
        }
    }

    /** There are no rows: those who lack some are given up. */
    List<Subscriber> takeThoseWithoutRows() {
        List<Subscriber> without = new ArrayList<>(unplaced.keySet());
        without.addAll(elsewhere.keySet());
        without.addAll(awaitingSnapshot);
        clearUnplaced();
        elsewhere.clear();
        awaitingSnapshot.forEach(subscriber -> subscriber.waits(-1));
        awaitingSnapshot.clear();
        doubtful.clear();
        afterUnstoredEnd.clear();
        return without;
    }

    private void clearUnplaced() {
        unplaced.keySet().forEach(subscriber -> subscriber.waits(-1));
        unplaced.clear();
    }
}
