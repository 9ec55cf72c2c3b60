package org.kubenode.progress.store;

import org.flywaydb.core.Flyway;

/** Brings the tables up to date when the database is first seen. */
public final class Migrations {

    private final Flyway flyway;
    private final Database database;

    Migrations(Flyway flyway, Database database) {
        this.flyway = flyway;
        this.database = database;
    }

    /** Whether {@link #run} has still to succeed once. */
    public boolean due() {
        return !database.migrated();
    }

    /**
     * Migrates; several replicas may at once, Flyway's lock orders them.
     *
     * @throws org.flywaydb.core.api.FlywayException when the database is away or a migration fails
     */
    public void run() {
        flyway.migrate();
        database.migrationDone();
    }
}
