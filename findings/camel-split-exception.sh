#!/usr/bin/env bash
# A split without stopOnException runs all items and then throws the exception of an earlier one all the same, unless
# it has an aggregation strategy.
. "$(dirname "$0")/lib.bash"
jars org.apache.camel:camel-core:4.17.0
seen=$(java_says <<'JAVA'
import org.apache.camel.*;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.processor.aggregate.GroupedBodyAggregationStrategy;

class Finding {
    public static void main(String[] args) throws Exception {
        CamelContext camel = new DefaultCamelContext();
        camel.addRoutes(new RouteBuilder() {
            public void configure() {
                Processor failsAtB = e -> {
                    if (e.getMessage().getBody(String.class).equals("b")) throw new IllegalStateException("b");
                    System.out.print(e.getMessage().getBody());
                };
                from("direct:plain").split(body().tokenize(",")).process(failsAtB).end().setProperty("after", constant(true));
                from("direct:grouped").split(body().tokenize(",")).aggregationStrategy(new GroupedBodyAggregationStrategy())
                    .process(failsAtB).end().setProperty("after", constant(true));
            }
        });
        camel.start();
        for (String by : new String[] {"plain", "grouped"}) {
            Exchange exchange = camel.createProducerTemplate().request("direct:" + by, e -> e.getMessage().setBody("a,b,c"));
            System.out.print(" " + by + ": " + (exchange.getException() == null ? "no exception" : "exception")
                + ", " + (exchange.getProperty("after") == null ? "ends" : "goes on") + "; ");
        }
        camel.stop();
    }
}
JAVA
)
verdict 'Apache Camel 4.17.0: item b of a,b,c fails, stopOnException is off' \
  'ac plain: no exception, goes on; ac grouped: no exception, goes on; ' \
  'ac plain: exception, ends; ac grouped: no exception, goes on; ' "$seen"
