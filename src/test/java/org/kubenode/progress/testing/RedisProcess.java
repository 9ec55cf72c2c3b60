package org.kubenode.progress.testing;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.springframework.util.FileSystemUtils;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis server or Sentinel on a port of the loopback that survives a stop; a Valkey where
 * {@link Kind#VALKEY} is asked for.
 */
public final class RedisProcess implements AutoCloseable {

    private static Path executable;

    /** Whose server it is. */
    public enum Kind {
        /** The one that embedded-redis carries. */
        REDIS,
        /**
         * The one that the system property {@code valkey.server} names: src/test/servers/run.sh.
         */
        VALKEY;

        /** A server that is not running yet. */
        public RedisProcess server(String password, String... more) throws IOException {
            RedisProcess server = new RedisProcess(this, password);
            server.arguments.addAll(
                    List.of("--save", "", "--appendonly", "no", "--bind", "127.0.0.1"));
            if (!password.isEmpty()) {
                server.arguments.addAll(
                        List.of("--requirepass", password, "--masterauth", password));
            }
            server.arguments.addAll(List.of(more));
            return server;
        }

        /** A Sentinel that watches a master; two of three have to agree that it is down. */
        public RedisProcess sentinel(
                String password, String name, int masterPort, Duration downAfter, String... more)
                throws IOException {
            RedisProcess sentinel = new RedisProcess(this, password);
            Path file = sentinel.folder.resolve("sentinel.conf");
            Files.writeString(
                    file,
                    """
                    bind 127.0.0.1
                    sentinel monitor %1$s 127.0.0.1 %2$d 2
                    sentinel down-after-milliseconds %1$s %3$d
                    sentinel failover-timeout %1$s 3000
                    """
                                    .formatted(name, masterPort, downAfter.toMillis())
                            + (password.isEmpty() ? "" : "requirepass " + password + "\n")
                            + String.join("\n", more)
                            + "\n");
            sentinel.arguments.addAll(List.of(file.toString(), "--sentinel"));
            return sentinel;
        }
    }

    private final Kind kind;
    private final Path folder;
    private final int port;
    private final String password;
    private final List<String> arguments = new ArrayList<>();
    private Process process;

    private RedisProcess(Kind kind, String password) throws IOException {
        this.kind = kind;
        this.folder = Files.createTempDirectory("redis-test");
        this.port = Servers.freePort();
        this.password = password;
    }

    /** A running server without a password. */
    public static RedisProcess started() throws IOException {
        return server("").start();
    }

    /** A Redis server that is not running yet. */
    public static RedisProcess server(String password, String... more) throws IOException {
        return Kind.REDIS.server(password, more);
    }

    /** A Redis Sentinel without a password. */
    public static RedisProcess sentinel(String name, int masterPort, Duration downAfter)
            throws IOException {
        return Kind.REDIS.sentinel("", name, masterPort, downAfter);
    }

    public RedisProcess start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(executable(kind).toString());
        command.addAll(arguments);
        command.addAll(List.of("--port", Integer.toString(port)));
        command.addAll(List.of("--dir", folder.toString()));
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        try {
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .ignoreExceptionsInstanceOf(RedisException.class)
                    .until(() -> "PONG".equals(ask(RedisCommands::ping)));
        } catch (RuntimeException e) {
            kill();
            throw e;
        }
        return this;
    }

    /** Ends the process as a crash would. */
    public void kill() {
        try {
            process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends {@code STOP} or {@code CONT}. */
    public void signal(String name) {
        Signals.send(name, process.pid());
    }

    public int port() {
        return port;
    }

    public String addr() {
        return "127.0.0.1:" + port;
    }

    /** Asks the server something over a connection of its own. */
    public <T> T ask(Function<RedisCommands<String, String>, T> question) {
        RedisURI.Builder uri =
                RedisURI.builder()
                        .withHost("127.0.0.1")
                        .withPort(port)
                        .withTimeout(Duration.ofSeconds(2));
        if (!password.isEmpty()) {
            uri.withPassword(password.toCharArray());
        }
        RedisClient client = RedisClient.create(uri.build());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            return question.apply(connection.sync());
        } finally {
            client.shutdown(0, 100, TimeUnit.MILLISECONDS);
        }
    }

    /** Connections of the clients with that name. */
    public long connectionsOf(String clientName) {
        return ask(RedisCommands::clientList)
                .lines()
                .filter(line -> line.contains(" name=" + clientName + " "))
                .count();
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
        try {
            FileSystemUtils.deleteRecursively(folder);
        } catch (IOException leftBehind) {
            folder.toFile().deleteOnExit();
        }
    }

    private static synchronized Path executable(Kind kind) throws IOException {
        if (kind == Kind.VALKEY) {
            return Path.of(System.getProperty("valkey.server"));
        }
        if (executable == null) {
            executable = ExecutableProvider.newJarResourceProvider().get().toPath();
        }
        return executable;
    }
}
