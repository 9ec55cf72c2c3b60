#!/usr/bin/env bash
# Two texts of digits are compared as numbers by Camel, in Simple and in the Java DSL; what is no number is compared
# with a number as text.
. "$(dirname "$0")/lib.bash"
jars org.apache.camel:camel-core:4.17.0
seen=$(java_says <<'JAVA'
import org.apache.camel.*;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.builder.PredicateBuilder;
import org.apache.camel.support.builder.ExpressionBuilder;

class Finding {
    public static void main(String[] args) {
        CamelContext camel = new DefaultCamelContext();
        camel.start();
        Exchange exchange = new DefaultExchange(camel);
        exchange.getMessage().setHeader("id", "007");
        exchange.getMessage().setHeader("other", "7");
        exchange.getMessage().setHeader("word", "abc");
        for (String text : new String[] {
                "${header.id} == ${header.other}", "${header.id} == '7'", "${header.id} in '7,8'", "${header.word} > 5"}) {
            Predicate predicate = camel.resolveLanguage("simple").createPredicate(text);
            predicate.init(camel);
            System.out.print(predicate.matches(exchange) + " ");
        }
        Predicate java = PredicateBuilder.isEqualTo(
                ExpressionBuilder.headerExpression("id"), ExpressionBuilder.constantExpression("7"));
        java.init(camel);
        System.out.print(java.matches(exchange));
        camel.stop();
    }
}
JAVA
)
verdict "Apache Camel 4.17.0: header '007' == header '7'; '007' == '7'; '007' in '7,8'; 'abc' > 5; isEqualTo in Java" \
  'false false false false false' 'true true true true true' "$seen"
