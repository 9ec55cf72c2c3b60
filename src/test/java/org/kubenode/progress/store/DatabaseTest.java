package org.kubenode.progress.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.CannotGetJdbcConnectionException;

class DatabaseTest {

    private final AtomicLong now = new AtomicLong();
    private final Database database = new Database(false, now::get);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private static RuntimeException state(String sqlState) {
        return new IllegalStateException(new SQLException("why", sqlState));
    }

    @Test
    void isDownUntilItWasSeen() {
        assertThat(database.state()).isEqualTo("down");
        assertThat(database.healthyFor()).isZero();
        database.recovered();
        assertThat(database.state()).isEqualTo("up");
    }

    @Test
    void oneLostLinkEndsTheHealthyTimeAndTheSecondInARowTheDatabase() {
        database.recovered();
        pass(Duration.ofSeconds(10));
        assertThat(database.healthyFor()).isEqualTo(Duration.ofSeconds(10));

        assertThat(database.failed(state("08006"))).isFalse();
        assertThat(database.up()).isTrue();
        assertThat(database.healthyFor()).isZero();
        database.seen();
        pass(Duration.ofSeconds(3));
        assertThat(database.healthyFor()).isEqualTo(Duration.ofSeconds(3));

        assertThat(database.failed(state("57P01"))).isFalse();
        assertThat(database.failed(state("08001"))).isTrue();
        assertThat(database.state()).isEqualTo("down");
        pass(Duration.ofSeconds(60));
        database.seen();
        assertThat(database.healthyFor()).isZero();
        database.recovered();
        assertThat(database.healthyFor()).isZero();
    }

    @Test
    void isDownAtOnceWhenNoConnectionIsToBeHad() {
        database.recovered();
        assertThat(
                        database.failed(
                                new CannotGetJdbcConnectionException(
                                        "no", new SQLException("timeout"))))
                .isTrue();
        assertThat(database.reason()).isEqualTo("timeout");
    }

    /** Two words of the driver for one outage: an hour of it made 150 lines. */
    @Test
    void eachReasonOfAnOutageIsToldOnce() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(Database.class);
        // Spring's, of an earlier test whose application did not start, lets nothing pass.
        logger.getLoggerContext().resetTurboFilterList();
        log.start();
        logger.addAppender(log);
        try {
            for (int outage = 0; outage < 2; outage++) {
                database.recovered();
                log.list.clear();
                for (int i = 0; i < 20; i++) {
                    database.lost(new SQLException("Connect timed out"));
                    database.lost(new SQLException("Connection attempt timed out."));
                }
                assertThat(log.list)
                        .extracting(ILoggingEvent::getFormattedMessage)
                        .containsExactly(
                                "Database is down: Connect timed out",
                                "Database is down: Connection attempt timed out.");
                assertThat(database.reason()).isEqualTo("Connection attempt timed out.");
            }
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void aRefusedRowSaysNothingOfTheDatabase() {
        database.recovered();
        pass(Duration.ofSeconds(1));
        assertThat(database.failed(state("23514"))).isFalse();
        assertThat(database.failed(state("40P01"))).isFalse();
        assertThat(database.healthyFor()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void tellsWhatAFailureMeansByItsState() {
        assertThat(SqlFailure.of(state("08003"))).isEqualTo(SqlFailure.LINK);
        assertThat(SqlFailure.of(state("57P03"))).isEqualTo(SqlFailure.LINK);
        assertThat(SqlFailure.of(state("25006"))).isEqualTo(SqlFailure.LINK);
        assertThat(SqlFailure.of(state("40001"))).isEqualTo(SqlFailure.REPEAT);
        assertThat(SqlFailure.of(state("55P03"))).isEqualTo(SqlFailure.REPEAT);
        assertThat(SqlFailure.of(state("57014"))).isEqualTo(SqlFailure.REPEAT);
        assertThat(SqlFailure.of(state("22P05"))).isEqualTo(SqlFailure.DATA);
        assertThat(SqlFailure.of(state("23505"))).isEqualTo(SqlFailure.DATA);
        assertThat(SqlFailure.of(state("22023"))).isEqualTo(SqlFailure.NOTIFICATION);
        assertThat(SqlFailure.of(state("54000"))).isEqualTo(SqlFailure.LIMIT);
        assertThat(SqlFailure.of(new IllegalStateException())).isEqualTo(SqlFailure.REPEAT);
    }
}
