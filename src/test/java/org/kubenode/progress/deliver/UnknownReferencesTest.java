package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.camel.Processor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.testing.StoredTask;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;

/** Many references to tasks that there are not, and what they cost those whose tasks there are. */
class UnknownReferencesTest {

    private static final int REFERENCES = 20_000;
    private static final int TASKS = Delivery.MAX_WAITING + 100;

    /** Two readers are busy when the other user's comes, and each may have been the turn before. */
    private static final int BEFORE = 4;

    @TempDir Path folder;

    private final List<String> lookUps = new CopyOnWriteArrayList<>();
    private final CountDownLatch posted = new CountDownLatch(1);

    @ParameterizedTest
    @ValueSource(strings = {"of one user", "each of another user"})
    void costOneLookUpEachAtMostAndHoldNobodyElseUp(String claimed) throws Exception {
        try (StoreFixture store = StoreFixture.onSqlite(folder.resolve("rows.db")).migrated();
                DeliveryRoutes routes = new DeliveryRoutes(store.dataSource(), store.folder())) {
            routes.camel
                    .getCamelContextExtension()
                    .addInterceptStrategy(
                            (context, step, target, next) ->
                                    "read-task-row".equals(step.getId())
                                            ? counted(target)
                                            : target);
            routes.start();
            routes.listed(routes.open("1"), Map.of());
            routes.listed(routes.open("2"), Map.of());
            Subscriber everybodys = new Subscriber("socket of 3", "3", true);
            routes.delivery.open(everybodys);
            routes.listed(everybodys, Map.of());
            List<String> unknown =
                    Stream.generate(() -> UUID.randomUUID().toString()).limit(TASKS).toList();
            for (int i = 0; i < REFERENCES; i++) {
                String user = claimed.equals("of one user") ? "1" : "u" + i % TASKS;
                refer(routes, unknown.get(i % TASKS), user);
            }
            StoredTask task = new StoredTask("2", store.dataSource());
            task.write(1, 1);
            refer(routes, task.taskId, "2");
            assertThat(routes.reads.size()).isLessThanOrEqualTo(Delivery.MAX_WAITING + 1);
            posted.countDown();

            await().until(() -> !routes.sent().isEmpty());
            assertThat(routes.sent().get(0).path("task_id").asText()).isEqualTo(task.taskId);
            assertThat(lookUps).doesNotHaveDuplicates();
            assertThat(lookUps.indexOf(task.taskId)).isLessThan(BEFORE);
        }
    }

    private Processor counted(Processor target) {
        return exchange -> {
            lookUps.add(exchange.getProperty("task_id", String.class));
            posted.await();
            target.process(exchange);
        };
    }

    private static void refer(DeliveryRoutes routes, String taskId, String user) {
        Feed turn =
                routes.delivery.arrived(
                        Notification.reference(taskId, user, 1, 1, FrameType.PROGRESS), "postgres");
        if (turn != null) {
            routes.send("direct:work-on-feed", turn);
        }
    }
}
