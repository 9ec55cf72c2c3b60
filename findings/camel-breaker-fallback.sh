#!/usr/bin/env bash
# What the steps inside Camel's circuitBreaker set before one fails is not there in onFallback.
. "$(dirname "$0")/lib.bash"
jars org.apache.camel:camel-core:4.17.0 org.apache.camel:camel-resilience4j:4.17.0
seen=$(java_says <<'JAVA'
import org.apache.camel.*;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

class Finding {
    public static void main(String[] args) throws Exception {
        CamelContext camel = new DefaultCamelContext();
        camel.addRoutes(new RouteBuilder() {
            public void configure() {
                from("direct:a").setBody(constant("before"))
                    .circuitBreaker()
                        .setBody(constant("inside")).setProperty("step", constant("inside"))
                        .process(e -> { if (e.getMessage().getHeader("fails") != null) throw new IllegalStateException("down"); })
                    .onFallback().setProperty("fallback", simple("${body} ${exchangeProperty.step}"))
                    .end();
            }
        });
        camel.start();
        ProducerTemplate template = camel.createProducerTemplate();
        Exchange failed = template.request("direct:a", e -> e.getMessage().setHeader("fails", true));
        Exchange passed = template.request("direct:a", e -> {});
        System.out.print("fallback saw <" + failed.getProperty("fallback") + ">, after success <"
            + passed.getMessage().getBody() + " " + passed.getProperty("step") + ">");
        camel.stop();
    }
}
JAVA
)
verdict 'Apache Camel 4.17.0: body and property set inside circuitBreaker' \
  'fallback saw <inside inside>, after success <inside inside>' \
  'fallback saw <before >, after success <inside inside>' "$seen"
