package org.kubenode.progress.server;

import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Sets the web server up so that no peer holds a thread of it. */
@Configuration(proxyBeanMethods = false)
public class ServerConfiguration {

    @Bean
    PeerLimits peerLimits() {
        return PeerLimits.ofThisProcess();
    }

    @Bean
    Shares heldBytes(PeerLimits limits) {
        return new Shares(limits.heldBytes(), limits.heldBytes() / 2);
    }

    @Bean
    Peers peers(PeerLimits limits, Shares heldBytes) {
        return new Peers(limits, heldBytes);
    }

    @Bean
    WebServerFactoryCustomizer<JettyServletWebServerFactory> slowPeers(
            PeerLimits limits, Shares heldBytes) {
        return factory ->
                factory.addServerCustomizers(server -> customize(server, limits, heldBytes));
    }

    private static void customize(Server server, PeerLimits limits, Shares heldBytes) {
        HeldAnswers answers = new HeldAnswers(limits, heldBytes);
        answers.setHandler(server.getHandler());
        server.setHandler(answers);
        for (Connector connector : server.getConnectors()) {
            HttpConnectionFactory plain =
                    connector.getConnectionFactory(HttpConnectionFactory.class);
            if (plain != null && connector instanceof AbstractConnector open) {
                open.addConnectionFactory(
                        new HeadTimeout(plain.getHttpConfiguration(), limits.head()));
            }
        }
    }
}
