package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.env.ConfigurableEnvironment;

class ReadyConfigurationsTest {

    @ParameterizedTest
    @CsvSource({
        "config-realtime-notify.yaml, postgres, postgres, 10000",
        "config-redis-notify.yaml, postgres, redis, 10000",
        "config-redis-sentinel.yaml, postgres, redis, 10000",
        "config-polling.yaml, postgres, polling, 500",
        "config-memory.yaml, sqlite, memory, 10000",
        "config-sqlite-redis.yaml, sqlite, redis, 10000",
    })
    void passesTheChecksAsItIs(String name, String store, String transport, String interval) {
        ConfigurableEnvironment environment = Prepared.of("--config=" + Path.of("configs", name));
        assertThat(environment.getProperty("progress.store")).isEqualTo(store);
        assertThat(environment.getProperty("progress.transport")).isEqualTo(transport);
        assertThat(environment.getProperty("progress.poll-interval")).isEqualTo(interval);
        Settings settings = Settings.bind(environment);
        assertThat(settings.jwt().secret()).startsWith("example-");
        assertThat(settings.clusters().clusters()).hasSize(1);
        ClustersProperties.Entry cluster = settings.clusters().clusters().get(0);
        assertThat(cluster.name()).isEqualTo("test");
        assertThat(cluster.type()).isEqualTo(ClustersProperties.Type.SIMULATED);
        assertThat(cluster.nodes()).isEqualTo(100);
        assertThat(cluster.latencyMs()).isEqualTo(20);
        assertThat(cluster.failingNodes()).containsExactly("node-7", "node-70");
        assertThat(
                        Prepared.with("JWT_SECRET", "s".repeat(32))
                                .environment("--config=" + Path.of("configs", name))
                                .getProperty("jwt.secret"))
                .isEqualTo("s".repeat(32));
    }

    @Test
    void noFileIsForgotten() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("configs"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".yaml"))).hasSize(6);
        }
    }
}
