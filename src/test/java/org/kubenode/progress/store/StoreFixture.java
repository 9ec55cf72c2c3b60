package org.kubenode.progress.store;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.testing.Servers;

/** A store of its own for a test: a fresh database of one shared PostgreSQL, or SQLite. */
public final class StoreFixture implements AutoCloseable {

    private final StoreSettings settings;
    private final HikariDataSource dataSource;
    private final org.flywaydb.core.api.configuration.Configuration flyway;
    private final Database database;
    private final Migrations migrations;

    private StoreFixture(StoreSettings settings) {
        this.settings = settings;
        this.dataSource = DataSources.create(settings, "test");
        StoreConfiguration configuration = new StoreConfiguration();
        Flyway flyway = configuration.flyway(settings, dataSource, new Replica("test"));
        this.flyway = flyway.getConfiguration();
        this.database = configuration.database(settings, dataSource);
        this.migrations = configuration.migrations(settings, flyway, database);
    }

    /** A fresh, empty database. */
    public static StoreFixture onPostgres() {
        Servers.PostgresDatabase fresh = Servers.database();
        return onPostgres(fresh.port(), fresh.name());
    }

    /** A database reached by another port, a relay's for example. */
    public static StoreFixture onPostgres(int port, String name) {
        return onPostgres(port, name, "");
    }

    /** A schema of a database, which is made when it is missing. */
    public static StoreFixture onPostgres(int port, String name, String schema) {
        return new StoreFixture(
                new StoreSettings(
                        StoreSettings.Kind.POSTGRES,
                        "localhost",
                        port,
                        name,
                        schema,
                        "postgres",
                        "",
                        "disable",
                        "",
                        false,
                        10,
                        null));
    }

    /** SQLite in a file. */
    public static StoreFixture onSqlite(Path file) {
        return new StoreFixture(other(StoreSettings.Kind.SQLITE, file.toString()));
    }

    /** SQLite in memory. */
    public static StoreFixture inMemory() {
        return new StoreFixture(other(StoreSettings.Kind.MEMORY, null));
    }

    private static StoreSettings other(StoreSettings.Kind kind, String path) {
        return new StoreSettings(kind, null, 0, null, "", null, null, null, null, false, 10, path);
    }

    /** The server all tests of this JVM share; ended with it. */
    public static EmbeddedPostgres server() {
        return Servers.postgres();
    }

    public StoreFixture migrated() {
        migrations.run();
        database.recovered();
        return this;
    }

    /** The tables as a replica of an earlier version makes them, from its migrations. */
    public StoreFixture migratedBy(String version) {
        Flyway.configure()
                .configuration(flyway)
                .locations("classpath:" + version + "/db/migration/" + folder())
                .load()
                .migrate();
        return this;
    }

    public String databaseName() {
        return settings.database();
    }

    public String folder() {
        return settings.kind().folder();
    }

    public HikariDataSource dataSource() {
        return dataSource;
    }

    public Database database() {
        return database;
    }

    public Migrations migrations() {
        return migrations;
    }

    /** Runs one statement. */
    public void execute(String sql) {
        try (Connection c = dataSource.getConnection();
                Statement s = c.createStatement()) {
            s.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of the first row, as a number. */
    public long number(String sql) {
        try (Connection c = dataSource.getConnection();
                Statement s = c.createStatement();
                ResultSet rs = s.executeQuery(sql)) {
            rs.next();
            return rs.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
