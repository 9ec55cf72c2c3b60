package org.kubenode.progress.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * What the pool gets its connections from. While the server is away Hikari's own pause between two
 * attempts grows to 5 s, in which a server that is back waits for us. So an attempt that fails for
 * the reason that was told before is repeated here instead, at a steady pace: the pool hears of
 * each new reason, which it gives to those who wait for a connection, and of success. Once more
 * when it lasts: the end of an old connection, found after the first time, is what the pool would
 * go on giving for the reason.
 */
final class PatientDataSource extends DelegatingDataSource {

    /** Between two attempts, in milliseconds. */
    static final long PAUSE_MS = 250;

    /** After how long a reason that lasts is told for the second and last time. */
    static final long AGAIN_MS = 2_000;

    private final LongSupplier nanoTime;
    private String told;
    private long toldAt;
    private boolean toldTwice;

    PatientDataSource(DataSource target) {
        this(target, System::nanoTime);
    }

    /**
     * @param nanoTime a monotonic clock in ns
     */
    PatientDataSource(DataSource target, LongSupplier nanoTime) {
        super(target);
        this.nanoTime = nanoTime;
    }

    /**
     * Connects, however long it takes.
     *
     * @throws SQLException once for each reason, twice when it lasts, and when the thread is
     *     interrupted
     */
    @Override
    public Connection getConnection() throws SQLException {
        while (true) {
            try {
                Connection connection = super.getConnection();
                connected();
                return connection;
            } catch (SQLException e) {
                if (isNews(e.getMessage())) {
                    throw e;
                }
                pause(e);
            }
        }
    }

    private synchronized void connected() {
        told = null;
    }

    private synchronized boolean isNews(String reason) {
        long now = nanoTime.getAsLong();
        if (!Objects.equals(reason, told)) {
            told = reason;
            toldAt = now;
            toldTwice = false;
            return true;
        }
        if (toldTwice || now - toldAt < AGAIN_MS * 1_000_000) {
            return false;
        }
        toldTwice = true;
        return true;
    }

    private static void pause(SQLException why) throws SQLException {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }
}
