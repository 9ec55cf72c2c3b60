package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.TryDefinition;
import org.apache.camel.support.AsyncProcessorSupport;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.DefaultProducer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a step throws comes to its route's own handlers, and the queue that it works for lasts. */
class StepErrorsTest {

    private static final Expression BROKEN =
            new Expression() {
                @Override
                public <T> T evaluate(Exchange exchange, Class<T> type) {
                    throw error();
                }
            };

    /** A step of each kind, over something that throws an Error. */
    private static final Map<String, Consumer<TryDefinition>> STEPS =
            new TreeMap<>(
                    Map.of(
                            "to", step -> step.to("broken:endpoint"),
                            "to-a-route", step -> step.to("direct:broken"),
                            "toD", step -> step.toD("direct:${header.none}broken"),
                            "bean", step -> step.bean(Broken.class, "error"),
                            "filter", step -> step.filter(exchange -> fail()).stop(),
                            "choice", step -> step.choice().when(exchange -> fail()).stop(),
                            "setBody", step -> step.setBody(BROKEN),
                            "setProperty", step -> step.setProperty("name", BROKEN),
                            "split", step -> step.split(BROKEN).stop(),
                            "loop", step -> step.loop(2).to("broken:endpoint")));

    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final Queue<String> caught = new ConcurrentLinkedQueue<>();
    private final Map<String, String> texts = new ConcurrentHashMap<>();
    private final Queue<String> passed = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void start() throws Exception {
        camel.getShutdownStrategy().setTimeout(1);
        camel.getCamelContextExtension().addInterceptStrategy(new StepErrors());
        camel.addComponent("seda", new LastingSeda());
        camel.addEndpoint("broken:endpoint", new BrokenEndpoint());
        camel.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:broken").errorHandler(noErrorHandler()).to("broken:endpoint");
                        STEPS.forEach((kind, step) -> caughtAfter(kind, step));
                        // A route of its own, with Camel's own error handler.
                        from("direct:interrupted").bean(Broken.class, "interrupted");
                        caughtAfter("interrupted", step -> step.to("direct:interrupted"));
                        from("seda:between-steps?pollTimeout=10")
                                .loopDoWhile(exchange -> fail(exchange.getMessage().getBody()))
                                .stop()
                                .end()
                                .process(exchange -> passed.add("between steps"));
                    }

                    private void caughtAfter(String kind, Consumer<TryDefinition> step) {
                        TryDefinition tried =
                                from("seda:" + kind + "?pollTimeout=10").routeId(kind).doTry();
                        step.accept(tried);
                        tried.endDoTry()
                                .doCatch(Exception.class)
                                .process(
                                        exchange -> {
                                            texts.put(
                                                    kind,
                                                    exchange.getProperty(
                                                                    Exchange.EXCEPTION_CAUGHT,
                                                                    Exception.class)
                                                            .getMessage());
                                            caught.add(kind);
                                        });
                    }
                });
        camel.start();
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    @Test
    void anErrorOfAStepIsCaughtEachTime() {
        for (String kind : STEPS.keySet()) {
            send(kind, "one");
            send(kind, "two");
        }
        await().untilAsserted(
                        () ->
                                assertThat(caught)
                                        .containsExactlyInAnyOrderElementsOf(
                                                STEPS.keySet().stream()
                                                        .flatMap(
                                                                kind ->
                                                                        List.of(kind, kind)
                                                                                .stream())
                                                        .toList()));
        assertThat(texts)
                .allSatisfy(
                        (kind, text) -> assertThat(text).as(kind).isEqualTo(error().toString()));
    }

    @Test
    void anInterruptionOfAStepIsCaughtToo() {
        send("interrupted", "one");
        await().untilAsserted(() -> assertThat(caught).containsExactly("interrupted"));
    }

    /** In the loop itself, which is no step of its own then. */
    @Test
    void aQueueOutlivesAnErrorBetweenSteps() {
        send("between-steps", "fails");
        send("between-steps", "passes");
        await().untilAsserted(() -> assertThat(passed).containsExactly("between steps"));
    }

    /**
     * Of a producer that is not asynchronous Camel says that it is done, and then lets it through.
     */
    @Test
    void theEndOfAStepIsToldOnceAndWithItsError() throws Exception {
        AsyncProcessor target =
                new AsyncProcessorSupport() {
                    @Override
                    public boolean process(Exchange exchange, AsyncCallback callback) {
                        callback.done(true);
                        throw error();
                    }
                };
        AsyncProcessor step =
                (AsyncProcessor)
                        new StepErrors().wrapProcessorInInterceptors(camel, null, target, null);
        Exchange exchange = new DefaultExchange(camel);
        List<String> told = new ArrayList<>();
        step.process(exchange, sync -> told.add(String.valueOf(exchange.getException())));
        assertThat(told).singleElement().asString().endsWith(error().toString());
    }

    private void send(String queue, String body) {
        camel.createProducerTemplate().sendBody("seda:" + queue, body);
    }

    private static LinkageError error() {
        return new LinkageError("as if a class were missing");
    }

    private static boolean fail() {
        throw error();
    }

    private static boolean fail(Object body) {
        if ("fails".equals(body)) {
            throw error();
        }
        return false;
    }

    public static final class Broken {
        public void error() {
            throw StepErrorsTest.error();
        }

        public void interrupted() throws InterruptedException {
            throw new InterruptedException("as by a cancel");
        }
    }

    private static final class BrokenEndpoint extends DefaultEndpoint {
        @Override
        public Producer createProducer() {
            return new DefaultProducer(this) {
                @Override
                public void process(Exchange exchange) {
                    throw error();
                }
            };
        }

        @Override
        public org.apache.camel.Consumer createConsumer(Processor processor) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isSingleton() {
            return true;
        }

        @Override
        protected String createEndpointUri() {
            return "broken:endpoint";
        }
    }
}
