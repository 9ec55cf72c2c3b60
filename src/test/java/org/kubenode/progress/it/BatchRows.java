package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;

/** What the rows, the logs and the clients say of batches that changed hands. */
record BatchRows(Servers.PostgresDatabase database) {

    private static final Pattern STARTED =
            Pattern.compile(
                    "Task (\\S+) epoch \\d+ starts node (\\S+), (-?\\d+) ms of its lease left");

    private long number(String sql, String taskId) {
        return database.number(sql.formatted("task_id = '" + taskId + "'"));
    }

    long epoch(String taskId) {
        return number("SELECT epoch FROM progress_tasks WHERE %s", taskId);
    }

    long lastSeq(String taskId) {
        return number("SELECT last_seq FROM progress_tasks WHERE %s", taskId);
    }

    boolean ended(String taskId) {
        return number(
                        "SELECT count(*) FROM progress_tasks WHERE %s AND completed_at IS NOT NULL",
                        taskId)
                == 1;
    }

    /** Whether it has not ended, and this replica owns it. */
    boolean runsOn(String taskId, ReplicaProcess replica) {
        return number(
                        "SELECT count(*) FROM progress_tasks WHERE %s AND completed_at IS NULL AND"
                                + " owner = '"
                                + replica.name()
                                + "'",
                        taskId)
                == 1;
    }

    /** Waits until somebody else owns the task. Looks every 5 ms. */
    void awaitEpoch(String taskId, long epoch, Duration atMost) {
        Awaitility.await("epoch " + epoch + " of " + taskId)
                .atMost(atMost)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> epoch(taskId) >= epoch);
    }

    void awaitSeq(String taskId, long seq) {
        Awaitility.await("seq " + seq + " of " + taskId)
                .atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> lastSeq(taskId) >= seq);
    }

    /** Every node has one final row, seq has no gap, there is one terminal message, counts fit. */
    void assertWhole(String taskId, int nodes, int failing) {
        assertThat(number("SELECT count(*) FROM progress_messages WHERE %s AND node_final", taskId))
                .as("final rows of " + taskId)
                .isEqualTo(nodes);
        assertThat(
                        number(
                                "SELECT count(DISTINCT current_node) FROM progress_messages"
                                        + " WHERE %s AND node_final",
                                taskId))
                .as("nodes with a final row of " + taskId)
                .isEqualTo(nodes);
        assertConsistent(taskId);
        assertThat(
                        number(
                                "SELECT count(*) FROM progress_tasks WHERE %s AND status ="
                                        + " 'completed' AND current = total AND failed_count = "
                                        + failing
                                        + " AND success_count + failed_count = "
                                        + nodes,
                                taskId))
                .as("counts of " + taskId)
                .isEqualTo(1);
    }

    /** What holds for any task that ended: no gap, one terminal message, counts as the rows say. */
    void assertConsistent(String taskId) {
        long last = lastSeq(taskId);
        assertThat(number("SELECT count(*) FROM progress_messages WHERE %s", taskId))
                .as("rows of " + taskId)
                .isEqualTo(last);
        assertThat(number("SELECT max(seq) FROM progress_messages WHERE %s", taskId))
                .isEqualTo(last);
        assertThat(
                        number(
                                "SELECT count(*) FROM progress_messages WHERE %s AND type <>"
                                        + " 'progress'",
                                taskId))
                .as("terminal messages of " + taskId)
                .isEqualTo(1);
        for (String[] status :
                new String[][] {{"success_count", "succeeded"}, {"failed_count", "failed"}}) {
            assertThat(number("SELECT " + status[0] + " FROM progress_tasks WHERE %s", taskId))
                    .as(status[0])
                    .isEqualTo(
                            number(
                                    "SELECT count(*) FROM progress_messages WHERE %s AND node_final"
                                            + " AND node_status = '"
                                            + status[1]
                                            + "'",
                                    taskId));
        }
        // An owner's rows come before those of the next one: none that was written too late.
        assertThat(
                        number(
                                "SELECT count(*) FROM progress_messages m WHERE %s AND EXISTS ("
                                        + "SELECT FROM progress_messages o WHERE o.task_id ="
                                        + " m.task_id AND o.epoch > m.epoch AND o.seq < m.seq)",
                                taskId))
                .as("rows of a stale owner")
                .isZero();
    }

    /** The client was shown every seq once, over all its connections. */
    static void assertSawAll(ProgressClient client, String taskId, JsonNode end) {
        assertThat(client.violations()).isEmpty();
        List<Long> seqs =
                client.frames(taskId).stream()
                        .filter(frame -> !frame.snapshot())
                        .map(ProgressClient.Received::seq)
                        .toList();
        assertThat(seqs)
                .isEqualTo(LongStream.rangeClosed(1, end.get("seq").asLong()).boxed().toList());
        assertThat(client.frames(taskId).stream().filter(ProgressClient.Received::terminal))
                .hasSize(1);
    }

    /**
     * By the client's whole algorithm: it applied every seq of the task once, up to its end. What
     * came before a snapshot is in the snapshot; nothing came a second time.
     */
    void assertAppliedEachOnce(ProgressClient client, String taskId) {
        List<ProgressClient.Received> frames = client.frames(taskId);
        List<String> wrong = new ArrayList<>();
        long applied = 0;
        for (ProgressClient.Received frame : frames) {
            boolean fits = frame.snapshot() ? frame.seq() >= applied : frame.seq() == applied + 1;
            if (!fits) {
                wrong.add("after seq " + applied + ": " + frame.json());
            }
            applied = frame.seq();
        }
        assertThat(wrong).as(client + ", task " + taskId).isEmpty();
        assertThat(applied).as(client + ", task " + taskId).isEqualTo(lastSeq(taskId));
        assertThat(frames.stream().filter(frame -> frame.terminal() && !frame.snapshot()))
                .as("ends of " + taskId + " on " + client)
                .hasSizeLessThanOrEqualTo(1);
        assertThat(client.task(taskId).last().get("type").asText()).isEqualTo("complete");
    }

    /** Node operations that a replica started while its lease was over by its own clock. */
    static List<String> startedTooLate(ReplicaProcess replica) {
        List<String> late = new ArrayList<>();
        int started = 0;
        Matcher line = STARTED.matcher(replica.log());
        while (line.find()) {
            started++;
            if (Long.parseLong(line.group(3)) <= 0) {
                late.add(replica.name() + ": " + line.group());
            }
        }
        assertThat(started).as("starts in the log of " + replica.name()).isPositive();
        return late;
    }
}
