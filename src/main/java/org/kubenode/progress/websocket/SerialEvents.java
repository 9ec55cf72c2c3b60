package org.kubenode.progress.websocket;

import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the events of one session one after the other. An event may end in another thread, and may
 * cause the next one from within itself; neither holds a lock or nests.
 */
final class SerialEvents {

    /** An event that calls {@code done} when the next one may start. */
    interface Event {
        void run(Runnable done);
    }

    private static final Logger LOG = LoggerFactory.getLogger(SerialEvents.class);

    private final ArrayDeque<Event> waiting = new ArrayDeque<>(2);
    private boolean running;

    /**
     * Runs the event now, or after those before it.
     *
     * @return how many events wait
     */
    int add(Event event) {
        synchronized (waiting) {
            if (running) {
                waiting.add(event);
                return waiting.size();
            }
            running = true;
        }
        run(event);
        return 0;
    }

    private void run(Event first) {
        Event event = first;
        while (event != null) {
            Step step = new Step();
            try {
                event.run(step);
            } catch (Throwable e) {
                LOG.warn("An event of a session failed", e);
                step.run();
            }
            // Not yet ended: whoever ends it goes on.
            event = step.leave() ? next() : null;
        }
    }

    private Event next() {
        synchronized (waiting) {
            Event event = waiting.poll();
            running = event != null;
            return event;
        }
    }

    /** Of the event's end and the return of its call, the later one goes on. */
    private final class Step implements Runnable {
        private boolean ended;
        private boolean left;

        @Override
        public void run() {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
                if (!left) {
                    return;
                }
            }
            Event event = next();
            if (event != null) {
                SerialEvents.this.run(event);
            }
        }

        private synchronized boolean leave() {
            left = true;
            return ended;
        }
    }
}
