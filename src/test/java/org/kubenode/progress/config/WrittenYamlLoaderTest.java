package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.env.ConfigurableEnvironment;

/** A scalar of a YAML file is what is written there. */
class WrittenYamlLoaderTest {

    private static final String YAML =
            """
            jwt: {secret: 0123456789abcdef0123456789abcdef}
            database:
              type: postgres
              username: 01234567
              password: 0x1F
              database: 1_000
              path: &when 2001-12-14
              host: 1:30
              listen_host: "007"
              port: 05432
            progress:
              enable_database: no
              replica: 007
              poll_interval: ~
              notify_type:
              redis: {password: yes, sentinel_master_name: *when}
            clusters:
            - {name: 0b11, type: simulated, nodes: 0010, failing_nodes: [010, yes]}
            """;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--config=%s/application.yaml",
                "--spring.config.additional-location=file:%s/"
            })
    void aScalarIsTakenAsItIsWritten(String option) throws IOException {
        Files.writeString(folder.resolve("application.yaml"), YAML);
        ConfigurableEnvironment read = Prepared.of(option.formatted(folder));
        assertThat(
                        List.of(
                                "database.username",
                                "database.password",
                                "database.database",
                                "database.path",
                                "database.host",
                                "database.listen-host",
                                "progress.replica",
                                "progress.redis.password",
                                "progress.redis.sentinel-master-name",
                                "clusters[0].name",
                                "clusters[0].failing_nodes[0]",
                                "clusters[0].failing_nodes[1]"))
                .map(read::getProperty)
                .containsExactly(
                        "01234567",
                        "0x1F",
                        "1_000",
                        "2001-12-14",
                        "1:30",
                        "007",
                        "007",
                        "yes",
                        "2001-12-14",
                        "0b11",
                        "010",
                        "yes");
        Settings settings = Settings.bind(read);
        // Where a number or truth is meant, it is read so; what is empty is as good as not there.
        assertThat(settings.database().port()).isEqualTo(5432);
        assertThat(settings.progress().enableDatabase()).isFalse();
        assertThat(settings.progress().pollInterval()).hasSeconds(10);
        assertThat(settings.clusters().clusters().get(0).nodes()).isEqualTo(10);
        assertThat(
                        Values.where(
                                new Values(read)
                                        .given(
                                                Keys.find("database.password")
                                                        .orElseThrow()
                                                        .propertyName())
                                        .orElseThrow()))
                .endsWith("application.yaml:5");
    }
}
