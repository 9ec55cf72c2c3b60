package org.kubenode.progress.server;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.eclipse.jetty.io.Connection;
import org.kubenode.progress.log.LogLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections on which nobody has shown a token that counts. Of more than there may be the
 * oldest is closed: who has a token has shown it long before it would be that one.
 */
final class Strangers {

    private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);

    private final LogLimit limit = new LogLimit();
    private final int most;

    // Guarded by itself.
    private final Set<Connection> inOrder = new LinkedHashSet<>();

    /**
     * @param most at once
     */
    Strangers(int most) {
        this.most = most;
    }

    void came(Connection connection) {
        Connection oldest = null;
        synchronized (inOrder) {
            inOrder.add(connection);
            if (inOrder.size() > most) {
                Iterator<Connection> first = inOrder.iterator();
                oldest = first.next();
                first.remove();
            }
        }
        if (oldest != null) {
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

    /** It is gone, or no stranger any more. */
    void forget(Connection connection) {
        synchronized (inOrder) {
            inOrder.remove(connection);
        }
    }
}
