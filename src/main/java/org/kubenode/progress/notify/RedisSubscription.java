package org.kubenode.progress.notify;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateAdapter;
import io.lettuce.core.RedisException;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.connection.DefaultMessage;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.listener.Topic;

/**
 * The one connection that listens, behind the {@code spring-redis:} consumer.
 *
 * <p>It takes the place of Spring's container, which fails the start while Redis is down, hides its
 * failed attempts and leaves a dead connection behind when it is stopped. Here an attempt is one
 * connection, found anew through the Sentinels, and every outcome is reported. Messages reach the
 * route on one thread in the order of the server; a route that is too slow holds the socket back.
 */
final class RedisSubscription extends RedisMessageListenerContainer {

    /** Messages that may wait for the route. */
    private static final int WAITING = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(RedisSubscription.class);
    private static final RedisCodec<String, byte[]> CODEC =
            RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private final RedisServers servers;
    private final RedisPublisher publisher;
    private final NotifierEvents events;
    private final LongSupplier pauseMs;
    private final RedisClient client;
    private final ScheduledExecutorService connector =
            Executors.newSingleThreadScheduledExecutor(task -> daemon("redis-connect", task));
    private final ThreadPoolExecutor messages =
            new ThreadPoolExecutor(
                    1,
                    1,
                    0,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(WAITING),
                    task -> daemon("redis-messages", task),
                    RedisSubscription::await);

    // Only the connector's thread touches these.
    private Subscriber subscriber;
    private StatefulRedisPubSubConnection<String, byte[]> connection;
    private boolean everOpened;
    private boolean everSubscribed;

    private record Subscriber(MessageListener listener, String pattern) {}

    /**
     * A subscription that is opened by the route.
     *
     * @param pauseMs how long to wait before the next attempt, in milliseconds
     */
    RedisSubscription(
            RedisServers servers,
            RedisPublisher publisher,
            NotifierEvents events,
            LongSupplier pauseMs) {
        this.servers = servers;
        this.publisher = publisher;
        this.events = events;
        this.pauseMs = pauseMs;
        this.client = RedisClient.create(servers.resources());
        client.setOptions(servers.options(false));
    }

    @Override
    public void addMessageListener(MessageListener listener, Collection<? extends Topic> topics) {
        Subscriber added = new Subscriber(listener, topics.iterator().next().getTopic());
        connector.execute(() -> open(added));
    }

    @Override
    public void removeMessageListener(
            MessageListener listener, Collection<? extends Topic> topics) {
        connector.execute(this::close);
    }

    private void open(Subscriber added) {
        close();
        if (everOpened) {
            // Started anew on suspicion, which falls on the publisher as well.
            publisher.renew();
        }
        everOpened = true;
        subscriber = added;
        attempt(added);
    }

    private void close() {
        subscriber = null;
        if (connection != null) {
            connection.closeAsync();
            connection = null;
        }
    }

    private void attempt(Subscriber wanted) {
        if (wanted != subscriber) {
            return;
        }
        try {
            if (servers.discover()) {
                publisher.renew();
            }
            connection = client.connectPubSub(CODEC, servers.uri());
            requireMaster();
            listen(wanted);
        } catch (RuntimeException e) {
            if (connection != null) {
                connection.closeAsync();
                connection = null;
            }
            events.attemptFailed("redis", e);
            connector.schedule(() -> attempt(wanted), pauseMs.getAsLong(), TimeUnit.MILLISECONDS);
        }
    }

    private void requireMaster() {
        if (!servers.sentinel()) {
            return;
        }
        Object role = connection.sync().role().get(0);
        String name = role instanceof byte[] bytes ? text(bytes) : String.valueOf(role);
        if (!"master".equals(name)) {
            throw new RedisException(
                    "the server that the Sentinel names is not a master yet but a " + name);
        }
    }

    private void listen(Subscriber wanted) {
        StatefulRedisPubSubConnection<String, byte[]> opened = connection;
        byte[] pattern = wanted.pattern().getBytes(StandardCharsets.UTF_8);
        opened.addListener(
                new RedisPubSubAdapter<String, byte[]>() {
                    @Override
                    public void message(String matched, String channel, byte[] body) {
                        messages.execute(() -> deliver(wanted, channel, body, pattern));
                    }
                });
        opened.addListener(
                new RedisConnectionStateAdapter() {
                    @Override
                    public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                        onConnector(() -> lost(wanted, opened));
                    }
                });
        opened.sync().psubscribe(wanted.pattern());
        if (!opened.isOpen()) {
            throw new RedisException("the connection was closed at once");
        }
        if (!everSubscribed) {
            everSubscribed = true;
            LOG.info("Redis Pub/Sub notifier initialized");
        }
        LOG.info("Started redis notification subscription");
        events.subscribed("redis");
    }

    private void lost(
            Subscriber wanted, StatefulRedisPubSubConnection<String, byte[]> disconnected) {
        if (disconnected != connection) {
            return;
        }
        connection.closeAsync();
        connection = null;
        events.lost("redis", new RedisException("the connection was closed"));
        attempt(wanted);
    }

    private static void deliver(Subscriber to, String channel, byte[] body, byte[] pattern) {
        try {
            to.listener()
                    .onMessage(
                            new DefaultMessage(channel.getBytes(StandardCharsets.UTF_8), body),
                            pattern);
        } catch (RuntimeException e) {
            LOG.warn("A notification could not be handled: {}", Reasons.of(e));
        }
    }

    private void onConnector(Runnable task) {
        try {
            connector.execute(task);
        } catch (RejectedExecutionException stopped) {
            LOG.trace("Stopped already", stopped);
        }
    }

    private static void await(Runnable task, ThreadPoolExecutor executor) {
        try {
            while (!executor.isShutdown()) {
                if (executor.getQueue().offer(task, 1, TimeUnit.SECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
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
    public void destroy() {
        onConnector(this::close);
        connector.shutdown();
        messages.shutdownNow();
        client.shutdown(0, 100, TimeUnit.MILLISECONDS);
    }
}
