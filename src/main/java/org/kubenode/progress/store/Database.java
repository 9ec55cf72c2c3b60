package org.kubenode.progress.store;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this replica knows of the database, from a check every second and from the outcome of its
 * statements. Thread-safe.
 */
public final class Database {

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private static final int MOST_REASONS = 10;

    private final boolean memory;
    private final LongSupplier nanoTime;
    private final Runnable freshConnections;
    private final Set<String> told = new HashSet<>();
    private boolean migrated;
    private boolean up;
    private boolean suspect;
    private long healthySince;
    private Instant since = Instant.now();
    private String reason = "not seen yet";

    /**
     * @param memory whether there is none, and rows live in this process
     * @param nanoTime a monotonic clock in ns
     */
    public Database(boolean memory, LongSupplier nanoTime) {
        this(memory, nanoTime, () -> {});
    }

    /**
     * @param freshConnections gives up the idle connections of the pool: where one link was lost,
     *     the others are likely to be
     */
    Database(boolean memory, LongSupplier nanoTime, Runnable freshConnections) {
        this.memory = memory;
        this.nanoTime = nanoTime;
        this.freshConnections = freshConnections;
    }

    /** {@code up}, {@code down}, or {@code none} when there is no database. */
    public synchronized String state() {
        return memory ? "none" : up ? "up" : "down";
    }

    /** Whether rows can be read and written, as far as is known. */
    public synchronized boolean up() {
        return up;
    }

    /** Since when {@link #state} is what it is. */
    public synchronized Instant since() {
        return since;
    }

    /** Why it is down, or null when it is up. Carries no credential. */
    public synchronized String reason() {
        return up ? null : reason;
    }

    /** Whether the tables are known to be up to date. */
    public synchronized boolean migrated() {
        return migrated;
    }

    synchronized void migrationDone() {
        migrated = true;
    }

    /**
     * For how long it was seen healthy without an interruption, on the monotonic clock; zero when
     * it is not. Who was cut off himself may not judge that others are gone.
     */
    public synchronized Duration healthyFor() {
        return up && !suspect
                ? Duration.ofNanos(nanoTime.getAsLong() - healthySince)
                : Duration.ZERO;
    }

    /** A statement was answered, though {@link #recovered} has not been called yet. */
    public synchronized void seen() {
        if (suspect) {
            suspect = false;
            healthySince = nanoTime.getAsLong();
        }
    }

    /** It answers again, or for the first time, and what waited for it was put in order. */
    public synchronized void recovered() {
        if (up) {
            return;
        }
        up = true;
        told.clear();
        suspect = false;
        since = Instant.now();
        healthySince = nanoTime.getAsLong();
        LOG.info("Database is {}", memory ? "in memory" : "up");
    }

    /**
     * A statement failed.
     *
     * @return whether the database is now taken to be down: it cannot be reached, or a second link
     *     in a row was lost
     */
    public synchronized boolean failed(Throwable why) {
        SqlFailure failure = SqlFailure.of(why);
        if (failure != SqlFailure.LINK && failure != SqlFailure.UNREACHABLE) {
            return !up;
        }
        boolean down = suspect || failure == SqlFailure.UNREACHABLE;
        suspect = true;
        reason = SqlFailure.reason(why);
        if (up && down) {
            up = false;
            since = Instant.now();
            tell();
        }
        return !up;
    }

    /**
     * A statement that may be repeated failed: whether to send it once more. A connection of the
     * pool may have been lost long before anybody used it.
     *
     * @param tries how often it was sent before this time, null for never
     * @return 1
     * @throws RuntimeException the given one when another try is of no use
     */
    public int repeatOnce(Integer tries, RuntimeException why) {
        if (tries != null || SqlFailure.of(why) != SqlFailure.LINK) {
            throw why;
        }
        failed(why);
        freshConnections.run();
        return 1;
    }

    /** The check itself failed: down, whatever the reason. */
    public synchronized void lost(Throwable why) {
        suspect = true;
        reason = SqlFailure.reason(why);
        if (up) {
            up = false;
            since = Instant.now();
        }
        tell();
    }

    /** Each reason of an outage once: a driver may have two for one, by turns. */
    private void tell() {
        if (told.size() < MOST_REASONS && told.add(reason)) {
            LOG.warn("Database is down: {}", reason);
        }
    }
}
