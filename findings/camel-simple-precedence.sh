#!/usr/bin/env bash
# Apache Camel's Simple joins && and || from left to right, without the usual precedence.
. "$(dirname "$0")/lib.bash"
jars org.apache.camel:camel-core:4.17.0
seen=$(java_says <<'JAVA'
import org.apache.camel.*;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;

class Finding {
    public static void main(String[] args) {
        CamelContext camel = new DefaultCamelContext();
        camel.start();
        Exchange exchange = new DefaultExchange(camel);
        exchange.getMessage().setBody(1);
        for (String text : new String[] {
                "${body} == 1 || ${body} == 1 && ${body} == 2", "${body} == 2 && ${body} == 1 || ${body} == 1"}) {
            Predicate predicate = camel.resolveLanguage("simple").createPredicate(text);
            predicate.init(camel);
            System.out.print(predicate.matches(exchange) + " ");
        }
        camel.stop();
    }
}
JAVA
)
verdict 'Apache Camel 4.17.0, Simple with body 1: "1 || 1 && 2" and "2 && 1 || 1"' \
  'true true ' 'false true ' "$seen"
