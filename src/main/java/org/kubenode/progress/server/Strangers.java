package org.kubenode.progress.server;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.kubenode.progress.log.LogLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections on which nobody has shown a token that counts. Of more than there may be the
 * oldest are closed, but none that just came: in a flood a token that was sent is yet to be read.
 */
final class Strangers {

    private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);
    private static final long JUST_NOW = TimeUnit.SECONDS.toNanos(2);

    /** So many times as many there are at most, whenever they came. */
    private static final int FLOOD = 4;

    private final LogLimit limit = new LogLimit();
    private final int most;

    // Since when, by the monotonic clock; the oldest first. Guarded by itself.
    private final Map<Connection, Long> since = new LinkedHashMap<>();

    /**
     * @param most at once, but for those that came in the last two seconds
     */
    Strangers(int most) {
        this.most = most;
    }

    void came(Connection connection) {
        for (Connection oldest : tooMany(connection)) {
            oldest.getEndPoint().close();
            long closed = limit.pass("closed");
            if (closed > 0) {
                LOG.warn(
                        "More than {} connections without a token, of which the oldest are closed: {} of"
                                + " them so far (progress.max_strangers)",
                        most,
                        closed);
            }
        }
    }

    private List<Connection> tooMany(Connection connection) {
        long now = System.nanoTime();
        List<Connection> oldest = new ArrayList<>();
        synchronized (since) {
            since.put(connection, now);
            Iterator<Map.Entry<Connection, Long>> next = since.entrySet().iterator();
            while (since.size() > most) {
                Map.Entry<Connection, Long> first = next.next();
                if (now - first.getValue() < JUST_NOW && since.size() <= FLOOD * most) {
                    break;
                }
                oldest.add(first.getKey());
                next.remove();
            }
        }
        return oldest;
    }

    /** It is gone, or no stranger any more. */
    void forget(Connection connection) {
        synchronized (since) {
            since.remove(connection);
        }
    }
}
