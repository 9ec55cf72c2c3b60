package org.kubenode.progress.notify;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How full PostgreSQL's one queue of notifications is, and which session most likely holds it back:
 * one that listens, in whatever database, and has had a transaction open for the longest.
 */
public final class NotifyQueue implements MeterBinder {

    /** From here on the server warns as well. */
    static final double FILLING = 0.5;

    private static final Logger LOG = LoggerFactory.getLogger(NotifyQueue.class);

    private MultiGauge usage;
    private boolean filling;

    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        usage =
                MultiGauge.builder("progress.notify.queue")
                        .description("How full the server's queue of notifications is, 0 to 1")
                        .register(registry);
    }

    /**
     * Takes a look.
     *
     * @param row of {@code notify-queue}: usage from 0 to 1; pid, username, database, application
     *     and since of the oldest open transaction, null where there is none
     */
    public synchronized void seen(Map<String, Object> row) {
        double full = ((Number) row.get("usage")).doubleValue();
        if (usage != null) {
            Tags session =
                    Tags.of(
                            "pid", text(row, "pid"),
                            "user", text(row, "username"),
                            "database", text(row, "database"),
                            "application", text(row, "application"));
            usage.register(List.of(MultiGauge.Row.of(session, full)), true);
        }
        boolean now = full >= FILLING;
        if (now && !filling) {
            LOG.warn(
                    "PostgreSQL's NOTIFY queue is {} % full; the oldest open transaction is of pid"
                            + " {} (user {}, database {}, application {}) since {}: end it",
                    Math.round(full * 100),
                    text(row, "pid"),
                    text(row, "username"),
                    text(row, "database"),
                    text(row, "application"),
                    text(row, "since"));
        } else if (filling && !now) {
            LOG.info("PostgreSQL's NOTIFY queue is {} % full again", Math.round(full * 100));
        }
        filling = now;
    }

    private static String text(Map<String, Object> row, String column) {
        Object value = row.get(column);
        return value == null ? "?" : value.toString();
    }
}
