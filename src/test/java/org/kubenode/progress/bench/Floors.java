package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lettuce.core.RedisClient;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.HdrHistogram.Histogram;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.kubenode.progress.journal.WriteStatement;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.StoredTask;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.websocket.WebSocketComponent;
import org.kubenode.progress.wire.Frame;
import reactor.core.Disposable;

/**
 * What no implementation could be faster than, on this machine, in this run. One at a time each.
 */
final class Floors {

    private static final int WARM = 500;
    private static final ObjectMapper JSON = new ObjectMapper();

    private Floors() {}

    /** From just before the statement to a listener on the same driver that does nothing else. */
    static Histogram statementToListener(Servers.PostgresDatabase database, Rig rig, int messages)
            throws Exception {
        StoredTask task = new StoredTask("floor", rig.first().bean(DataSource.class));
        AtomicLong arrivedAt = new AtomicLong();
        Semaphore arrived = new Semaphore(0);
        PostgresqlConnection listener =
                new PostgresqlConnectionFactory(
                                PostgresqlConnectionConfiguration.builder()
                                        .host("127.0.0.1")
                                        .port(database.port())
                                        .database(database.name())
                                        .username("postgres")
                                        .build())
                        .create()
                        .block(Duration.ofSeconds(10));
        Disposable listening =
                listener.getNotifications()
                        .filter(note -> note.getParameter().contains(task.taskId))
                        .subscribe(
                                note -> {
                                    arrivedAt.set(System.nanoTime());
                                    arrived.release();
                                });
        listener.createStatement("LISTEN progress_update")
                .execute()
                .flatMap(result -> result.getRowsUpdated())
                .blockLast(Duration.ofSeconds(10));
        Histogram nanos = new Histogram(3);
        try (Connection connection = database.connect();
                PreparedStatement write = connection.prepareStatement(WriteStatement.sql())) {
            for (int seq = 1; seq <= WARM + messages; seq++) {
                write.setString(1, "[" + entry(task.frame(seq)) + "]");
                write.setString(2, "10000");
                long before = System.nanoTime();
                write.execute();
                assertThat(arrived.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                if (seq > WARM) {
                    nanos.recordValue(arrivedAt.get() - before);
                }
            }
        } finally {
            listening.dispose();
            listener.close().block(Duration.ofSeconds(10));
        }
        return nanos;
    }

    /** What the journal writes of one message, without the package's own encoder. */
    private static ObjectNode entry(Frame frame) {
        String at = frame.timestamp().toString();
        ObjectNode entry =
                JSON.createObjectNode()
                        .put("task_id", frame.taskId())
                        .put("epoch", 1)
                        .put("first_seq", frame.seq())
                        .put("last_seq", frame.seq())
                        .put("current", frame.current())
                        .put("success_count", frame.successCount())
                        .put("failed_count", 0)
                        .put("updated_at", at)
                        .put("notification", StoredTask.payload(List.of(frame)));
        entry.putArray("messages")
                .addObject()
                .put("seq", frame.seq())
                .put("type", "progress")
                .put("current", frame.current())
                .put("success_count", frame.successCount())
                .put("failed_count", 0)
                .put("current_node", frame.currentNode())
                .put("node_status", "succeeded")
                .put("node_final", true)
                .put("message", frame.message())
                .put("created_at", at);
        return entry;
    }

    /** From just before PUBLISH to a listener of the same client that does nothing else. */
    static Histogram publishToListener(String addr, String payload, int messages)
            throws InterruptedException {
        AtomicLong arrivedAt = new AtomicLong();
        Semaphore arrived = new Semaphore(0);
        Histogram nanos = new Histogram(3);
        RedisClient client = RedisClient.create("redis://" + addr);
        try (var subscriber = client.connectPubSub();
                var publisher = client.connect()) {
            subscriber.addListener(
                    new RedisPubSubAdapter<String, String>() {
                        @Override
                        public void message(String pattern, String channel, String message) {
                            arrivedAt.set(System.nanoTime());
                            arrived.release();
                        }
                    });
            subscriber.sync().psubscribe("progress:floor:*");
            for (int i = 0; i < WARM + messages; i++) {
                long before = System.nanoTime();
                publisher.async().publish("progress:floor:1", payload);
                assertThat(arrived.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                if (i >= WARM) {
                    nanos.recordValue(arrivedAt.get() - before);
                }
            }
        } finally {
            client.shutdown();
        }
        return nanos;
    }

    /** From just before a session's send to the frame at the client. */
    static Histogram socket(Rig rig, FrameReader reader, int messages) {
        SocketSession session =
                rig.first()
                        .camel()
                        .getComponent("websocket-jsr356", WebSocketComponent.class)
                        .sessions("/api/v1/progress/ws")
                        .ofUser("1")
                        .get(0);
        String text = "{\"type\":\"floor\",\"message\":\"%s\"}".formatted("x".repeat(270));
        Histogram nanos = new Histogram(3);
        for (int i = 0; i < WARM + messages; i++) {
            long had = reader.count();
            long before = System.nanoTime();
            session.send(text);
            while (reader.count() == had) {
                Thread.onSpinWait();
            }
            if (i >= WARM) {
                nanos.recordValue(reader.lastNanos() - before);
            }
        }
        return nanos;
    }

    /** From one empty route to the next. */
    static Histogram hop(int messages) throws Exception {
        AtomicLong arrivedAt = new AtomicLong();
        try (CamelContext camel = new DefaultCamelContext()) {
            camel.addRoutes(
                    new RouteBuilder() {
                        @Override
                        public void configure() {
                            from("direct:first").to("direct:second");
                            from("direct:second")
                                    .process(exchange -> arrivedAt.set(System.nanoTime()));
                        }
                    });
            camel.start();
            ProducerTemplate template = camel.createProducerTemplate();
            Histogram nanos = new Histogram(3);
            for (int i = 0; i < 10 * WARM + messages; i++) {
                long before = System.nanoTime();
                template.sendBody("direct:first", "");
                if (i >= 10 * WARM) {
                    nanos.recordValue(arrivedAt.get() - before);
                }
            }
            return nanos;
        }
    }
}
