package org.kubenode.progress.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Pools in which nothing waits long for a dead server: no start of a pool connects. */
final class DataSources {

    private static final int CONNECT_MS = 1_000;
    private static final int SOCKET_SECONDS = 5;
    private static final int MIGRATION_SECONDS = 1_800;

    /**
     * The server gives up before the socket does, so that the connection stays usable. Said after
     * the log-in, because a pooler refuses start-up options that it does not know.
     */
    private static final String LIMITS =
            "SELECT set_config('statement_timeout', '4500', false),"
                    + " set_config('lock_timeout', '2000', false),"
                    + " set_config('idle_in_transaction_session_timeout', '10000', false)";

    private DataSources() {}

    static HikariDataSource create(StoreSettings settings, String replica) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("database");
        pool.setConnectionTimeout(CONNECT_MS);
        pool.setValidationTimeout(800);
        pool.setInitializationFailTimeout(-1);
        switch (settings.kind()) {
            case POSTGRES -> {
                pool.setDataSource(new PatientDataSource(postgres(settings, replica)));
                pool.setMaximumPoolSize(settings.poolSize());
                if (!settings.pooler()) {
                    pool.setConnectionInitSql(LIMITS);
                }
            }
            case SQLITE -> {
                pool.setDataSource(new PatientDataSource(sqlite("jdbc:sqlite:" + settings.path())));
                pool.setMaximumPoolSize(4);
            }
            case MEMORY -> {
                // Closing the last connection would empty it, and connections that share a cache
                // refuse instead of waiting: so exactly one, kept for ever.
                pool.setDataSource(
                        sqlite(
                                "jdbc:sqlite:file:progress-"
                                        + UUID.randomUUID()
                                        + "?mode=memory&cache=shared"));
                pool.setMaximumPoolSize(1);
                pool.setMaxLifetime(0);
                pool.setIdleTimeout(0);
                pool.setConnectionTimeout(SOCKET_SECONDS * 1_000L);
            }
        }
        return new HikariDataSource(pool);
    }

    /** For migrations: to fill a new column, or to build an index, may take its time. */
    static DataSource migrating(StoreSettings settings, String replica, DataSource pool) {
        if (settings.kind() != StoreSettings.Kind.POSTGRES) {
            return pool;
        }
        PGSimpleDataSource source = postgres(settings, replica);
        source.setSocketTimeout(MIGRATION_SECONDS);
        return source;
    }

    private static PGSimpleDataSource postgres(StoreSettings settings, String replica) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {settings.host()});
        source.setPortNumbers(new int[] {settings.port()});
        source.setDatabaseName(settings.database());
        if (!settings.schema().isEmpty()) {
            // Alone: a table that ours lacks must not be found in somebody else's schema.
            source.setCurrentSchema(settings.schema());
        }
        source.setUser(settings.username());
        source.setPassword(settings.password());
        source.setSslMode(settings.sslMode());
        if (!settings.sslRootCert().isEmpty()) {
            source.setSslRootCert(settings.sslRootCert());
        }
        source.setConnectTimeout(CONNECT_MS / 1_000);
        source.setLoginTimeout(CONNECT_MS / 1_000);
        source.setSocketTimeout(SOCKET_SECONDS);
        source.setTcpKeepAlive(true);
        // After a failover the old primary may still answer, and refuses every write.
        source.setTargetServerType("primary");
        source.setApplicationName("kube-node-manager-" + replica + "-pool");
        if (settings.pooler()) {
            // A pooler may give each transaction another server: nothing may stay behind there.
            source.setPrepareThreshold(0);
        }
        return source;
    }

    private static DataSource sqlite(String url) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(SOCKET_SECONDS * 1_000);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl(url);
        return source;
    }
}
