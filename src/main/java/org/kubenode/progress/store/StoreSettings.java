package org.kubenode.progress.store;

import org.kubenode.progress.config.DatabaseProperties;
import org.kubenode.progress.config.ProgressProperties;

/**
 * Where the rows are.
 *
 * @param kind which set of SQL files and which driver
 * @param host of PostgreSQL
 * @param port of PostgreSQL
 * @param database of PostgreSQL
 * @param schema of PostgreSQL that holds our tables, or empty for the first of the search_path
 * @param username of PostgreSQL
 * @param password of PostgreSQL; never logged
 * @param sslMode as pgjdbc's sslmode: disable, allow, prefer, require, verify-ca, verify-full
 * @param sslRootCert PEM file of what verify-ca and verify-full trust, or empty
 * @param pooler whether PgBouncer or the like stands between: no named server-side statements
 * @param poolSize connections at most
 * @param path of the SQLite file
 */
record StoreSettings(
        Kind kind,
        String host,
        int port,
        String database,
        String schema,
        String username,
        String password,
        String sslMode,
        String sslRootCert,
        boolean pooler,
        int poolSize,
        String path) {

    enum Kind {
        POSTGRES,
        SQLITE,
        /** SQLite in this process' memory: progress.enable_database is false. */
        MEMORY;

        /** The folder of SQL files and migrations. */
        String folder() {
            return this == POSTGRES ? "postgres" : "sqlite";
        }
    }

    static StoreSettings from(DatabaseProperties database, ProgressProperties progress) {
        return new StoreSettings(
                progress.enableDatabase() ? Kind.valueOf(database.type().name()) : Kind.MEMORY,
                database.host(),
                database.port(),
                database.database(),
                database.schema(),
                database.username(),
                database.password(),
                database.sslMode().text(),
                database.sslRootCert(),
                database.pooler(),
                database.poolSize(),
                database.path());
    }

    @Override
    public String toString() {
        return kind == Kind.POSTGRES
                ? "postgres " + host + ":" + port + "/" + database
                : kind == Kind.SQLITE ? "sqlite " + path : "memory";
    }
}
