package org.kubenode.progress.servers;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Signals;

/** A server's process on a port of the loopback, ended and started again as often as one likes. */
final class Daemon implements AutoCloseable {

    private final Path log;
    private final int port;
    private final List<String> command;
    private Process process;

    Daemon(Path folder, int port, List<String> command) {
        this.log = folder.resolve("daemon-" + port + ".log");
        this.port = port;
        this.command = command;
    }

    /** Starts it, and waits until it takes connections. */
    void start() throws IOException {
        process =
                new ProcessBuilder(command)
                        .directory(log.getParent().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        await("start of " + command.get(0) + ", log in " + log)
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> Servers.accepts(port));
    }

    /** At once: SIGINT, which PostgreSQL takes for a fast end, then SIGKILL. */
    void stop() {
        try {
            if (process != null && process.isAlive()) {
                Signals.send("INT", process.pid());
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code STOP} or {@code CONT}. */
    void signal(String name) {
        Signals.send(name, process.pid());
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            signal("CONT");
        }
        stop();
    }
}
