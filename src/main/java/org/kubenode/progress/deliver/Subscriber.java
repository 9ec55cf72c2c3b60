package org.kubenode.progress.deliver;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A socket or stream that progress is delivered to.
 *
 * <p>Its place in each task is kept by the task's {@link Feed}; this holds what is true over all
 * tasks.
 */
public final class Subscriber {

    private final Object socket;
    private final String userId;
    private final boolean all;
    private final long openedAt = System.nanoTime();
    private final AtomicInteger waits = new AtomicInteger();
    private volatile Instant listedAt;
    private volatile boolean listed;
    private volatile boolean open = true;

    /**
     * @param socket the session, as the WebSocket component knows it
     * @param userId whose tasks it sees
     * @param all whether it sees everybody's
     */
    public Subscriber(Object socket, String userId, boolean all) {
        this.socket = socket;
        this.userId = userId;
        this.all = all;
    }

    /** The session, as the WebSocket component knows it. */
    public Object socket() {
        return socket;
    }

    public String userId() {
        return userId;
    }

    /** Whether it sees everybody's tasks. */
    public boolean all() {
        return all;
    }

    /** Whether it may see a task of that user. */
    public boolean maySee(String taskUserId) {
        return all || userId.equals(taskUserId);
    }

    /** When it connected, before its tasks were listed, by {@link System#nanoTime}. */
    long openedAt() {
        return openedAt;
    }

    boolean open() {
        return open;
    }

    void close() {
        open = false;
    }

    /** Whether the tasks due to it were listed. */
    boolean listed() {
        return listed;
    }

    /**
     * When the tasks due to it were read, by the database's clock; null while only what this
     * replica runs was listed. A task that began later is delivered from its first message.
     */
    Instant listedAt() {
        return listedAt;
    }

    /** Whether its tasks were read before a task ended, both by the database's clock. */
    boolean listedBefore(Instant end) {
        Instant at = listedAt;
        return at != null && !end.isBefore(at);
    }

    void listed(Instant at) {
        listedAt = at;
        listed = true;
    }

    /** It waits for so many tasks more. */
    void waits(int more) {
        waits.addAndGet(more);
    }

    /** For how many tasks it waits that it asked for, or that are due to it. */
    int waits() {
        return waits.get();
    }
}
