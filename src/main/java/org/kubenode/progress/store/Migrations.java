package org.kubenode.progress.store;

import org.flywaydb.core.Flyway;

/** Brings the tables up to date when the database is first seen. */
public final class Migrations {

    private final Flyway flyway;
    private final ForeignTables foreign;
    private final Database database;

    Migrations(Flyway flyway, ForeignTables foreign, Database database) {
        this.flyway = flyway;
        this.foreign = foreign;
        this.database = database;
    }

    /** Whether {@link #run} has still to succeed once. */
    public boolean due() {
        return !database.migrated();
    }

    /**
     * Migrates; several replicas may at once, Flyway's lock orders them.
     *
     * @throws org.flywaydb.core.api.FlywayException when the database is away, a migration fails,
     *     or tables of another program have the names of ours; then none is tried
     */
    public void run() {
        foreign.refuse(flyway.getConfiguration().getDataSource());
        flyway.migrate();
        database.migrationDone();
    }
}
