package org.kubenode.progress.notify;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
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

    /**
     * A message could not be sent. Where no answer came, its line may be one that swallows all.
     *
     * @param why what the server or the network said, or null
     */
    public void failed(Throwable why) {
        if (Reasons.causes(why).anyMatch(RedisCommandTimeoutException.class::isInstance)) {
            renew();
        }
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
