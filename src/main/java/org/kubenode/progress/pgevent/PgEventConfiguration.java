package org.kubenode.progress.pgevent;

import java.nio.file.Path;
import org.kubenode.progress.config.DatabaseProperties;
import org.kubenode.progress.config.Replica;
import org.kubenode.progress.notify.NotifierEvents;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes {@code pgevent:} in routes mean our component, with the configured log-in. */
@Configuration(proxyBeanMethods = false)
class PgEventConfiguration {

    @Bean
    PgEventComponent pgevent() {
        return new PgEventComponent();
    }

    /** Host and port stay the URI's: the route names the direct line where there is one. */
    @Bean
    PgListenSettings pgListenSettings(DatabaseProperties database, Replica replica) {
        return new PgListenSettings(
                null,
                null,
                database.username(),
                database.password(),
                "kube-node-manager-" + replica.id() + "-listen",
                TlsMode.of(database.sslMode().text()),
                database.sslRootCert().isBlank() ? null : Path.of(database.sslRootCert()),
                PgListenSettings.DEFAULT_CONNECT_TIMEOUT);
    }

    @Bean
    SubscriptionListener circuitSubscriptionListener(NotifierEvents circuit) {
        return new SubscriptionListener() {
            @Override
            public void subscribed(String endpointName) {
                circuit.subscribed(endpointName);
            }

            @Override
            public void lost(String endpointName, Throwable why) {
                circuit.lost(endpointName, why);
            }

            @Override
            public void attemptFailed(String endpointName, Throwable why) {
                circuit.attemptFailed(endpointName, why);
            }
        };
    }
}
