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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.kubenode.progress.subscription.Link;

/** One connection to the master that Redis or its Sentinels name, with a pattern subscribed. */
final class RedisLink implements Link {

    private static final RedisCodec<String, byte[]> CODEC =
            RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private final RedisServers servers;
    private final RedisClient client;
    private final RedisPublisher publisher;
    private final String pattern;
    private final Consumer<Message> messages;
    private final CompletableFuture<Throwable> lost = new CompletableFuture<>();
    private final AtomicLong received = new AtomicLong();
    private CompletableFuture<StatefulRedisPubSubConnection<String, byte[]>> connection =
            new CompletableFuture<>();
    private volatile boolean aborted;

    record Message(String channel, byte[] body) {}

    RedisLink(
            RedisServers servers,
            RedisClient client,
            RedisPublisher publisher,
            String pattern,
            Consumer<Message> messages) {
        this.servers = servers;
        this.client = client;
        this.publisher = publisher;
        this.pattern = pattern;
        this.messages = messages;
    }

    @Override
    public void open(Duration limit) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        StatefulRedisPubSubConnection<String, byte[]> opened;
        try {
            servers.discover();
            opened = connect(deadline);
        } finally {
            servers.warm();
        }
        opened.addListener(
                new RedisConnectionStateAdapter() {
                    @Override
                    public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                        lost.complete(new RedisException("the connection was closed"));
                    }
                });
        opened.addListener(
                new RedisPubSubAdapter<String, byte[]>() {
                    @Override
                    public void message(String matched, String channel, byte[] body) {
                        received.incrementAndGet();
                        if (!aborted) {
                            messages.accept(new Message(channel, body));
                        }
                    }
                });
        if (servers.sentinel()) {
            requireMaster(await(opened.async().role(), deadline));
        }
        await(opened.async().psubscribe(pattern), deadline);
        if (!opened.isOpen()) {
            throw new RedisException("the connection was closed at once");
        }
        // What ended the link before may have taken the publisher's, or another is master now.
        publisher.renew();
    }

    /**
     * Once more when a refusal came before Lettuce had looked for the handler that was to hear it:
     * it then knows of no reason, and the server's own is what operators are shown.
     */
    private StatefulRedisPubSubConnection<String, byte[]> connect(long deadline) throws Exception {
        while (true) {
            connection = client.connectPubSubAsync(CODEC, servers.uri()).toCompletableFuture();
            try {
                return await(connection, deadline);
            } catch (Exception e) {
                if (Reasons.causes(e).noneMatch(RedisLink::isUnheardRefusal)) {
                    throw e;
                }
            }
        }
    }

    private static boolean isUnheardRefusal(Throwable cause) {
        return cause instanceof IllegalStateException
                && "RedisHandshakeHandler not registered".equals(cause.getMessage());
    }

    private static void requireMaster(List<Object> role) {
        Object first = role.get(0);
        String name =
                first instanceof byte[] bytes
                        ? new String(bytes, StandardCharsets.UTF_8)
                        : String.valueOf(first);
        if (!"master".equals(name)) {
            throw new RedisException(
                    "the server that the Sentinel names is not a master yet but a " + name);
        }
    }

    @Override
    public Throwable awaitLoss(Duration limit) throws InterruptedException {
        try {
            return lost.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException standing) {
            return null;
        } catch (ExecutionException impossible) {
            return impossible;
        }
    }

    /** Subscribes once more: answered in either protocol, and it needs no further right. */
    @Override
    public CompletableFuture<?> ping() {
        return connection.join().async().psubscribe(pattern).toCompletableFuture();
    }

    @Override
    public long received() {
        return received.get();
    }

    @Override
    public void abort() {
        aborted = true;
        connection.whenComplete(
                (opened, failed) -> {
                    if (opened != null) {
                        opened.closeAsync();
                    }
                });
    }

    private static <T> T await(CompletionStage<T> step, long deadline) throws Exception {
        try {
            return step.toCompletableFuture()
                    .get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException silence) {
            throw new TimeoutException("no answer from the server");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
