package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.apache.camel.component.seda.SedaEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The routes as packaged, over a database that refuses (a mock: it has to fail). */
class ReadAgainTest {

    private final AtomicInteger statements = new AtomicInteger();
    private volatile Supplier<Throwable> refusal =
            () -> new SQLException("the database is away", "08006");
    private DeliveryRoutes routes;

    @BeforeEach
    void start() throws Exception {
        DataSource refuses = mock(DataSource.class);
        Connection connection = mock(Connection.class);
        when(refuses.getConnection()).thenReturn(connection);
        when(connection.prepareStatement(any()))
                .thenAnswer(
                        sql -> {
                            statements.incrementAndGet();
                            throw refusal.get();
                        });
        routes = new DeliveryRoutes(refuses, "postgres").start();
    }

    @AfterEach
    void stop() {
        routes.close();
    }

    @Test
    void aReadIsTriedAgainUntilItIsAnswered() {
        ask(3);
        await().until(() -> statements.get() >= 15);
        assertThat(routes.sent()).isEmpty();

        refusal = ReadAgainTest::content;
        await().until(() -> routes.sent().size() == 3);
    }

    @Test
    void whatFailsForItsContentIsUnknownAndNotTriedAgain() {
        refusal = ReadAgainTest::content;
        ask(3);
        await().until(() -> routes.sent().size() == 3);

        assertThat(routes.sent()).allMatch(frame -> frame.path("gone").asBoolean());
        assertThat(routes.reads.size()).isZero();
        assertThat(statements).hasValue(3);
    }

    @Test
    void aReaderThatFailsForAnotherReasonLosesNoRead() {
        refusal = () -> new IllegalStateException("as if there were a defect");
        ask(3);
        await().until(() -> statements.get() >= 6);

        refusal = ReadAgainTest::content;
        await().until(() -> routes.sent().size() == 3);
    }

    @Test
    void aReaderThatFailsWithAnErrorLosesNoRead() {
        refusal = () -> new LinkageError("as if a class were missing");
        ask(3);
        await().until(() -> statements.get() >= 9);

        refusal = ReadAgainTest::content;
        await().until(() -> routes.sent().size() == 3);
    }

    /** Five times as many reads as the queue that calls the readers has places. */
    @Test
    void aFullQueueOfCallsLosesNoRead() {
        CountDownLatch busy = new CountDownLatch(1);
        refusal =
                () -> {
                    try {
                        busy.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return content();
                };
        routes.listed(routes.open("2"), Map.of("another's", -1L));
        await().until(() -> statements.get() == 1);
        ask(500);
        SedaEndpoint calls =
                routes.camel.getEndpoint("seda:fill-from-rows?size=100", SedaEndpoint.class);
        assertThat(calls.getQueue().remainingCapacity()).isZero();

        busy.countDown();
        await().until(() -> routes.sent().size() == 501);
        assertThat(routes.reads.size()).isZero();
        await().until(() -> routes.delivery.followed() == 0);
    }

    private void ask(int tasks) {
        Map<String, Long> named = new LinkedHashMap<>();
        for (int i = 0; i < tasks; i++) {
            named.put("task-" + i, -1L);
        }
        routes.listed(routes.open("1"), named);
    }

    private static SQLException content() {
        return new SQLException("invalid byte sequence", "22021");
    }
}
