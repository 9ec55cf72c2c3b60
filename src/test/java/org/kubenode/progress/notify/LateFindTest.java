package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kubenode.progress.notify.NotifierState.REALTIME;
import static org.kubenode.progress.notify.NotifierState.RECONNECTING;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;

/** What counts as evidence against the path: order on it, never how late this process reads. */
class LateFindTest {

    private long now = 1_000_000;
    private final Rows rows = new Rows();
    private final Circuit circuit =
            new Circuit(
                    "postgres",
                    true,
                    new CircuitTimes(10_000, 500),
                    () -> now,
                    () -> Instant.ofEpochMilli(now),
                    () -> 1.0,
                    change -> {});
    private final ProgressPoll poll = new ProgressPoll(circuit, rows, () -> now);

    /** Tasks of one user, and how far this replica's sockets have them. */
    private static final class Rows implements ProgressPoll.Listeners {

        final Map<String, Long> stored = new HashMap<>();
        final Map<String, Long> delivered = new HashMap<>();
        Set<String> users = Set.of("7");

        @Override
        public Collection<String> connectedUsers() {
            return users;
        }

        @Override
        public List<Notification> behind(List<Map<String, Object>> rows) {
            return stored.entrySet().stream()
                    .filter(task -> users.contains("7"))
                    .filter(task -> task.getValue() > delivered.getOrDefault(task.getKey(), 0L))
                    .map(task -> notification(task.getKey(), task.getValue()))
                    .toList();
        }

        List<Map<String, Object>> all() {
            return stored.entrySet().stream()
                    .map(
                            task ->
                                    Map.<String, Object>of(
                                            "task_id", task.getKey(), "last_seq", task.getValue()))
                    .toList();
        }
    }

    private static Notification notification(String taskId, long seq) {
        return Notification.reference(taskId, "7", 1, seq, FrameType.PROGRESS);
    }

    @BeforeEach
    void realtime() {
        circuit.subscribed();
        circuit.probeReceived(1);
        circuit.pollDue();
        circuit.pollDone();
        while (circuit.state() != REALTIME) {
            later(250, 1);
        }
        pollOfTenSeconds();
    }

    /** A probe comes back that was sent {@code roundTripMs} ago. */
    private void later(long ms, long roundTripMs) {
        now += ms;
        circuit.restartDue();
        circuit.probeReceived(roundTripMs);
        poll.probeReceived(roundTripMs);
    }

    private void pollOfTenSeconds() {
        for (int i = 0; i < 10; i++) {
            later(1_000, 1);
        }
        assertThat(poll.due()).isTrue();
        for (Notification found : poll.behind(rows.all())) {
            rows.delivered.put(found.taskId(), found.seq());
        }
        poll.done();
    }

    @Test
    void whatThePathHasNotBroughtBeforeALaterProbeIsEvidence() {
        rows.stored.put("t1", 1L);
        pollOfTenSeconds();
        later(1_100, 1);
        assertThat(circuit.state()).isEqualTo(REALTIME);

        rows.stored.put("t1", 2L);
        pollOfTenSeconds();
        later(900, 1);
        assertThat(circuit.state()).isEqualTo(REALTIME);
        later(200, 1);
        assertThat(circuit.state()).isEqualTo(RECONNECTING);
    }

    @Test
    void aStarvedProcessThatReadsEverythingLateDoubtsNothing() {
        for (long seq = 1; seq <= 20; seq++) {
            rows.stored.put("t1", seq);
            pollOfTenSeconds();
            // Probes of before the poll come back late, and so does the notification after them.
            later(1_100, 1_600);
            later(400, 1_900);
            poll.heard(notification("t1", seq));
            later(300, 1_100);
        }
        assertThat(circuit.state()).isEqualTo(REALTIME);
    }

    @Test
    void whatCameBeforeThePollAndWaitsForItsReadIsNoEvidence() {
        for (long seq = 1; seq <= 5; seq++) {
            poll.heard(notification("t1", seq));
            rows.stored.put("t1", seq);
            pollOfTenSeconds();
            later(1_100, 1);
        }
        assertThat(circuit.state()).isEqualTo(REALTIME);
    }

    @Test
    void whatWasWrittenBeforeItsUserCameIsNoEvidence() {
        for (int i = 0; i < 5; i++) {
            rows.users = Set.of("8");
            rows.stored.put("t" + i, 9L);
            pollOfTenSeconds();
            rows.delivered.remove("t" + i);
            rows.users = Set.of("7");
            pollOfTenSeconds();
            later(1_100, 1);
        }
        assertThat(circuit.state()).isEqualTo(REALTIME);
    }

    @Test
    void oneBatchThatStandsStillIsNoEvidenceTwice() {
        rows.stored.put("t1", 5L);
        pollOfTenSeconds();
        later(1_100, 1);
        rows.delivered.clear();
        pollOfTenSeconds();
        later(1_100, 1);
        assertThat(circuit.state()).isEqualTo(REALTIME);
    }
}
