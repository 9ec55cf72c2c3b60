package org.kubenode.progress.notify;

import io.lettuce.core.RedisClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.subscription.RetryPolicy;
import org.kubenode.progress.subscription.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.connection.DefaultMessage;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.listener.Topic;

/**
 * What listens behind the {@code spring-redis:} consumer.
 *
 * <p>It takes the place of Spring's container, which fails the start while Redis is down, hides its
 * failed attempts and leaves a dead connection behind when it is stopped. Messages reach the route
 * on one thread in the order of the server; a route that is too slow holds the socket back.
 */
final class RedisSubscription extends RedisMessageListenerContainer {

    private static final Logger LOG = LoggerFactory.getLogger(RedisSubscription.class);
    private static final Subscription.Names NAMES =
            new Subscription.Names("redis", "Redis", "redis", "redis");

    /** A look at the Sentinels, the connection and the subscription: each has a shorter one. */
    private static final Duration OPEN = Duration.ofSeconds(3);

    private static final Subscription.Limits LIMITS =
            new Subscription.Limits(OPEN, Duration.ofSeconds(2), Duration.ofSeconds(2), 10_000);

    private final RedisServers servers;
    private final RedisPublisher publisher;
    private final NotifierEvents events;
    private final RedisClient client;
    private Subscription<RedisLink.Message> subscription;

    RedisSubscription(RedisServers servers, RedisPublisher publisher, NotifierEvents events) {
        this.servers = servers;
        this.publisher = publisher;
        this.events = events;
        this.client = servers.client();
    }

    @Override
    public synchronized void addMessageListener(
            MessageListener listener, Collection<? extends Topic> topics) {
        close();
        String pattern = topics.iterator().next().getTopic();
        subscription =
                new Subscription<>(
                        NAMES,
                        LIMITS,
                        messages -> new RedisLink(servers, client, publisher, pattern, messages),
                        message -> deliver(listener, message, pattern),
                        new RetryPolicy(
                                System::nanoTime, () -> ThreadLocalRandom.current().nextDouble()),
                        List.of(events));
        subscription.start();
    }

    @Override
    public synchronized void removeMessageListener(
            MessageListener listener, Collection<? extends Topic> topics) {
        close();
    }

    private void close() {
        if (subscription == null) {
            return;
        }
        try {
            subscription.stop();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        subscription = null;
    }

    private static void deliver(MessageListener to, RedisLink.Message message, String pattern) {
        try {
            to.onMessage(
                    new DefaultMessage(
                            message.channel().getBytes(StandardCharsets.UTF_8), message.body()),
                    pattern.getBytes(StandardCharsets.UTF_8));
        } catch (RuntimeException e) {
            LOG.warn("A notification could not be handled: {}", Reasons.of(e));
        }
    }

    // The route alone opens and closes.

    @Override
    public void afterPropertiesSet() {}

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void stop(Runnable callback) {
        callback.run();
    }

    @Override
    public boolean isRunning() {
        return false;
    }

    @Override
    public boolean isAutoStartup() {
        return false;
    }

    @Override
    public synchronized void destroy() {
        close();
        client.shutdown(0, 100, TimeUnit.MILLISECONDS);
    }
}
