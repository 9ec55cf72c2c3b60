package org.kubenode.progress.config;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** Where tasks and messages are kept. Values are checked before any bean exists. */
@ConfigurationProperties("database")
public record DatabaseProperties(
        @Doc("The kind of database.") @DefaultValue("postgres") Type type,
        @Doc("Host of PostgreSQL.") @DefaultValue("localhost") String host,
        @Doc(value = "Port of PostgreSQL.", min = "1", max = "65535") @DefaultValue("5432")
                int port,
        @Doc("Name of the database in PostgreSQL.") @DefaultValue("kube_node_manager")
                String database,
        @Doc(
                        value =
                                "Schema of PostgreSQL that holds our tables, made when it is missing: they"
                                        + " then stand beside those of other programs in one database.",
                        pattern = "(?!pg_)[a-z_][a-z0-9_]{0,62}",
                        allowed = "up to 63 of a-z 0-9 _, beginning with neither a digit nor pg_",
                        unset = "the first schema of the user's `search_path`, usually `public`")
                @DefaultValue("")
                String schema,
        @Doc("User in PostgreSQL.") @DefaultValue("postgres") String username,
        @Doc(value = "Password in PostgreSQL.", secret = true) @DefaultValue("") String password,
        @Doc(
                        value =
                                "File of the SQLite database; needed when `database.type` is `sqlite`.",
                        unset = "none")
                @DefaultValue("")
                String path,
        @Doc(
                        value =
                                "Host of a direct line for LISTEN, where `database.host` is a pooler that"
                                        + " does not carry it.",
                        unset = "`database.host`")
                String listenHost,
        @Doc(
                        value = "Port of the direct line for LISTEN.",
                        min = "1",
                        max = "65535",
                        unset = "`database.port`")
                int listenPort,
        @Doc(
                        "A transaction-pooling pooler such as PgBouncer stands in between: no named"
                                + " statements on the server.")
                @DefaultValue("false")
                boolean pooler,
        @Doc("TLS to PostgreSQL, as libpq's `sslmode`.") @DefaultValue("prefer") SslMode sslMode,
        @Doc(
                        value =
                                "File of the root certificates (PEM) that `verify-ca` and `verify-full`"
                                        + " trust.",
                        unset = "the JVM's own")
                @DefaultValue("")
                String sslRootCert,
        @Doc(value = "Connections in the pool of a replica.", min = "1", max = "500")
                @DefaultValue("10")
                int poolSize) {

    /** The kind of database. */
    public enum Type {
        POSTGRES,
        SQLITE
    }

    /** How TLS is used, as libpq's {@code sslmode}. */
    public enum SslMode {
        DISABLE,
        ALLOW,
        PREFER,
        REQUIRE,
        VERIFY_CA,
        VERIFY_FULL;

        /** As libpq and the drivers write it, for example {@code verify-full}. */
        public String text() {
            return Key.text(this);
        }
    }

    /** Leaves the password out. */
    @Override
    public String toString() {
        return "DatabaseProperties[type=%s, host=%s, port=%d, database=%s, username=%s]"
                .formatted(type, host, port, database, username);
    }
}
