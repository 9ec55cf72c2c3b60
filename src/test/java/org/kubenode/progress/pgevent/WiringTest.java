package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** How the component stands in an application of Spring Boot. */
class WiringTest {

    private final ApplicationContextRunner application =
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(CamelAutoConfiguration.class))
                    .withUserConfiguration(PgEventConfiguration.class);

    @Test
    void pgeventInARouteIsOurComponent() {
        application.run(
                context ->
                        assertThat(
                                        context.getBean(CamelContext.class)
                                                .getEndpoint(
                                                        "pgevent:h:5432/db/channel?queueSize=7"))
                                .isInstanceOfSatisfying(
                                        PgEventEndpoint.class,
                                        endpoint ->
                                                assertThat(endpoint.getQueueSize()).isEqualTo(7)));
    }

    @Test
    void theProducerSaysWhatToUseInstead() {
        application.run(
                context ->
                        assertThatThrownBy(
                                        () ->
                                                context.getBean(CamelContext.class)
                                                        .getEndpoint("pgevent:h/db/channel")
                                                        .createProducer())
                                .hasMessageContaining("pg_notify"));
    }
}
