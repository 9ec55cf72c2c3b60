package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** Neither database nor Redis answers: the replica stays ready, says what it lacks, and at once. */
class EverythingDownTest {

    /** What each health address answered, one after the other, until the replica was ready. */
    private static final Map<String, List<String>> SEEN = new HashMap<>();

    private static ReplicaProcess replica;

    @BeforeAll
    static void start() {
        replica =
                ReplicaProcess.classes("down")
                        .options(
                                "--database.host=127.0.0.1",
                                "--database.port=" + Servers.freePort(),
                                "--progress.notify_type=redis",
                                "--progress.redis.addr=127.0.0.1:" + Servers.freePort())
                        .cluster(0, "test", 5, 0, "")
                        .launch();
        while (!seen("readiness").equals("200 UP")) {
            seen("liveness");
            seen("");
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    /** Asks once, and keeps what was answered if it differs from the answer before. */
    private static String seen(String part) {
        String answer;
        try {
            ApiClient.Answer health = replica.api(null).get("/actuator/health/" + part);
            answer = health.status() + " " + health.json().path("status").asText();
        } catch (RuntimeException noPortYet) {
            answer = "refused";
        }
        List<String> answers = SEEN.computeIfAbsent(part, name -> new ArrayList<>());
        if (answers.isEmpty() || !answers.get(answers.size() - 1).equals(answer)) {
            answers.add(answer);
        }
        return answer;
    }

    @Test
    void healthWhileStartingIsWhatThePageOfOperationsSays() {
        assertThat(SEEN.get("liveness")).isEqualTo(List.of("refused", "200 UP"));
        assertThat(SEEN.get("readiness"))
                .isEqualTo(List.of("refused", "503 OUT_OF_SERVICE", "200 UP"));
        assertThat(SEEN.get("")).startsWith("refused", "503 OUT_OF_SERVICE");
        assertThat(SEEN.get("")).doesNotContain("503 DOWN");
    }

    @AfterAll
    static void end() {
        replica.close();
    }

    @Test
    void healthAnswersAtOnceAndNamesWhatIsDown() {
        ApiClient admin = replica.api(Tokens.admin("operator"));
        admin.get("/actuator/health");
        long begun = System.nanoTime();
        ApiClient.Answer health = admin.get("/actuator/health");
        assertThat((System.nanoTime() - begun) / 1e6).isLessThan(1_000);
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.json().get("status").asText()).isEqualTo("DEGRADED");
        JsonNode database = health.json().at("/components/database/details");
        assertThat(database.get("state").asText()).isEqualTo("down");
        assertThat(database.get("reason").asText()).isNotBlank();
        assertThat(replica.api(null).get("/actuator/health").body()).doesNotContain("reason");
    }

    @Test
    void itsOwnSocketsSeeWhatIsNotDurableYet() {
        String token = Tokens.user("alone");
        try (ProgressClient client = ProgressClient.connect(replica.port(), token)) {
            ApiClient.Answer answer =
                    replica.api(token)
                            .post(
                                    "/api/v1/nodes/batch/cordon",
                                    ApiClient.batch("test", ApiClient.nodes(5)).toString());
            assertThat(answer.json().get("durable").asBoolean()).isFalse();
            String taskId = answer.json().get("task_id").asText();
            JsonNode end = client.awaitEnd(taskId);
            assertThat(end.get("success_count").asInt()).isEqualTo(5);
            assertThat(end.get("durable").asBoolean(true)).isFalse();
            assertThat(client.violations()).isEmpty();
        }
    }

    @Test
    void aReplicaWithoutItsServersIsReady() {
        ApiClient.Answer readiness = replica.api(null).get("/actuator/health/readiness");
        assertThat(readiness.status()).isEqualTo(200);
        assertThat(readiness.json().get("status").asText()).isEqualTo("UP");
        String metrics = replica.api(Tokens.admin("operator")).get("/actuator/prometheus").body();
        assertThat(metrics.lines())
                .anyMatch(line -> line.matches("progress_database_up 0\\.0"))
                .anyMatch(
                        line -> line.matches("progress_notifier_connected\\{type=\"redis\"} 0.0"));
    }

    @Test
    void aNameCannotTurnALineOfTheLog() {
        String token = Tokens.with("mallory", "user", Map.of("username", "mal\u202elory"));
        ProgressClient.connect(replica.port(), token).close();
        await().untilAsserted(() -> assertThat(replica.log()).contains("\"mal\\u202elory\""));
        assertThat(replica.log()).doesNotContain("\u202e");
    }
}
