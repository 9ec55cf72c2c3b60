package org.kubenode.progress.observe;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;
import org.kubenode.progress.batch.BatchRun;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.TaskEnd;

/** Watches what comes to {@code run-batch} and {@code record-progress}: all of the work. */
final class WorkRoutes implements RoutePolicyFactory {

    private final WorkMetrics work;

    WorkRoutes(WorkMetrics work) {
        this.work = work;
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext camel, String routeId, NamedNode route) {
        return routeId.equals("run-batch") || routeId.equals("record-progress")
                ? new Watched()
                : null;
    }

    private final class Watched extends RoutePolicySupport {
        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            Object body = exchange.getMessage().getBody();
            if (body instanceof NodeResult result) {
                work.recorded(result);
            } else if (body instanceof BatchRun run) {
                work.begun(run.task());
            } else if (body instanceof TaskEnd end) {
                work.ended(end);
            }
        }
    }
}
