package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.function.LongSupplier;
import org.kubenode.progress.websocket.Budget;

/**
 * How many sockets may be accepted only to be closed with a code: it costs more than a status, and
 * nobody has shown a token for it.
 */
final class Refusals {

    private static final String EVERYBODY = "";

    private final Budget all;
    private final Budget each;

    /**
     * @param aSecond in the long run; twice as many at once
     * @param addressesAreTold whether the addresses of requests are the clients': without it all
     *     who come by a proxy have its address, and no address has a share of its own
     * @param nanos as {@link System#nanoTime}
     */
    Refusals(int aSecond, boolean addressesAreTold, LongSupplier nanos) {
        int share = Math.max(1, aSecond / 10);
        this.all = new Budget(aSecond, 2L * aSecond, nanos);
        this.each = addressesAreTold ? new Budget(share, 2L * share, nanos) : null;
    }

    boolean mayClose(HttpServletRequest request) {
        return (each == null || each.take(request.getRemoteAddr()) == 0)
                && all.take(EVERYBODY) == 0;
    }
}
