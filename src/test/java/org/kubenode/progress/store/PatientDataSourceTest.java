package org.kubenode.progress.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.Servers;
import org.springframework.jdbc.datasource.AbstractDataSource;

class PatientDataSourceTest {

    private static final Connection CONNECTION =
            (Connection)
                    Proxy.newProxyInstance(
                            PatientDataSourceTest.class.getClassLoader(),
                            new Class<?>[] {Connection.class},
                            (proxy, method, arguments) -> null);

    /** Fails for the given reasons, then connects. */
    private static PatientDataSource failing(String... reasons) {
        return failing(() -> 0, reasons);
    }

    private static PatientDataSource failing(LongSupplier nanoTime, String... reasons) {
        Deque<String> left = new ArrayDeque<>(List.of(reasons));
        return new PatientDataSource(
                new AbstractDataSource() {
                    @Override
                    public Connection getConnection() throws SQLException {
                        if (left.isEmpty()) {
                            return CONNECTION;
                        }
                        throw new SQLException(left.poll());
                    }

                    @Override
                    public Connection getConnection(String user, String password) {
                        throw new UnsupportedOperationException();
                    }
                },
                nanoTime);
    }

    @Test
    void tellsEachReasonOnceAndGoesOnByItself() throws SQLException {
        PatientDataSource source = failing("refused", "refused", "refused", "starting", "starting");
        assertThatThrownBy(source::getConnection).hasMessage("refused");
        assertThatThrownBy(source::getConnection).hasMessage("starting");
        assertThat(source.getConnection()).isNotNull();
    }

    /** The pool may have found the end of an old connection since, and would go on giving that. */
    @Test
    void tellsAReasonThatLastsOnceMoreAndNoMore() throws SQLException {
        AtomicLong now = new AtomicLong();
        PatientDataSource source =
                failing(
                        () -> now.getAndAdd(Duration.ofMillis(1_500).toNanos()),
                        "refused",
                        "refused",
                        "refused",
                        "refused",
                        "refused");
        assertThatThrownBy(source::getConnection).hasMessage("refused");
        assertThatThrownBy(source::getConnection).hasMessage("refused");
        assertThat(source.getConnection()).isNotNull();
    }

    @Test
    void anInterruptEndsIt() {
        PatientDataSource source = failing("refused", "refused", "refused");
        assertThatThrownBy(source::getConnection).hasMessage("refused");
        Thread.currentThread().interrupt();
        assertThat(catchThrowable(source::getConnection)).hasMessage("refused");
        assertThat(Thread.interrupted()).isTrue();
    }

    /** Without it the pool sleeps for up to 5 s when the server is back. */
    @Test
    void aPoolHasAConnectionSoonAfterALongOutage() throws Exception {
        Servers.PostgresDatabase direct = Servers.database();
        try (Relay relay = Relay.to("127.0.0.1", direct.port())) {
            relay.refuse();
            StoreSettings through = settings(direct.through(relay));
            try (HikariDataSource pool = DataSources.create(through, "r1")) {
                long until = System.nanoTime() + Duration.ofSeconds(7).toNanos();
                await().atMost(Duration.ofSeconds(10))
                        .pollInterval(Duration.ofMillis(10))
                        .until(
                                () -> {
                                    assertThat(catchThrowable(pool::getConnection))
                                            .isInstanceOf(SQLException.class);
                                    return System.nanoTime() > until;
                                });
                relay.heal();
                await().atMost(Duration.ofMillis(1_500))
                        .pollInterval(Duration.ofMillis(10))
                        .ignoreExceptions()
                        .until(
                                () -> {
                                    try (Connection connection = pool.getConnection()) {
                                        return connection.isValid(1);
                                    }
                                });
            }
        }
    }

    private static StoreSettings settings(Servers.PostgresDatabase database) {
        return new StoreSettings(
                StoreSettings.Kind.POSTGRES,
                "127.0.0.1",
                database.port(),
                database.name(),
                "",
                "postgres",
                "",
                "disable",
                "",
                false,
                5,
                null);
    }
}
