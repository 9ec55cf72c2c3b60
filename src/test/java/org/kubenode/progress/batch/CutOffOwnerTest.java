package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** An owner that lost its database, and meanwhile its task, while its own sockets watched. */
class CutOffOwnerTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @Test
    void itsSocketsAreLeftWithWhatTheNextOwnerCommitted() throws Exception {
        Servers.PostgresDatabase database = Servers.database();
        try (Relay link = Relay.to("127.0.0.1", database.port());
                ReplicaContext replica = start(database.through(link))) {
            String token = Tokens.user(1);
            await().atMost(SOON).until(() -> replica.state().equals("REALTIME"));
            try (ProgressClient client = ProgressClient.connect(replica.port(), token)) {
                String taskId =
                        replica.api(token)
                                .start(
                                        "cordon",
                                        ApiClient.batch("slow", ApiClient.nodes(500))
                                                .put("concurrency", 2));
                client.awaitSeq(taskId, 5);
                link.refuse();
                await().atMost(SOON).until(() -> shownBeforeDurable(client, taskId) > 5);

                // Another replica, with a database, ends it after the rows that were committed.
                database.execute(
                        """
                        WITH ended AS (
                          UPDATE progress_tasks SET epoch = epoch + 1, owner = 'other',
                            status = 'completed', last_seq = last_seq + 1, completed_at = now(),
                            lease_until = NULL, updated_at = now()
                          WHERE task_id = '%s' RETURNING *)
                        INSERT INTO progress_messages
                        SELECT task_id, epoch, last_seq, user_id, 'complete', action, current, total,
                          success_count, failed_count, NULL, NULL, NULL, false, 'Completed', NULL,
                          now() FROM ended
                        """
                                .formatted(taskId));
                link.heal();

                JsonNode end = client.awaitEnd(taskId, SOON);
                assertThat(end.path("snapshot").asBoolean()).isTrue();
                assertThat(end.path("epoch").asLong()).isEqualTo(2);
                assertThat(end.path("seq").asLong())
                        .isEqualTo(
                                database.number(
                                        "SELECT last_seq FROM progress_tasks WHERE task_id = '"
                                                + taskId
                                                + "'"))
                        .isLessThan(highestSeq(client, taskId));
            }
        }
    }

    private static ReplicaContext start(Servers.PostgresDatabase database) {
        List<String> options = new ArrayList<>(database.options());
        options.addAll(
                List.of(
                        "--clusters[1].name=slow",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=500",
                        "--clusters[1].latency_ms=100"));
        return ReplicaContext.start("cut-off", options);
    }

    private static long shownBeforeDurable(ProgressClient client, String taskId) {
        return client.frames(taskId).stream()
                .filter(frame -> !frame.json().path("durable").asBoolean(true))
                .count();
    }

    private static long highestSeq(ProgressClient client, String taskId) {
        return client.frames(taskId).stream()
                .mapToLong(ProgressClient.Received::seq)
                .max()
                .orElse(0);
    }
}
