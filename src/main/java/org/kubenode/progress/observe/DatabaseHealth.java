package org.kubenode.progress.observe;

import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;

/**
 * What is known of the database, without asking it: it answers at once. Down is {@code DEGRADED},
 * with status 200, because the replica stays up and goes on.
 */
final class DatabaseHealth implements HealthIndicator {

    static final Status DEGRADED =
            new Status("DEGRADED", "the database is down, nothing is durable until it is back");

    private final Database database;

    DatabaseHealth(Database database) {
        this.database = database;
    }

    @Override
    public Health health() {
        String reason = database.reason();
        Health.Builder health =
                Health.status(reason == null ? Status.UP : DEGRADED)
                        .withDetail("state", database.state())
                        .withDetail("since", WireCodec.timestamp(database.since()))
                        .withDetail("migrated", database.migrated());
        if (reason != null) {
            health.withDetail("reason", reason);
        }
        return health.build();
    }
}
