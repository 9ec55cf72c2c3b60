package org.kubenode.progress.notify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.Servers;

/** The contract on every transport and store that this application brings. */
class TransportContractTest {

    private static List<String> with(List<String> store, String... more) {
        List<String> options = new ArrayList<>(store);
        options.addAll(List.of(more));
        return options;
    }

    private static List<String> sqlite(Path folder) {
        return List.of(
                "--database.type=sqlite", "--database.path=" + folder.resolve("progress.db"));
    }

    @Nested
    class Postgres extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return with(Servers.database().options(), "--progress.notify_type=postgres");
        }
    }

    @Nested
    class Redis extends TransportContract {

        private RedisProcess redis;

        @Override
        List<String> options(Path folder) throws IOException {
            redis = RedisProcess.started();
            return with(
                    Servers.database().options(),
                    "--progress.notify_type=redis",
                    "--progress.redis.addr=" + redis.addr());
        }

        @Override
        void stopServers() {
            redis.close();
        }
    }

    /** Its server and its Sentinel, found by {@code addr}: src/test/servers/run.sh fetches them. */
    @Nested
    @EnabledIfSystemProperty(named = "valkey.server", matches = ".+")
    class ValkeyBehindASentinel extends TransportContract {

        private final List<RedisProcess> processes = new ArrayList<>();

        @Override
        List<String> options(Path folder) throws IOException {
            RedisProcess master = RedisProcess.Kind.VALKEY.server("").start();
            processes.add(master);
            RedisProcess sentinel =
                    RedisProcess.Kind.VALKEY
                            .sentinel("", "mymaster", master.port(), Duration.ofMinutes(1))
                            .start();
            processes.add(sentinel);
            return with(
                    Servers.database().options(),
                    "--progress.notify_type=redis",
                    "--progress.redis.addr=" + sentinel.addr());
        }

        @Override
        void stopServers() {
            processes.forEach(RedisProcess::close);
        }
    }

    @Nested
    class Polling extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return with(
                    Servers.database().options(),
                    "--progress.notify_type=polling",
                    "--progress.poll_interval=200");
        }

        @Override
        String state() {
            return "POLLING";
        }
    }

    @Nested
    class Memory extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return List.of("--progress.enable_database=false");
        }

        @Override
        boolean distributed() {
            return false;
        }
    }

    @Nested
    @Tag("full")
    class SqliteWithRedis extends TransportContract {

        private RedisProcess redis;

        @Override
        List<String> options(Path folder) throws IOException {
            redis = RedisProcess.started();
            return with(
                    sqlite(folder),
                    "--progress.notify_type=redis",
                    "--progress.redis.addr=" + redis.addr());
        }

        @Override
        void stopServers() {
            redis.close();
        }
    }

    @Nested
    class SqliteWithPolling extends TransportContract {

        @Override
        List<String> options(Path folder) {
            return with(
                    sqlite(folder),
                    "--progress.notify_type=polling",
                    "--progress.poll_interval=200");
        }

        @Override
        String state() {
            return "POLLING";
        }
    }

    @Nested
    class RedisBehindSentinels extends TransportContract {

        private final List<RedisProcess> processes = new ArrayList<>();

        @Override
        List<String> options(Path folder) throws IOException {
            RedisProcess master = run(RedisProcess.server(""));
            List<String> addresses = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Duration downAfter = Duration.ofSeconds(5);
                addresses.add(
                        run(RedisProcess.sentinel("mymaster", master.port(), downAfter)).addr());
            }
            return with(
                    Servers.database().options(),
                    "--progress.notify_type=redis",
                    "--progress.redis.sentinel_addrs=" + String.join(",", addresses));
        }

        private RedisProcess run(RedisProcess process) throws IOException {
            processes.add(process);
            return process.start();
        }

        @Override
        void stopServers() {
            processes.forEach(RedisProcess::close);
        }
    }

    /** docs/examples: a transport that is one file, against Debian's broker. */
    @Nested
    @Tag("full")
    class MqttExample extends TransportContract {

        private Process broker;

        @Override
        List<String> options(Path folder) throws IOException {
            String file = "45-notify-mqtt.camel.yaml";
            Files.copy(Path.of("docs", "examples", file), folder.resolve("routes").resolve(file));
            int port = Servers.freePort();
            Path configuration =
                    Files.writeString(
                            folder.resolve("mosquitto.conf"),
                            "listener %d 127.0.0.1\nallow_anonymous true\n".formatted(port));
            broker =
                    new ProcessBuilder("/usr/sbin/mosquitto", "-c", configuration.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("mosquitto.log").toFile())
                            .start();
            return with(
                    Servers.database().options(),
                    "--progress.notify_type=mqtt",
                    "--mqtt.broker-url=tcp://127.0.0.1:" + port);
        }

        @Override
        void stopServers() throws InterruptedException {
            broker.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        }
    }
}
