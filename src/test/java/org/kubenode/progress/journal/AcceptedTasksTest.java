package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.CannotGetJdbcConnectionException;

/** The journal is a mock: nothing is written here. */
class AcceptedTasksTest {

    /** Its row may be there although nobody said so: it is held by its lease alone from then on. */
    @Test
    void aTaskWhoseRowWasSentAndNotAnsweredIsHeldByItsLeaseAlone() {
        AtomicLong now = new AtomicLong();
        LeaseClock lease = new LeaseClock(Routes.LEASE, now::get, now.get());
        TaskRun run =
                new TaskRun("task-1", "1", "drain", "test", 1, 2, 0, 0, 0, Map.of(), lease, false);
        AcceptedTasks accepted = new AcceptedTasks(1, mock(Journal.class));
        accepted.add(Routes.task("task-1", "1", 2).running("test", Routes.LEASE.toMillis()), run);
        now.addAndGet(Routes.LEASE.toNanos());

        Exception notSent =
                new CannotGetJdbcConnectionException(
                        "no connection", new SQLTransientConnectionException("timed out"));
        assertThatThrownBy(() -> accepted.failed(notSent)).isSameAs(notSent);
        assertThat(run.held()).isTrue();

        Exception notAnswered = new SQLException("I/O error", "08006");
        assertThatThrownBy(() -> accepted.failed(notAnswered)).isSameAs(notAnswered);
        assertThat(run.held()).isFalse();
    }
}
