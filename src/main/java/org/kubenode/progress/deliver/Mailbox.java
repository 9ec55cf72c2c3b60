package org.kubenode.progress.deliver;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Events that any thread leaves, for one thread at a time: whoever leaves one and finds nobody at
 * work has the <em>turn</em>, and takes events until none is left. Nobody waits.
 */
final class Mailbox<E> {

    private final Queue<E> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /** What the holder of the turn has seen of {@code waiting}. */
    private int seen = 1;

    /** Whether the caller has the turn now. */
    boolean post(E event) {
        events.add(event);
        return waiting.getAndIncrement() == 0;
    }

    /** For the holder of the turn: the next event, or null, which ends the turn. */
    E next() {
        while (true) {
            E event = events.poll();
            if (event != null) {
                return event;
            }
            // The turn ends only if nobody posted since the last look. Events are not counted one
            // by one: one may be taken here before its poster has counted it.
            int before = seen;
            seen = 1;
            int left = waiting.addAndGet(-before);
            if (left == 0) {
                return null;
            }
            seen = left;
        }
    }

    /** Nobody has the turn. */
    boolean idle() {
        return waiting.get() == 0;
    }
}
