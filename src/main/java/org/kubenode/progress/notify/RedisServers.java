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
import java.util.function.Consumer;
import org.kubenode.progress.config.RedisProperties;
import org.springframework.util.StringUtils;

/**
 * Finds the server to talk to, with limits under which nothing waits long for a dead one: connect
 * within 1 s, an answer within 500 ms, a new attempt every 500 ms.
 */
final class RedisServers implements AutoCloseable {

    static final Duration CONNECT = Duration.ofSeconds(1);
    static final Duration COMMAND = Duration.ofMillis(500);

    /** The first attempt loads the driver too, which a busy small machine takes seconds for. */
    private static final Duration COLD = Duration.ofSeconds(5);

    private static final Duration RECONNECT = Duration.ofMillis(500);

    private final RedisProperties settings;
    private final String clientName;
    private final ClientResources resources;

    /** Kept, because the last client to go takes the event loops with it. */
    private final RedisClient asking;

    private volatile Duration answer = COLD;
    private volatile List<String> sentinels;
    private volatile boolean known;

    RedisServers(RedisProperties settings, String clientName) {
        this.settings = settings;
        this.clientName = clientName;
        this.resources =
                DefaultClientResources.builder().reconnectDelay(Delay.constant(RECONNECT)).build();
        this.asking = client();
        // The old protocol and no PING: the handshake passes wherever anything can be asked.
        asking.setOptions(
                options(false)
                        .mutate()
                        .protocolVersion(ProtocolVersion.RESP2)
                        .pingBeforeActivateConnection(false)
                        .build());
        this.sentinels = settings.sentinelAddrs();
        this.known = !sentinels.isEmpty();
    }

    ClientResources resources() {
        return resources;
    }

    /** A client for one connection at a time, which nobody restores. */
    RedisClient client() {
        RedisClient client = RedisClient.create(resources);
        client.setOptions(options(false));
        return client;
    }

    /** What is known of the way to the master. */
    RedisURI uri() {
        RedisURI uri = sentinel() ? new RedisURI() : node(settings.addr());
        uri.setTimeout(answer);
        uri.setSsl(settings.tls());
        uri.setDatabase(settings.db());
        uri.setClientName(clientName);
        if (sentinel()) {
            uri.setSentinelMasterId(masterName());
            for (String addr : sentinels) {
                RedisURI sentinel = node(addr);
                logIn(sentinel, settings.sentinelUsername(), settings.sentinelPassword());
                uri.getSentinels().add(sentinel);
            }
        }
        logIn(uri, settings.username(), settings.password());
        return uri;
    }

    /** The master is asked for at Sentinels. */
    boolean sentinel() {
        return !sentinels.isEmpty();
    }

    /** One attempt was made: from now on an answer takes no longer than it should. */
    void warm() {
        answer = COMMAND;
    }

    /**
     * Asks {@code addr} whether it is a Sentinel, until it has said so.
     *
     * @throws io.lettuce.core.RedisException when it does not answer
     */
    synchronized void discover() {
        if (known) {
            return;
        }
        try (StatefulRedisConnection<String, String> connection =
                asking.connect(node(settings.addr()))) {
            Boolean answer = isSentinel(connection.sync());
            known = answer != null;
            if (Boolean.TRUE.equals(answer)) {
                sentinels = List.of(settings.addr());
            }
        }
    }

    /** Limits of a client; with {@code reconnect} it restores a lost connection by itself. */
    ClientOptions options(boolean reconnect) {
        ClientOptions.Builder options = ClientOptions.builder();
        // Files are read with each connection, so that one that is missing is a failed attempt.
        SslOptions.Builder tls = SslOptions.builder();
        if (StringUtils.hasText(settings.tlsRootCert())) {
            tls.trustManager(file(settings.tlsRootCert()));
        }
        if (StringUtils.hasText(settings.tlsCert())) {
            tls.keyManager(file(settings.tlsCert()), file(settings.tlsKey()), null);
        }
        options.sslOptions(tls.build());
        return options.autoReconnect(reconnect)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .socketOptions(
                        SocketOptions.builder()
                                .connectTimeout(CONNECT)
                                .tcpNoDelay(true)
                                .keepAlive(true)
                                .build())
                .timeoutOptions(
                        reconnect ? TimeoutOptions.enabled(COMMAND) : TimeoutOptions.create())
                .build();
    }

    @Override
    public void close() {
        asking.shutdown(0, 100, TimeUnit.MILLISECONDS);
        resources.shutdown(0, 1, TimeUnit.SECONDS);
    }

    /** Null when it lets nobody ask whom it is told of; its own words come with the next step. */
    private Boolean isSentinel(RedisCommands<String, String> commands) {
        List<Consumer<RedisCommands<String, String>>> logIns =
                List.of(
                        nobody -> {},
                        redis -> logIn(redis, settings.username(), settings.password()),
                        redis ->
                                logIn(
                                        redis,
                                        settings.sentinelUsername(),
                                        settings.sentinelPassword()));
        for (Consumer<RedisCommands<String, String>> logIn : logIns) {
            try {
                logIn.accept(commands);
                // INFO names the mode of Redis and Valkey in different fields, ROLE does not.
                return "sentinel".equals(commands.role().get(0));
            } catch (RedisCommandExecutionException refused) {
                // As the next one, or as nobody.
            }
        }
        return null;
    }

    private static void logIn(RedisCommands<String, String> to, String username, String password) {
        if (StringUtils.hasText(username)) {
            to.auth(username, password);
        } else if (StringUtils.hasText(password)) {
            to.auth(password);
        }
    }

    private static void logIn(RedisURI to, String username, String password) {
        if (StringUtils.hasText(username) || StringUtils.hasText(password)) {
            String user = StringUtils.hasText(username) ? username : null;
            to.setCredentialsProvider(
                    RedisCredentialsProvider.from(() -> RedisCredentials.just(user, password)));
        }
    }

    private static SslOptions.Resource file(String path) {
        return () -> new FileInputStream(path);
    }

    private String masterName() {
        String name = settings.sentinelMasterName();
        return StringUtils.hasText(name) ? name : "mymaster";
    }

    private RedisURI node(String addr) {
        int colon = addr.lastIndexOf(':');
        String host = addr.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
        RedisURI node = RedisURI.create(host, Integer.parseInt(addr.substring(colon + 1)));
        node.setTimeout(answer);
        node.setSsl(settings.tls());
        return node;
    }
}
