package org.kubenode.progress.observe;

import java.time.Instant;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;
import org.kubenode.progress.batch.BatchRun;
import org.kubenode.progress.store.NewTask;

/** Watches two routes, and only these: {@code accept-task} and {@code run-batch}. */
final class TracedRoutes implements RoutePolicyFactory {

    private static final String BEGAN = "trace_started";

    private final Tracing tracing;

    TracedRoutes(Tracing tracing) {
        this.tracing = tracing;
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext camel, String routeId, NamedNode route) {
        return switch (routeId) {
            case "accept-task" -> new Request();
            case "run-batch" -> new Run();
            default -> null;
        };
    }

    private final class Request extends RoutePolicySupport {
        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            if (exchange.getProperty("batch") instanceof NewTask task) {
                Object answered =
                        exchange.getProperty("task") instanceof Map<?, ?> row
                                ? row.get("task_id")
                                : task.taskId();
                int status =
                        exchange.getMessage()
                                .getHeader(Exchange.HTTP_RESPONSE_CODE, 500, int.class);
                Instant start = Instant.ofEpochMilli(exchange.getClock().getCreated());
                tracing.requested(task, answered.toString(), status, start, Instant.now());
            }
        }
    }

    private final class Run extends RoutePolicySupport {
        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            exchange.setProperty(BEGAN, Instant.now());
        }

        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            if (exchange.getProperty("run") instanceof BatchRun run) {
                Instant start = exchange.getProperty(BEGAN, Instant.class);
                tracing.ran(run.task(), start, Instant.now());
            }
        }
    }
}
