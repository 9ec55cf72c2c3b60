package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** Each file of configs/ as it is; only where the servers are is said by the environment. */
class ReadyConfigurationsIT {

    private final List<RedisProcess> redis = new ArrayList<>();

    @AfterEach
    void stopRedis() {
        redis.forEach(RedisProcess::close);
    }

    private RedisProcess run(RedisProcess process) throws IOException {
        redis.add(process);
        return process.start();
    }

    @ParameterizedTest
    @CsvSource({
        "config-realtime-notify.yaml, postgres, REALTIME, up",
        "config-redis-notify.yaml, redis, REALTIME, up",
        "config-redis-sentinel.yaml, redis, REALTIME, up",
        "config-polling.yaml, polling, POLLING, up",
        "config-memory.yaml, memory, REALTIME, none",
        "config-sqlite-redis.yaml, redis, REALTIME, up",
    })
    void fileStartsAndShowsABatch(String name, String type, String state, String database)
            throws IOException {
        Servers.PostgresDatabase postgres = Servers.database();
        ReplicaProcess.Builder replica =
                ReplicaProcess.jar(name.replaceAll("config-|\\.yaml", ""))
                        .without("--jwt.secret")
                        .options("--config=" + Path.of("configs", name).toAbsolutePath())
                        .environment("JWT_SECRET", Tokens.SECRET)
                        .environment("DB_HOST", "127.0.0.1")
                        .environment("DB_PORT", Integer.toString(postgres.port()))
                        .environment("DB_DATABASE", postgres.name());
        if (name.contains("sentinel")) {
            RedisProcess master = run(RedisProcess.server(""));
            List<RedisProcess> sentinels = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                sentinels.add(
                        run(
                                RedisProcess.sentinel(
                                        "mymaster", master.port(), Duration.ofSeconds(5))));
            }
            replica.environment(
                    "PROGRESS_REDIS_SENTINEL_ADDRS",
                    sentinels.stream().map(RedisProcess::addr).collect(Collectors.joining(",")));
        } else if (name.contains("redis")) {
            replica.environment("PROGRESS_REDIS_ADDR", run(RedisProcess.server("")).addr());
        }
        String token = Tokens.user(1);
        try (ReplicaProcess started = replica.start();
                ProgressClient client = ProgressClient.connect(started.port(), token)) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> {
                                JsonNode status =
                                        started.api(token).get("/api/v1/progress/status").json();
                                assertThat(status.path("type").asText()).isEqualTo(type);
                                assertThat(status.path("state").asText()).isEqualTo(state);
                                assertThat(status.path("database").asText()).isEqualTo(database);
                            });
            JsonNode end = client.awaitEnd(started.api(token).start("cordon", "test", 100));
            assertThat(end.get("success_count").asInt()).isEqualTo(98);
            assertThat(end.get("failed_count").asInt()).isEqualTo(2);
            assertThat(client.violations()).isEmpty();
            assertThat(started.log()).doesNotContain(Tokens.SECRET);
        }
    }
}
