package org.kubenode.progress.notify;

import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes each change of state once, in the words that operators search for. */
final class NotifierLog implements Consumer<CircuitChange> {

    private static final Logger LOG = LoggerFactory.getLogger(NotifierLog.class);

    private static final Map<String, String> NAMES =
            Map.of("postgres", "PostgreSQL", "redis", "Redis");
    private static final Map<String, String> PATHS =
            Map.of("postgres", "PostgreSQL LISTEN/NOTIFY", "redis", "Redis Pub/Sub");

    @Override
    public void accept(CircuitChange change) {
        switch (change.to()) {
            case REALTIME ->
                    LOG.info("Using {} for real-time progress updates", path(change.type()));
            case RECOVERING ->
                    LOG.info("The {} notifier is back, proving itself", name(change.type()));
            case RECONNECTING -> reconnecting(change);
            case POLLING -> polling(change);
        }
    }

    private static void reconnecting(CircuitChange change) {
        if (change.from() != null) {
            LOG.warn(
                    "The {} notifier is interrupted: {}, polling while it reconnects",
                    name(change.type()),
                    change.why());
        } else if ("postgres".equals(change.type())) {
            LOG.info("{} notifier initialized", path(change.type()));
        }
    }

    private static void polling(CircuitChange change) {
        if (change.from() == null) {
            LOG.info("Using polling mode for progress updates");
            return;
        }
        if (change.atStart() && "redis".equals(change.type())) {
            LOG.error("Failed to create Redis notifier: {}", change.why());
        } else {
            LOG.error(
                    "{} notifier failed, falling back to polling: {}",
                    name(change.type()),
                    change.why());
        }
        LOG.info("Falling back to polling mode");
    }

    private static String name(String type) {
        return NAMES.getOrDefault(type, type);
    }

    private static String path(String type) {
        return PATHS.getOrDefault(type, type);
    }
}
