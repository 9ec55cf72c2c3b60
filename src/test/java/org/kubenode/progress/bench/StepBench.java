package org.kubenode.progress.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Producer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.DefaultExchange;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What a step of a route costs, by the way it is written: ten of a kind in a route. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBench {

    private static final int STEPS = 10;

    /** The ways to write a step, see docs/decisions/0008-hot-routes.md. */
    public enum Step {
        BEAN(route -> route.bean("some", "same")),
        BEAN_WITH_PARAMETERS(
                route -> route.bean("some", "first(${body}, ${exchangeProperty.some})")),
        SIMPLE_BEAN(route -> route.setProperty("x").simple("${bean:some?method=yes}")),
        SIMPLE_METHOD_OF_A_PROPERTY(
                route -> route.setProperty("x").simple("${exchangeProperty.some.yes}")),
        TEXT_AGAINST_TEXT(
                route ->
                        nothing(
                                route.filter()
                                        .simple("${exchangeProperty.text} == 'SIMPLE_BEAN'"))),
        ENUM_AGAINST_TEXT(
                route ->
                        nothing(
                                route.filter()
                                        .simple("${exchangeProperty.enum} == 'SIMPLE_BEAN'")));

        private final Consumer<RouteDefinition> addTo;

        Step(Consumer<RouteDefinition> addTo) {
            this.addTo = addTo;
        }

        private static void nothing(ProcessorDefinition<?> filter) {
            filter.setProperty("x").constant("x");
        }
    }

    /** Public, for Camel. */
    public static final class Some {
        public Object same(Object body) {
            return body;
        }

        public Object first(Object body, Object other) {
            return body;
        }

        public boolean yes() {
            return true;
        }
    }

    @Param public Step step;

    private DefaultCamelContext camel;
    private Producer producer;

    @Setup
    public void start() throws Exception {
        camel = new DefaultCamelContext();
        camel.getRegistry().bind("some", new Some());
        camel.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        RouteDefinition route = from("direct:steps");
                        for (int i = 0; i < STEPS; i++) {
                            step.addTo.accept(route);
                        }
                    }
                });
        camel.start();
        producer = camel.getEndpoint("direct:steps").createProducer();
        producer.start();
    }

    @TearDown
    public void stop() {
        camel.stop();
    }

    /** The exchange itself is a tenth of it a step. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public Exchange oneStep() throws Exception {
        Exchange exchange = new DefaultExchange(camel);
        exchange.getIn().setBody("node-1");
        exchange.setProperty("some", camel.getRegistry().lookupByName("some"));
        exchange.setProperty("text", "BEAN");
        exchange.setProperty("enum", Step.BEAN);
        producer.process(exchange);
        if (exchange.getException() != null) {
            throw exchange.getException();
        }
        return exchange;
    }
}
