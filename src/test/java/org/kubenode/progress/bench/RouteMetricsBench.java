package org.kubenode.progress.bench;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Producer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.micrometer.routepolicy.MicrometerRoutePolicyConfiguration;
import org.apache.camel.component.micrometer.routepolicy.MicrometerRoutePolicyFactory;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.DefaultExchange;
import org.kubenode.progress.observe.RouteMetrics;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What counting and timing costs for each route on the way of an exchange: three of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RouteMetricsBench {

    private static final int ROUTES = 3;

    private final Measured none = new Measured(null);
    private final Measured ours = new Measured(new RouteMetrics(registry()));
    private final Measured camels = new Measured(camels());

    private static PrometheusMeterRegistry registry() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    /** As its starter makes it, without the sum over all routes. */
    private static MicrometerRoutePolicyFactory camels() {
        MicrometerRoutePolicyConfiguration routesAlone = new MicrometerRoutePolicyConfiguration();
        routesAlone.setContextEnabled(false);
        MicrometerRoutePolicyFactory factory = new MicrometerRoutePolicyFactory();
        factory.setMeterRegistry(registry());
        factory.setPolicyConfiguration(routesAlone);
        return factory;
    }

    @Setup
    public void start() throws Exception {
        none.start();
        ours.start();
        camels.start();
    }

    @TearDown
    public void stop() {
        none.camel.stop();
        ours.camel.stop();
        camels.camel.stop();
    }

    @Benchmark
    @OperationsPerInvocation(ROUTES)
    public Exchange aRoute() throws Exception {
        return none.send();
    }

    @Benchmark
    @OperationsPerInvocation(ROUTES)
    public Exchange aRouteMeasured() throws Exception {
        return ours.send();
    }

    @Benchmark
    @OperationsPerInvocation(ROUTES)
    public Exchange aRouteMeasuredByCamel() throws Exception {
        return camels.send();
    }

    private static final class Measured {

        private final DefaultCamelContext camel = new DefaultCamelContext();
        private Producer producer;

        private Measured(RoutePolicyFactory policy) {
            if (policy != null) {
                camel.addRoutePolicyFactory(policy);
            }
        }

        private void start() throws Exception {
            camel.addRoutes(
                    new RouteBuilder() {
                        @Override
                        public void configure() {
                            from("direct:run-node").routeId("run-node").to("direct:node-cordon");
                            from("direct:node-cordon").routeId("node-cordon").to("direct:record");
                            from("direct:record").routeId("record").setProperty("x").constant("x");
                        }
                    });
            camel.start();
            producer = camel.getEndpoint("direct:run-node").createProducer();
            producer.start();
        }

        private Exchange send() throws Exception {
            Exchange exchange = new DefaultExchange(camel);
            exchange.getIn().setBody("node-1");
            producer.process(exchange);
            return exchange;
        }
    }
}
