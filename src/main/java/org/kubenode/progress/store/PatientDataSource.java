package org.kubenode.progress.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * What the pool gets its connections from. While the server is away Hikari's own pause between two
 * attempts grows to 5 s, in which a server that is back waits for us. So an attempt that fails for
 * the reason that was told before is repeated here instead, at a steady pace: the pool hears of
 * each new reason, which it gives to those who wait for a connection, and of success.
 */
final class PatientDataSource extends DelegatingDataSource {

    /** Between two attempts, in milliseconds. */
    static final long PAUSE_MS = 250;

    private volatile String told;

    PatientDataSource(DataSource target) {
        super(target);
    }

    /**
     * Connects, however long it takes.
     *
     * @throws SQLException once for each reason, and when the thread is interrupted
     */
    @Override
    public Connection getConnection() throws SQLException {
        while (true) {
            try {
                Connection connection = super.getConnection();
                told = null;
                return connection;
            } catch (SQLException e) {
                if (!Objects.equals(e.getMessage(), told)) {
                    told = e.getMessage();
                    throw e;
                }
                pause(e);
            }
        }
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
