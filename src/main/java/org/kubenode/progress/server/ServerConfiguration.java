package org.kubenode.progress.server;

import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.kubenode.progress.config.ProgressProperties;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Sets the web server up so that no peer holds a thread of it. */
@Configuration(proxyBeanMethods = false)
public class ServerConfiguration {

    /** With the JDK's 50 some of a few hundred that come back at once would be let in after 1 s. */
    private static final int ACCEPT_QUEUE = 1_024;

    @Bean
    PeerLimits peerLimits() {
        return PeerLimits.ofThisProcess();
    }

    @Bean
    Shares heldBytes(PeerLimits limits) {
        return new Shares(limits.heldBytes(), limits.heldBytes() / 2);
    }

    @Bean
    Strangers strangers(ProgressProperties properties) {
        return new Strangers(properties.maxStrangers());
    }

    @Bean
    Peers peers(PeerLimits limits, Shares heldBytes, Strangers strangers) {
        return new Peers(limits, heldBytes, strangers);
    }

    @Bean
    WebServerFactoryCustomizer<JettyServletWebServerFactory> slowPeers(
            PeerLimits limits, Shares heldBytes, Strangers strangers) {
        return factory ->
                factory.addServerCustomizers(
                        server -> customize(server, limits, heldBytes, strangers));
    }

    private static void customize(
            Server server, PeerLimits limits, Shares heldBytes, Strangers strangers) {
        if (server.getThreadPool() instanceof QueuedThreadPool pool) {
            // By itself one idle thread a minute goes: two hundred would outlive a burst by hours.
            pool.setMaxEvictCount(pool.getMaxThreads());
        }
        HeldAnswers answers = new HeldAnswers(limits, heldBytes);
        answers.setHandler(server.getHandler());
        server.setHandler(answers);
        for (Connector connector : server.getConnectors()) {
            HttpConnectionFactory plain =
                    connector.getConnectionFactory(HttpConnectionFactory.class);
            if (plain != null && connector instanceof AbstractConnector open) {
                open.addConnectionFactory(
                        new HeadTimeout(plain.getHttpConfiguration(), limits.head(), strangers));
            }
            if (connector instanceof ServerConnector listening) {
                listening.setAcceptQueueSize(ACCEPT_QUEUE);
            }
        }
    }
}
