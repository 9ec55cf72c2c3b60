package org.kubenode.progress.subscription;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Between the driver's thread and the route's: in order, bounded, losing nothing. When it is full
 * the driver's thread waits, so it stops reading the socket and the server keeps the rest.
 */
final class Inbox<P> {

    private final int capacity;
    private final Queue<P> payloads = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean closed;
    private boolean putWaiting;

    Inbox(int capacity) {
        this.capacity = capacity;
    }

    /** Waits for room; drops the payload once closed. */
    void put(P payload) {
        lock.lock();
        try {
            while (payloads.size() >= capacity && !closed) {
                putWaiting = true;
                changed.awaitUninterruptibly();
            }
            putWaiting = false;
            if (!closed) {
                payloads.add(payload);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next payload; null once closed. */
    P take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (payloads.isEmpty() && !closed) {
                changed.await();
            }
            if (closed) {
                return null;
            }
            P payload = payloads.remove();
            if (putWaiting) {
                changed.signalAll();
            }
            return payload;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether the reader of the socket stands still because the route is slower than the server.
     */
    boolean isPutWaiting() {
        lock.lock();
        try {
            return putWaiting;
        } finally {
            lock.unlock();
        }
    }

    /** Lets both sides go; what was not taken is dropped. */
    void close() {
        lock.lock();
        try {
            closed = true;
            payloads.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
