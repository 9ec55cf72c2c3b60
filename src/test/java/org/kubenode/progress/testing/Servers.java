package org.kubenode.progress.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;

/**
 * The PostgreSQL that the tests of one JVM share: embedded, on a free port of the loopback, with
 * fsync and synchronous commits on as in production, ended with the JVM. Testcontainers is not
 * used: no machine that runs these tests has Docker. Redis is a {@link RedisProcess}.
 */
public final class Servers {

    private static EmbeddedPostgres postgres;

    private Servers() {}

    /** The server all tests of this JVM share. */
    public static synchronized EmbeddedPostgres postgres() {
        if (postgres == null) {
            try {
                postgres =
                        EmbeddedPostgres.builder()
                                .setServerConfig("fsync", "on")
                                .setServerConfig("synchronous_commit", "on")
                                .setServerConfig("max_connections", "300")
                                .setServerConfig("shared_preload_libraries", "pg_stat_statements")
                                .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return postgres;
    }

    /** A fresh, empty database of the shared server. */
    public static PostgresDatabase database() {
        int port = postgres().getPort();
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        new PostgresDatabase(port, "postgres").execute("CREATE DATABASE " + name);
        return new PostgresDatabase(port, name);
    }

    /** A port of the loopback that nobody uses now. */
    public static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A database, reached by the user postgres without a password.
     *
     * @param port the server's, or that of a {@link Relay} to it
     */
    public record PostgresDatabase(int port, String name) {

        /** The options of a replica on this database. */
        public List<String> options() {
            return List.of(
                    "--database.type=postgres",
                    "--database.host=127.0.0.1",
                    "--database.port=" + port,
                    "--database.database=" + name,
                    "--database.username=postgres",
                    "--database.password=");
        }

        /** The same database by another port. */
        public PostgresDatabase through(Relay relay) {
            return new PostgresDatabase(relay.port(), name);
        }

        public String jdbcUrl() {
            return "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres".formatted(port, name);
        }

        public Connection connect() throws SQLException {
            return DriverManager.getConnection(jdbcUrl());
        }

        /** Runs one statement. */
        public void execute(String sql) {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The one number that a query gives. */
        public long number(String sql) {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
