package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;

import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.api.management.ManagedAttribute;
import org.apache.camel.api.management.ManagedResource;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedMBeanInfoTest {

    private final DefaultCamelContext camel = new DefaultCamelContext();

    @BeforeEach
    void start() throws Exception {
        camel.getCamelContextExtension().setManagementMBeanAssembler(new SharedMBeanInfo(camel));
        camel.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:one").routeId("one").log("a").id("one-a");
                        from("direct:two").routeId("two").log("b").id("two-b");
                        from("direct:own")
                                .routeId("own")
                                .process(new Plain())
                                .id("plain")
                                .process(new WithItsOwn(7))
                                .id("seven")
                                .process(new WithItsOwn(8))
                                .id("eight");
                    }
                });
        camel.start();
        camel.createProducerTemplate().sendBody("direct:one", "");
        camel.createProducerTemplate().sendBody("direct:two", "");
        camel.createProducerTemplate().sendBody("direct:two", "");
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    @Test
    void isOneForAllStepsOfAKind() throws Exception {
        assertThat(info("processors", "one-a").getOperations()).isNotEmpty();
        assertThat(info("processors", "one-a").getOperations()[0])
                .isSameAs(info("processors", "two-b").getOperations()[0]);
        assertThat(info("routes", "one").getAttributes()[0])
                .isSameAs(info("routes", "two").getAttributes()[0]);
    }

    @Test
    void eachStepStillCountsForItself() throws Exception {
        assertThat(attribute("processors", "one-a", "ExchangesTotal")).isEqualTo(1L);
        assertThat(attribute("processors", "two-b", "ExchangesTotal")).isEqualTo(2L);
        assertThat(attribute("processors", "two-b", "RouteId")).isEqualTo("two");
        assertThat(
                        server().invoke(
                                        name("routes", "two"),
                                        "dumpRouteStatsAsXml",
                                        new Object[] {false, true},
                                        new String[] {"boolean", "boolean"}))
                .asString()
                .contains("exchangesCompleted=\"2\"", "two-b");
    }

    @Test
    void whatAStepBringsOfItsOwnIsItsOwn() throws Exception {
        assertThat(attribute("processors", "seven", "Number")).isEqualTo(7);
        assertThat(attribute("processors", "eight", "Number")).isEqualTo(8);
        assertThat(info("processors", "plain").getAttributes())
                .extracting("name")
                .contains("ExchangesTotal")
                .doesNotContain("Number");
    }

    private Object attribute(String type, String id, String attribute) throws Exception {
        return server().getAttribute(name(type, id), attribute);
    }

    private MBeanInfo info(String type, String id) throws Exception {
        return server().getMBeanInfo(name(type, id));
    }

    private MBeanServer server() {
        return camel.getManagementStrategy().getManagementAgent().getMBeanServer();
    }

    private ObjectName name(String type, String id) throws Exception {
        return new ObjectName(
                "org.apache.camel:context=%s,type=%s,name=\"%s\""
                        .formatted(camel.getManagementName(), type, id));
    }

    private static class Plain implements Processor {
        @Override
        public void process(Exchange exchange) {}
    }

    /** A processor with an attribute of its own. */
    @ManagedResource
    public static class WithItsOwn implements Processor {
        private final int number;

        WithItsOwn(int number) {
            this.number = number;
        }

        @ManagedAttribute(description = "A number")
        public int getNumber() {
            return number;
        }

        @Override
        public void process(Exchange exchange) {}
    }
}
