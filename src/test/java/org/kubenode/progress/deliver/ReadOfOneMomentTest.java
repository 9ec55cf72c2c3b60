package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.camel.Processor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.StoredTask;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;

/** State, messages and results of one read are of one moment, whatever is written meanwhile. */
class ReadOfOneMomentTest {

    private static final long NODES = 60;

    @TempDir Path folder;

    private StoreFixture store(String kind) {
        return kind.equals("postgres")
                ? StoreFixture.onPostgres().migrated()
                : StoreFixture.onSqlite(folder.resolve("rows.db")).migrated();
    }

    /** The batch goes on, and ends, between any two steps of a read. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void listsAndCountsAgreeThoughTheBatchEndsDuringARead(String kind) throws Exception {
        try (StoreFixture store = store(kind);
                DeliveryRoutes routes = new DeliveryRoutes(store.dataSource(), store.folder())) {
            StoredTask task = new StoredTask("1", store.dataSource());
            AtomicLong written = new AtomicLong();
            routes.camel
                    .getCamelContextExtension()
                    .addInterceptStrategy(
                            (context, definition, step, next) ->
                                    before(step, () -> goOn(task, written)));
            routes.start();
            Subscriber operator = routes.open("1");
            routes.listed(operator, Map.of(task.taskId, -1L));
            await().until(() -> !routes.sent().isEmpty());
            goOn(task, written);
            routes.send(
                    "direct:work-on-feed",
                    routes.delivery.arrived(
                            Notification.reference(
                                    task.taskId, "1", 1, NODES + 1, FrameType.COMPLETE),
                            null));
            await().until(() -> ended(routes.sent()));

            for (JsonNode frame : routes.sent()) {
                if (frame.has("success_nodes")) {
                    assertThat(frame.get("success_nodes"))
                            .as(frame.toString())
                            .hasSize(frame.get("success_count").intValue());
                    assertThat(frame.has("truncated")).isFalse();
                }
            }
            JsonNode end = routes.sent().get(routes.sent().size() - 1);
            assertThat(end.get("success_nodes"))
                    .extracting(JsonNode::asText)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, NODES).mapToObj(n -> "node-" + n).toList());
        }
    }

    /** A read brings no more than a frame can carry, failed nodes first, and the frame says so. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void moreResultsThanAFrameCanCarryAreCutByTheFrame(String kind) throws Exception {
        try (StoreFixture store = store(kind);
                DeliveryRoutes routes =
                        new DeliveryRoutes(store.dataSource(), store.folder()).start()) {
            StoredTask task = new StoredTask("1", store.dataSource());
            task.write(1, 500);
            store.execute(
                    "UPDATE progress_messages SET node_status = 'failed', node_error = '"
                            + "\u7bc0".repeat(300)
                            + "' WHERE seq > 100");
            store.execute("UPDATE progress_tasks SET success_count = 100, failed_count = 400");
            routes.listed(routes.open("1"), Map.of(task.taskId, -1L));
            await().until(() -> !routes.sent().isEmpty());

            JsonNode frame = routes.sent().get(0);
            assertThat(frame.get("truncated").booleanValue()).isTrue();
            assertThat(frame.get("failed_nodes").size()).isBetween(250, 290);
            assertThat(frame.at("/failed_nodes/0/node_name").asText()).isEqualTo("node-101");
        }
    }

    /** Whoever calls a reader may have its own user in hand: what is read may be another's. */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void aReaderThatAnotherUsersExchangeCalledReadsWhatWaits(String kind) throws Exception {
        try (StoreFixture store = store(kind);
                DeliveryRoutes routes =
                        new DeliveryRoutes(store.dataSource(), store.folder()).start()) {
            StoredTask task = new StoredTask("1", store.dataSource());
            task.write(1, 2);
            Subscriber operator = routes.open("1");
            List<Feed> waiting =
                    routes.delivery.listed(operator, Map.of(task.taskId, -1L), Instant.now());
            routes.camel
                    .createProducerTemplate()
                    .send(
                            "direct:work-on-feeds",
                            exchange -> {
                                exchange.setProperty("user_id", "2");
                                exchange.getMessage().setBody(waiting);
                            });
            await().until(() -> !routes.sent().isEmpty());

            assertThat(routes.sent().get(0).path("snapshot").booleanValue()).isTrue();
        }
    }

    private static boolean ended(List<JsonNode> frames) {
        return frames.stream().anyMatch(frame -> frame.path("type").asText().equals("complete"));
    }

    /** Twenty more nodes, or the end. */
    private static synchronized void goOn(StoredTask task, AtomicLong written) {
        long from = written.get();
        try {
            if (from < NODES) {
                task.write(from + 1, from + 20);
                written.set(from + 20);
            } else if (from == NODES) {
                task.end(NODES + 1);
                written.set(NODES + 1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Processor before(Processor step, Runnable first) {
        return exchange -> {
            if ("read-rows".equals(exchange.getFromRouteId()) || inRead(exchange)) {
                first.run();
            }
            step.process(exchange);
        };
    }

    private static boolean inRead(org.apache.camel.Exchange exchange) {
        return exchange.getProperty("read") != null;
    }
}
