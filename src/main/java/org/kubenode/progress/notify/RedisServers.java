package org.kubenode.progress.notify;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.io.FileInputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.config.ProgressProperties;
import org.springframework.util.StringUtils;

/**
 * Finds the server to talk to, with limits under which nothing waits long for a dead one: connect
 * within 1 s, an answer within 500 ms, a new attempt every 500 ms.
 */
final class RedisServers implements AutoCloseable {

    static final Duration CONNECT = Duration.ofSeconds(1);
    static final Duration COMMAND = Duration.ofMillis(500);
    private static final Duration RECONNECT = Duration.ofMillis(500);

    private final ProgressProperties.Redis settings;
    private final String clientName;
    private final ClientResources resources;
    private volatile RedisURI uri;
    private volatile boolean known;

    RedisServers(ProgressProperties.Redis settings, String clientName) {
        this.settings = settings;
        this.clientName = clientName;
        this.resources =
                DefaultClientResources.builder().reconnectDelay(Delay.constant(RECONNECT)).build();
        this.known = !settings.sentinelAddrs().isEmpty();
        this.uri = known ? throughSentinels(settings.sentinelAddrs()) : direct();
    }

    ClientResources resources() {
        return resources;
    }

    /** What is known of the way to the master. */
    RedisURI uri() {
        return uri;
    }

    /** The master is asked for at Sentinels. */
    boolean sentinel() {
        return !uri.getSentinels().isEmpty();
    }

    /**
     * Asks {@code addr} what it is, unless it has said so before.
     *
     * @return true when {@link #uri} is another one now
     * @throws io.lettuce.core.RedisException when it does not answer
     */
    synchronized boolean discover() {
        if (known) {
            return false;
        }
        boolean sentinel = isSentinel();
        known = true;
        if (sentinel) {
            uri = throughSentinels(List.of(settings.addr()));
        }
        return sentinel;
    }

    /** Limits of a client; with {@code reconnect} it restores a lost connection by itself. */
    ClientOptions options(boolean reconnect) {
        ClientOptions.Builder options = ClientOptions.builder();
        if (StringUtils.hasText(settings.tlsRootCert())) {
            // Read with each connection, so that a file that is missing is a failed attempt.
            SslOptions.Resource roots = () -> new FileInputStream(settings.tlsRootCert());
            options.sslOptions(SslOptions.builder().trustManager(roots).build());
        }
        return options.autoReconnect(reconnect)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .socketOptions(
                        SocketOptions.builder()
                                .connectTimeout(CONNECT)
                                .tcpNoDelay(true)
                                .keepAlive(true)
                                .build())
                .timeoutOptions(TimeoutOptions.enabled(COMMAND))
                .build();
    }

    @Override
    public void close() {
        resources.shutdown(0, 1, TimeUnit.SECONDS);
    }

    private boolean isSentinel() {
        // The old protocol and no credentials: the handshake passes wherever INFO can be asked.
        RedisURI bare = node(settings.addr());
        RedisClient client = RedisClient.create(resources, bare);
        client.setOptions(
                options(false)
                        .mutate()
                        .protocolVersion(ProtocolVersion.RESP2)
                        .pingBeforeActivateConnection(false)
                        .build());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisCommands<String, String> commands = connection.sync();
            if (StringUtils.hasText(settings.password())) {
                try {
                    commands.auth(settings.password());
                } catch (RedisCommandExecutionException notAskedFor) {
                    // A Sentinel seldom has a password; the server's own shows when it is used.
                }
            }
            return commands.info("server").contains("redis_mode:sentinel");
        } catch (RedisCommandExecutionException refused) {
            return false;
        } finally {
            client.shutdown(0, 100, TimeUnit.MILLISECONDS);
        }
    }

    private String masterName() {
        String name = settings.sentinelMasterName();
        return StringUtils.hasText(name) ? name : "mymaster";
    }

    private RedisURI direct() {
        return withCredentials(node(settings.addr()));
    }

    private RedisURI throughSentinels(List<String> addrs) {
        RedisURI sentinels = new RedisURI();
        sentinels.setTimeout(COMMAND);
        sentinels.setSsl(settings.tls());
        sentinels.setSentinelMasterId(masterName());
        addrs.forEach(addr -> sentinels.getSentinels().add(node(addr)));
        return withCredentials(sentinels);
    }

    private RedisURI withCredentials(RedisURI to) {
        to.setDatabase(settings.db());
        to.setClientName(clientName);
        if (StringUtils.hasText(settings.password())) {
            to.setCredentialsProvider(
                    RedisCredentialsProvider.from(
                            () -> RedisCredentials.just(null, settings.password())));
        }
        return to;
    }

    private RedisURI node(String addr) {
        int colon = addr.lastIndexOf(':');
        String host = addr.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
        RedisURI node = RedisURI.create(host, Integer.parseInt(addr.substring(colon + 1)));
        node.setTimeout(COMMAND);
        node.setSsl(settings.tls());
        return node;
    }
}
