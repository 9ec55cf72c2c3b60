package org.kubenode.progress.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The PostgreSQL that the tests of one JVM share: embedded, on a free port of the loopback, with
 * fsync and synchronous commits on as in production, ended with the JVM. Testcontainers is not
 * used: no machine that runs these tests has Docker. Redis is a {@link RedisProcess}.
 */
public final class Servers {

    private static final int FIRST_PORT = 20_000;
    private static final int LAST_PORT = 32_000;

    /** From a random one on: two JVMs that test at once should not ask for the same ones. */
    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT));

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

    /**
     * A port of the loopback that nobody uses now, and that no connection is given as its near end
     * before it is listened on, or while its server is down: the system takes those from higher
     * ones (Linux from 32,768 on).
     */
    public static int freePort() {
        for (int tries = 0; tries < 1_000; tries++) {
            int port = NEXT_PORT.getAndUpdate(last -> last < LAST_PORT ? last + 1 : FIRST_PORT);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException taken) {
                // The next one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("no free port among 1,000");
    }

    /** Whether something takes connections on a port of this machine. */
    public static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
            return true;
        } catch (IOException notYet) {
            return false;
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
