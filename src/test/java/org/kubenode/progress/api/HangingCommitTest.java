package org.kubenode.progress.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** A commit that waits for a synchronous standby that is gone: nobody knows whether it will be. */
class HangingCommitTest {

    @Test
    void theAnswerNamesTheTaskAndTheSameKeyFindsItAgain() throws Exception {
        try (PgServer server = PgServer.startedWithSynchronousCommit();
                ReplicaContext replica =
                        ReplicaContext.start(
                                "a",
                                new Servers.PostgresDatabase(server.port(), PgServer.DATABASE)
                                        .options())) {
            await().atMost(Duration.ofSeconds(30)).until(() -> "REALTIME".equals(replica.state()));
            ApiClient api = replica.api(Tokens.user(1));
            String body = ApiClient.batch("test", ApiClient.nodes(2)).toString();
            server.execute(
                    "ALTER SYSTEM SET synchronous_standby_names = 'gone'",
                    "SELECT pg_reload_conf()");

            ApiClient.Answer answer =
                    api.post("/api/v1/nodes/batch/cordon", body, "Idempotency-Key", "once");

            assertThat(answer.status()).as(answer.body()).isEqualTo(202);
            assertThat(answer.json().get("durable").asBoolean()).isFalse();
            String taskId = answer.json().get("task_id").asText();
            ApiClient.Answer again =
                    api.post("/api/v1/nodes/batch/cordon", body, "Idempotency-Key", "once");
            assertThat(again.status()).as(again.body()).isEqualTo(202);
            assertThat(again.json().get("task_id").asText()).isEqualTo(taskId);

            server.execute(
                    "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
            await().atMost(Duration.ofSeconds(60))
                    .until(
                            () ->
                                    "completed"
                                            .equals(
                                                    api.get("/api/v1/tasks/" + taskId)
                                                            .json()
                                                            .path("status")
                                                            .asText()));
            assertThat(
                            api.post("/api/v1/nodes/batch/cordon", body, "Idempotency-Key", "once")
                                    .json()
                                    .get("task_id")
                                    .asText())
                    .isEqualTo(taskId);
            assertThat(
                            new Servers.PostgresDatabase(server.port(), PgServer.DATABASE)
                                    .number("SELECT count(*) FROM progress_tasks"))
                    .isEqualTo(1);
        }
    }
}
