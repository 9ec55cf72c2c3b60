package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.env.ConfigurableEnvironment;

class PrecedenceTest {

    @TempDir Path folder;

    private String file(String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("test.yaml"), yaml);
        return "--config=" + file;
    }

    @Test
    void fileCountsBeforeDefaultsEnvironmentBeforeFileCommandLineBeforeAll() throws Exception {
        String file = file("database: {host: file, port: 1, username: file, password: file}\n");
        ConfigurableEnvironment environment =
                Prepared.with("DB_HOST", "variable")
                        .and("DB_PORT", "2")
                        .and("DB_PASSWORD", "")
                        .environment(file, "--database.port=3");
        DatabaseProperties database = Settings.bind(environment).database();
        assertThat(database.type()).isEqualTo(DatabaseProperties.Type.POSTGRES);
        assertThat(database.username()).isEqualTo("file");
        assertThat(database.host()).isEqualTo("variable");
        assertThat(database.port()).isEqualTo(3);
        assertThat(database.password()).as("an empty DB_PASSWORD is a password").isEmpty();
        assertThat(database.listenHost()).isEqualTo("variable");
        assertThat(database.listenPort()).isEqualTo(3);
        // What a route reads.
        assertThat(environment.getProperty("database.host")).isEqualTo("variable");
        assertThat(environment.getProperty("database.port")).isEqualTo("3");
    }

    @ParameterizedTest
    @CsvSource({
        "PROGRESS_NOTIFY_TYPE, redis, progress.notify-type, redis",
        "PROGRESS_ENABLE_DATABASE, false, progress.enable-database, false",
        "PROGRESS_POLL_INTERVAL, 700, progress.poll-interval, 700",
        "PROGRESS_REDIS_ENABLED, no, progress.redis.enabled, false",
        "PROGRESS_REDIS_ADDR, r:1, progress.redis.addr, r:1",
        "PROGRESS_REDIS_PASSWORD, p, progress.redis.password, p",
        "PROGRESS_REDIS_DB, 3, progress.redis.db, 3",
        "PROGRESS_REDIS_USERNAME, u, progress.redis.username, u",
        "PROGRESS_REDIS_SENTINEL_USERNAME, su, progress.redis.sentinel-username, su",
        "PROGRESS_REDIS_SENTINEL_PASSWORD, sp, progress.redis.sentinel-password, sp",
        "PROGRESS_REDIS_SENTINEL_ADDRS, 'a:1,b:2', progress.redis.sentinel-addrs, 'a:1,b:2'",
        "PROGRESS_REDIS_SENTINEL_MASTER_NAME, m, progress.redis.sentinel-master-name, m",
        "DB_TYPE, POSTGRES, database.type, postgres",
        "DB_HOST, h, database.host, h",
        "DB_PORT, 6, database.port, 6",
        "DB_USERNAME, u, database.username, u",
        "DB_PASSWORD, a/b?c&d#%, database.password, a/b?c&d#%",
        "DB_DATABASE, d, database.database, d",
        "JWT_SECRET, 0123456789012345678901234567890123, jwt.secret,"
                + " 0123456789012345678901234567890123",
        "SERVER_PORT, 8099, server.port, 8099",
        "PROGRESS_BATCH_MAX_NODES, 7, progress.batch.max-nodes, 7",
    })
    void everyVariableIsFoundOverAFile(String variable, String value, String key, String read)
            throws Exception {
        String file =
                file(
                        """
                        server: {port: 1}
                        database: {type: postgres, host: x, port: 1, username: x, password: x, database: x}
                        jwt: {secret: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}
                        progress:
                          enable_database: true
                          notify_type: polling
                          poll_interval: 60s
                          batch: {max_nodes: 1}
                          redis: {enabled: true, addr: "x:1", password: x, db: 1, sentinel_addrs: ["x:1"], sentinel_master_name: x}
                        """);
        assertThat(Prepared.with(variable, value).environment(file).getProperty(key))
                .isEqualTo(read);
    }

    static List<String> keys() {
        return Keys.plain().stream()
                .filter(key -> !key.list() && !key.map())
                .map(Key::name)
                // These are taken together only: WrongConfigurationTest.
                .filter(
                        name ->
                                !name.matches(
                                        "progress\\.redis\\.tls_(cert|key)|progress\\.webhook\\.secret"
                                                + "|jwt\\.sign_in\\.client_id"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("keys")
    void everyKeyReachesARouteFromFileVariableAndOption(String name) throws Exception {
        Key key = Keys.find(name).orElseThrow();
        String value =
                switch (key.type().getSimpleName()) {
                    case "boolean" -> "true";
                    case "int", "Integer" -> key.doc().min().isEmpty() ? "1" : key.doc().min();
                    case "Duration" -> Checks.plain(key, key.doc().max());
                    case "DataSize" -> "4096";
                    case "String" -> "progress.redis.addr".equals(name) ? "a:1" : "abc";
                    default -> Key.text((Enum<?>) key.type().getEnumConstants()[0]);
                };
        if (name.equals("jwt.secret")) {
            value = "s".repeat(40);
        } else if (name.equals("jwt.jwk_set_uri") || name.equals("progress.webhook_url")) {
            value = "http://keys";
        } else if (name.equals("progress.webhook.template")) {
            value = Files.writeString(folder.resolve("template.json"), "{}").toString();
        } else if (name.equals("progress.websocket.hard_limit")) {
            value = "300";
        } else if (name.equals("progress.confirm_above")) {
            value = "30%";
        } else if (name.equals("progress.batch.max_concurrency")) {
            value = "20";
        } else if (name.equals("progress.routes_dir")) {
            value = folder.toString();
        } else if (name.equals("progress.notify_type")) {
            value = "redis";
        }
        String file = file(name + ": " + value + "\n");
        assertThat(Prepared.of(file).getProperty(key.kebab())).isEqualTo(value);
        assertThat(Prepared.of("--" + name + "=" + value).getProperty(key.kebab()))
                .isEqualTo(value);
        assertThat(
                        Prepared.with(UnknownKeys.variable(key), value)
                                .environment()
                                .getProperty(key.kebab()))
                .isEqualTo(value);
    }

    @Test
    void everyKeyHasADefaultThatARouteFinds() {
        ConfigurableEnvironment environment = Prepared.of();
        // A map has one key for each of its entries, and none by default.
        for (Key key : Keys.plain().stream().filter(key -> !key.map()).toList()) {
            assertThat(environment.getProperty(key.kebab())).as(key.name()).isNotNull();
        }
    }

    @Test
    void listOnTheCommandLineReplacesTheFilesWholeList() throws Exception {
        String file =
                file(
                        """
                        clusters:
                          - {name: a, type: simulated, nodes: 3, latency_ms: 20, failing_nodes: [node-1]}
                          - {name: b, type: kubernetes, kubeconfig: /etc/kube/config, context: prod}
                        progress: {redis: {sentinel_addrs: ["x:1", "y:2"]}, allowed_origins: ["https://a"]}
                        """);
        Settings settings = Settings.bind(Prepared.of(file));
        assertThat(settings.clusters().clusters())
                .extracting(ClustersProperties.Entry::name)
                .containsExactly("a", "b");
        assertThat(settings.clusters().clusters().get(0).latencyMs()).isEqualTo(20);
        assertThat(settings.clusters().clusters().get(0).failingNodes()).containsExactly("node-1");

        settings =
                Settings.bind(
                        Prepared.of(
                                file,
                                "--clusters[0].name=test",
                                "--clusters[0].type=simulated",
                                "--clusters[0].nodes=100",
                                "--progress.redis.sentinel_addrs[0]=z:3"));
        assertThat(settings.clusters().clusters()).hasSize(1);
        ClustersProperties.Entry only = settings.clusters().clusters().get(0);
        assertThat(only.name()).isEqualTo("test");
        assertThat(only.nodes()).isEqualTo(100);
        assertThat(only.latencyMs()).isZero();
        assertThat(only.failingNodes()).isEmpty();
        assertThat(settings.progress().redis().sentinelAddrs()).containsExactly("z:3");
        assertThat(settings.progress().allowedOrigins()).containsExactly("https://a");
    }

    @Test
    void durationsAreMillisecondsOrWithAUnitAndReachRoutesAsMilliseconds() {
        ConfigurableEnvironment environment =
                Prepared.of("--progress.poll_interval=2500", "--progress.retention=2d");
        ProgressProperties progress = Settings.bind(environment).progress();
        assertThat(progress.pollInterval()).isEqualTo(Duration.ofMillis(2500));
        assertThat(progress.retention()).isEqualTo(Duration.ofDays(2));
        assertThat(environment.getProperty("progress.retention")).isEqualTo("172800000");
    }

    @ParameterizedTest
    @CsvSource({
        "--progress.notify_type=postgres, postgres, postgres, 10000",
        "--progress.notify_type=redis, postgres, redis, 10000",
        "--progress.notify_type=polling, postgres, polling, 500",
        "--progress.enable_database=false, sqlite, memory, 10000",
        "--progress.enable_database=false --progress.notify_type=redis, sqlite, memory, 10000",
        "--database.type=sqlite --database.path=x.db, sqlite, polling, 500",
        "--database.type=sqlite --database.path=x.db --progress.notify_type=redis, sqlite, redis,"
                + " 10000",
        "--progress.notify_type= , postgres, postgres, 10000",
        "--progress.notify_type=polling --progress.poll_interval=200, postgres, polling, 200",
    })
    void storeTransportAndPollIntervalFollow(
            String args, String store, String transport, String interval) {
        ConfigurableEnvironment environment = Prepared.of(args.split(" "));
        assertThat(environment.getProperty("progress.store")).isEqualTo(store);
        assertThat(environment.getProperty("progress.transport")).isEqualTo(transport);
        assertThat(environment.getProperty("progress.poll-interval")).isEqualTo(interval);
        assertThat(Settings.bind(environment).transport()).isEqualTo(transport);
    }

    @Test
    void aRouteFileOfItsNameMakesATransport() throws Exception {
        Files.createFile(folder.resolve("45-notify-nats.camel.yaml"));
        assertThat(
                        Prepared.of(
                                        "--progress.routes_dir=" + folder,
                                        "--progress.notify_type=nats")
                                .getProperty("progress.transport"))
                .isEqualTo("nats");
    }

    @Test
    void variableNamesTheFileAndTheOptionCountsBeforeIt() throws Exception {
        Path other = Files.writeString(folder.resolve("other.conf"), "database.host: other\n");
        assertThat(
                        Prepared.with("PROGRESS_CONFIG", other.toString())
                                .environment()
                                .getProperty("database.host"))
                .isEqualTo("other");
        assertThat(
                        Prepared.with("PROGRESS_CONFIG", other.toString())
                                .environment(file("database.host: option\n"))
                                .getProperty("database.host"))
                .isEqualTo("option");
        assertThat(Prepared.with("CONFIG", "nothing.yaml").environment()).isNotNull();
    }

    @Test
    void replicaIsTheHostsNameAndFourCharactersUnlessGiven() {
        String first = Prepared.of().getProperty("progress.replica");
        assertThat(first)
                .matches("[A-Za-z0-9._-]{1,19}-[0-9a-z]{4}")
                .isNotEqualTo(Prepared.of().getProperty("progress.replica"));
        assertThat(Prepared.of("--progress.replica=a-1").getProperty("progress.replica"))
                .isEqualTo("a-1");
    }
}
