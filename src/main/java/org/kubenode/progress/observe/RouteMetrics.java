package org.kubenode.progress.observe;

import static org.apache.camel.component.micrometer.MicrometerConstants.DEFAULT_CAMEL_ROUTE_POLICY_EXCHANGES_FAILED_METER_NAME;
import static org.apache.camel.component.micrometer.MicrometerConstants.DEFAULT_CAMEL_ROUTE_POLICY_EXCHANGES_FAILURES_HANDLED_METER_NAME;
import static org.apache.camel.component.micrometer.MicrometerConstants.DEFAULT_CAMEL_ROUTE_POLICY_METER_NAME;
import static org.apache.camel.component.micrometer.MicrometerConstants.ROUTE_ID_TAG;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;

/**
 * Exchanges, failures and times of each route, under the names of camel-micrometer, with the
 * route's id as the one label. A fifth of the price of Camel's own policy
 * (docs/decisions/0013-metrics-of-routes.md).
 */
public final class RouteMetrics implements RoutePolicyFactory {

    private final MeterRegistry registry;

    public RouteMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext camel, String routeId, NamedNode route) {
        return new Measured(routeId);
    }

    private final class Measured extends RoutePolicySupport {

        private final String began;
        private final Timer time;
        private final Counter failed;
        private final Counter handled;

        private Measured(String routeId) {
            began = "began-" + routeId;
            time =
                    Timer.builder(DEFAULT_CAMEL_ROUTE_POLICY_METER_NAME)
                            .description("Exchanges of a route, and how long they took in it")
                            .tag(ROUTE_ID_TAG, routeId)
                            .register(registry);
            failed =
                    Counter.builder(DEFAULT_CAMEL_ROUTE_POLICY_EXCHANGES_FAILED_METER_NAME)
                            .description("Exchanges that left the route with an exception")
                            .tag(ROUTE_ID_TAG, routeId)
                            .register(registry);
            handled =
                    Counter.builder(
                                    DEFAULT_CAMEL_ROUTE_POLICY_EXCHANGES_FAILURES_HANDLED_METER_NAME)
                            .description("Exchanges with an exception that was handled")
                            .tag(ROUTE_ID_TAG, routeId)
                            .register(registry);
        }

        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            exchange.setProperty(began, new Began(System.nanoTime(), caught(exchange)));
        }

        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            // None is left where the route has called itself: that is timed once.
            if (exchange.removeProperty(began) instanceof Began begin) {
                time.record(System.nanoTime() - begin.nanos(), TimeUnit.NANOSECONDS);
                if (exchange.isFailed()) {
                    failed.increment();
                } else if (caught(exchange) != begin.caught()) {
                    handled.increment();
                }
            }
        }

        /** The last exception that was handled, by doTry or an error handler: it stays there. */
        private static Object caught(Exchange exchange) {
            return exchange.getProperty(ExchangePropertyKey.EXCEPTION_CAUGHT);
        }
    }

    private record Began(long nanos, Object caught) {}
}
