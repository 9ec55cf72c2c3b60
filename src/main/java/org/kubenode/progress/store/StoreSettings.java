package org.kubenode.progress.store;

import java.util.Locale;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Where the rows are.
 *
 * @param kind which set of SQL files and which driver
 * @param host of PostgreSQL
 * @param port of PostgreSQL
 * @param database of PostgreSQL
 * @param username of PostgreSQL
 * @param password of PostgreSQL; never logged
 * @param sslMode as pgjdbc's sslmode: disable, allow, prefer, require, verify-ca, verify-full
 * @param pooler whether PgBouncer or the like stands between: no named server-side statements
 * @param poolSize connections at most
 * @param path of the SQLite file
 */
record StoreSettings(
        Kind kind,
        String host,
        int port,
        String database,
        String username,
        String password,
        String sslMode,
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

    static StoreSettings from(Environment environment) {
        Binder binder = Binder.get(environment);
        boolean enabled =
                binder.bind("progress.enable-database", Boolean.class).orElse(Boolean.TRUE);
        String type = text(binder, "type", "postgres").toUpperCase(Locale.ROOT);
        return new StoreSettings(
                enabled ? Kind.valueOf(type) : Kind.MEMORY,
                text(binder, "host", "localhost"),
                binder.bind("database.port", Integer.class).orElse(5432),
                text(binder, "database", "kube_node_manager"),
                text(binder, "username", "postgres"),
                text(binder, "password", ""),
                text(binder, "ssl-mode", "prefer"),
                binder.bind("database.pooler", Boolean.class).orElse(Boolean.FALSE),
                binder.bind("database.pool-size", Integer.class).orElse(10),
                text(binder, "path", "kube-node-progress.db"));
    }

    private static String text(Binder binder, String key, String unset) {
        return binder.bind("database." + key, String.class).orElse(unset);
    }

    @Override
    public String toString() {
        return kind == Kind.POSTGRES
                ? "postgres " + host + ":" + port + "/" + database
                : kind == Kind.SQLITE ? "sqlite " + path : "memory";
    }
}
