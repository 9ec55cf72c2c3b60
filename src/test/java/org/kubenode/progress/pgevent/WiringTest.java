package org.kubenode.progress.pgevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.InstantSource;
import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kubenode.progress.KubeNodeProgress;
import org.kubenode.progress.config.DatabaseProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.notify.Circuit;
import org.kubenode.progress.notify.CircuitTimes;
import org.kubenode.progress.notify.NotifierEvents;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.r2dbc.R2dbcAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** How the component stands in the application. */
class WiringTest {

    private final ApplicationContextRunner application =
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(CamelAutoConfiguration.class))
                    .withUserConfiguration(PgEventConfiguration.class, Configured.class)
                    .withBean(Replica.class, () -> new Replica("host-a1b2"))
                    .withBean(NotifierEvents.class, WiringTest::events)
                    .withPropertyValues(
                            "database.username=kube",
                            "database.password=a/b?c&d#%",
                            "database.ssl-mode=verify-full",
                            "database.ssl-root-cert=/etc/ca.crt");

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
    void logsInAsConfiguredUnderTheNameOfTheReplica() {
        application.run(
                context -> {
                    PgListenSettings settings = context.getBean(PgListenSettings.class);
                    assertThat(settings.username()).isEqualTo("kube");
                    assertThat(settings.password()).isEqualTo("a/b?c&d#%");
                    assertThat(settings.tls()).isEqualTo(TlsMode.VERIFY_FULL);
                    assertThat(settings.rootCertificate()).isEqualTo(Path.of("/etc/ca.crt"));
                    assertThat(settings.applicationName())
                            .isEqualTo("kube-node-manager-host-a1b2-listen");
                });
    }

    @ParameterizedTest
    @EnumSource
    void everyConfiguredTlsModeIsKnown(DatabaseProperties.SslMode mode) {
        assertThat(TlsMode.of(mode.text()).name()).isEqualTo(mode.name());
    }

    /** With the driver on the classpath it asks for a URL of its own. */
    @Test
    void springBootsOwnConnectionFactoryIsLeftOut() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(R2dbcAutoConfiguration.class))
                .run(
                        context ->
                                assertThat(context)
                                        .getFailure()
                                        .hasStackTraceContaining(
                                                "suitable R2DBC Connection URL"));
        assertThat(KubeNodeProgress.class.getAnnotation(SpringBootApplication.class).exclude())
                .contains(R2dbcAutoConfiguration.class);
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

    private static NotifierEvents events() {
        return new NotifierEvents(
                new Circuit(
                        "postgres",
                        true,
                        new CircuitTimes(10_000, 500),
                        () -> 0L,
                        InstantSource.system(),
                        () -> 0.5,
                        change -> {}));
    }

    @EnableConfigurationProperties(DatabaseProperties.class)
    private static final class Configured {}
}
