#!/usr/bin/env bash
# A route that handles its own exception ends its caller too, through doTry, multicast, recipientList and enrich; only a
# split keeps it to the item.
. "$(dirname "$0")/lib.bash"
jars org.apache.camel:camel-core:4.17.0
seen=$(java_says <<'JAVA'
import org.apache.camel.*;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

class Finding {
    public static void main(String[] args) throws Exception {
        CamelContext camel = new DefaultCamelContext();
        camel.addRoutes(new RouteBuilder() {
            public void configure() {
                Expression ran = constant("goes on");
                from("direct:callee").onException(Exception.class).handled(true).end()
                    .throwException(new IllegalStateException("x"));
                from("direct:doTry").doTry().to("direct:callee").doCatch(Exception.class).end().setProperty("after", ran);
                from("direct:multicast").multicast().to("direct:callee", "mock:other").end().setProperty("after", ran);
                from("direct:recipientList").recipientList(constant("direct:callee")).setProperty("after", ran);
                from("direct:enrich").enrich("direct:callee").setProperty("after", ran);
                from("direct:split").split(body()).to("direct:callee").end().setProperty("after", ran);
            }
        });
        camel.start();
        for (String by : new String[] {"doTry", "multicast", "recipientList", "enrich", "split"}) {
            Exchange exchange = camel.createProducerTemplate().request("direct:" + by, e -> e.getMessage().setBody("x"));
            System.out.print(by + " " + exchange.getProperty("after", "ends", String.class)
                + (exchange.getException() == null ? "" : " with an exception") + "; ");
        }
        camel.stop();
    }
}
JAVA
)
verdict 'Apache Camel 4.17.0: the caller of a route whose onException has handled(true)' \
  'doTry goes on; multicast goes on; recipientList goes on; enrich goes on; split goes on; ' \
  'doTry ends; multicast ends; recipientList ends; enrich ends; split goes on; ' "$seen"
