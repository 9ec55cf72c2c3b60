package org.kubenode.progress.notify;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** The one connection that publishes: to wherever {@link RedisServers} points. */
final class RedisPublisher extends LettuceConnectionFactory {

    private final RedisServers servers;

    RedisPublisher(RedisServers servers) {
        super(
                new RedisStandaloneConfiguration(),
                LettuceClientConfiguration.builder()
                        .clientResources(servers.resources())
                        .commandTimeout(RedisServers.COMMAND)
                        .shutdownTimeout(Duration.ofMillis(100))
                        .shutdownQuietPeriod(Duration.ZERO)
                        .build());
        this.servers = servers;
    }

    /** Drops the connection and finds the master anew with the next message. */
    synchronized void renew() {
        stop();
        start();
    }

    @Override
    protected AbstractRedisClient createClient() {
        RedisClient client = RedisClient.create(servers.resources(), servers.uri());
        client.setOptions(servers.options(true));
        return client;
    }
}
