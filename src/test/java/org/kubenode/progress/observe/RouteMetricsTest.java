package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is counted of a route, whichever way its failures are handled. */
class RouteMetricsTest {

    private static final int MS = 20;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CamelContext camel = new DefaultCamelContext();

    @BeforeEach
    void start() throws Exception {
        camel.addRoutePolicyFactory(new RouteMetrics(registry));
        camel.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:works").routeId("works").delay(MS).to("log:off?level=OFF");
                        from("direct:fails")
                                .routeId("fails")
                                .errorHandler(noErrorHandler())
                                .throwException(new IllegalStateException("no"));
                        from("direct:tries")
                                .routeId("tries")
                                .doTry()
                                .to("direct:fails")
                                .doCatch(IllegalStateException.class)
                                .to("direct:works")
                                .end();
                        from("direct:goes-on")
                                .routeId("goes-on")
                                .onException(IllegalStateException.class)
                                .continued(true)
                                .end()
                                .to("direct:fails")
                                .to("direct:works");
                        from("direct:handles")
                                .routeId("handles")
                                .onException(IllegalStateException.class)
                                .handled(true)
                                .end()
                                .to("direct:fails");
                    }
                });
        camel.start();
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    @Test
    void anExchangeIsCountedAndTimed() {
        send("works");

        assertThat(exchanges("works")).isOne();
        assertThat(
                        registry.get("camel.route.policy")
                                .tag("routeId", "works")
                                .timer()
                                .totalTime(TimeUnit.MILLISECONDS))
                .isGreaterThanOrEqualTo(MS);
        assertThat(failed("works")).isZero();
        assertThat(handled("works")).isZero();
    }

    @Test
    void whatLeavesARouteHasFailedThere() {
        send("fails");

        assertThat(exchanges("fails")).isOne();
        assertThat(failed("fails")).isOne();
        assertThat(handled("fails")).isZero();
    }

    @Test
    void aHandledFailureIsOneOfTheRouteThatCalledAndOfNoneThatCameAfter() {
        for (String route : new String[] {"tries", "goes-on", "handles"}) {
            double before = failed("fails");

            send(route);

            assertThat(failed("fails")).isEqualTo(before + 1);
            assertThat(failed(route)).as(route).isZero();
            assertThat(handled(route)).as(route).isOne();
        }
        assertThat(exchanges("works")).isEqualTo(2);
        assertThat(handled("works")).isZero();
    }

    @Test
    void theRouteIsTheOneLabelAndIsThereBeforeItsFirstExchange() {
        assertThat(registry.getMeters())
                .hasSize(3 * camel.getRoutesSize())
                .extracting(Meter::getId)
                .allSatisfy(
                        id ->
                                assertThat(id.getTags())
                                        .extracting(Tag::getKey)
                                        .containsExactly("routeId"));
    }

    private void send(String route) {
        camel.createProducerTemplate().send("direct:" + route, new DefaultExchange(camel));
    }

    private double exchanges(String route) {
        return registry.get("camel.route.policy").tag("routeId", route).timer().count();
    }

    private double failed(String route) {
        return registry.get("camel.exchanges.failed").tag("routeId", route).counter().count();
    }

    private double handled(String route) {
        return registry.get("camel.exchanges.failures.handled")
                .tag("routeId", route)
                .counter()
                .count();
    }
}
