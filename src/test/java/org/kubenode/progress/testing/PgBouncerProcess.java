package org.kubenode.progress.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.util.FileSystemUtils;

/** Debian's pgbouncer before a database. */
public final class PgBouncerProcess implements AutoCloseable {

    private final Path folder;
    private final Path configuration;
    private final int port = Servers.freePort();
    private Process process;

    /**
     * @param password of the database's user postgres; empty where it asks for none
     */
    public PgBouncerProcess(int databasePort, String password) throws IOException {
        this(
                databasePort,
                password,
                "transaction",
                "ignore_startup_parameters = extra_float_digits");
    }

    /**
     * @param mode session, transaction or statement
     * @param more a line of its configuration, or empty
     */
    public PgBouncerProcess(int databasePort, String password, String mode, String more)
            throws IOException {
        folder = Files.createTempDirectory("pgbouncer-test");
        // It does not run as root, and has to read its file as another.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        configuration = folder.resolve("pgbouncer.ini");
        Files.writeString(
                configuration,
                """
                [databases]
                postgres = host=127.0.0.1 port=%d user=postgres%s
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = %s
                default_pool_size = 30
                server_login_retry = 1
                %s
                """
                        .formatted(
                                databasePort,
                                password.isEmpty() ? "" : " password=" + password,
                                port,
                                mode,
                                more));
        start();
    }

    public void start() throws IOException {
        List<String> command = new ArrayList<>(List.of("pgbouncer", configuration.toString()));
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(1, List.of("-u", "nobody"));
        }
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        await("start of pgbouncer")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> Servers.accepts(port));
    }

    public int port() {
        return port;
    }

    public void kill() {
        try {
            process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public void signal(String name) {
        Signals.send(name, process.pid());
    }

    @Override
    public void close() throws IOException {
        kill();
        FileSystemUtils.deleteRecursively(folder);
    }
}
