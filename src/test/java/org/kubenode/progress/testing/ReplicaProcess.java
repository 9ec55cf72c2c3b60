package org.kubenode.progress.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * One replica as a process of its own, with a small heap and a quick start. Its output is the file
 * {@code log} of its folder below {@code target/replicas}. What a test forgets ends with its JVM.
 */
public final class ReplicaProcess implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(400);
    private static final Path JAR = Path.of("target", "kube-node-progress.jar").toAbsolutePath();
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> RUNNING.forEach(Process::destroyForcibly), "end-replicas"));
    }

    private final Builder builder;
    private final String name;
    private final Path folder;
    private final int port;
    private Process process;

    private ReplicaProcess(Builder builder) {
        this.builder = builder;
        this.name = builder.name + "-" + COUNT.incrementAndGet();
        this.folder = Path.of("target", "replicas", name).toAbsolutePath();
        this.port = Servers.freePort();
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(logFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A replica from the packaged jar. */
    public static Builder jar(String name) {
        return jar(name, JAR);
    }

    /** A replica from another jar, such as that of an earlier version. */
    public static Builder jar(String name, Path jar) {
        return new Builder(name, List.of("-jar", jar.toString()));
    }

    /**
     * A replica from the classes as compiled, without those of the tests.
     *
     * @param before folders whose classes and files are taken instead
     */
    public static Builder classes(String name, Path... before) {
        String classpath =
                Stream.concat(
                                Arrays.stream(before).map(Path::toAbsolutePath).map(Path::toString),
                                Arrays.stream(
                                                System.getProperty("java.class.path")
                                                        .split(File.pathSeparator))
                                        .filter(entry -> !entry.contains("test-classes"))
                                        .map(entry -> Path.of(entry).toAbsolutePath().toString()))
                        .collect(Collectors.joining(File.pathSeparator));
        return new Builder(
                name, List.of("-cp", classpath, "org.kubenode.progress.KubeNodeProgress"));
    }

    /** What a replica starts with. */
    public static final class Builder {

        private final String name;
        private final List<String> program;
        private final List<String> jvmOptions =
                new ArrayList<>(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        private final Map<String, String> options = new LinkedHashMap<>();
        private final Map<String, String> environment = new LinkedHashMap<>();

        private Builder(String name, List<String> program) {
            this.name = name;
            this.program = program;
            options("--jwt.secret=" + Tokens.SECRET);
        }

        /** Options as on the command line, {@code --key=value}; a later one replaces an earlier. */
        public Builder options(String... more) {
            return options(List.of(more));
        }

        public Builder options(Collection<String> more) {
            for (String option : more) {
                int equals = option.indexOf('=');
                options.put(option.substring(0, equals), option.substring(equals + 1));
            }
            return this;
        }

        /** Starts without an option that every replica has otherwise, such as the secret. */
        public Builder without(String option) {
            options.remove(option);
            return this;
        }

        /** The JVM's own options instead of a small heap and a quick start. */
        public Builder jvm(String... instead) {
            jvmOptions.clear();
            jvmOptions.addAll(List.of(instead));
            return this;
        }

        public Builder environment(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /**
         * One more simulated cluster.
         *
         * @param failing names separated by commas, or empty
         */
        public Builder cluster(int index, String name, int nodes, int latencyMs, String failing) {
            String at = "--clusters[" + index + "].";
            options(at + "name=" + name, at + "type=simulated", at + "nodes=" + nodes);
            options(at + "latency_ms=" + latencyMs);
            return failing.isEmpty() ? this : options(at + "failing_nodes=" + failing);
        }

        /** Starts it without waiting. */
        public ReplicaProcess launch() {
            ReplicaProcess replica = new ReplicaProcess(this);
            replica.launchAgain();
            return replica;
        }

        /** Starts it and waits until it takes requests. */
        public ReplicaProcess start() {
            return launch().awaitReady();
        }
    }

    private void launchAgain() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(builder.jvmOptions);
        command.addAll(builder.program);
        command.add("--server.port=" + port);
        command.add("--progress.replica=" + name);
        command.add("--logging.file.name=");
        builder.options.forEach((key, value) -> command.add(key + "=" + value));
        ProcessBuilder start = new ProcessBuilder(command).directory(folder.toFile());
        start.environment()
                .keySet()
                .removeIf(variable -> variable.matches("(DB|DATABASE|PROGRESS|JWT|SERVER)_.*"));
        start.environment().putAll(builder.environment);
        start.redirectErrorStream(true);
        start.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
        try {
            process = start.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RUNNING.add(process);
        Process started = process;
        process.onExit().thenRun(() -> RUNNING.remove(started));
    }

    /** Starts a replica that has ended, as it was: same name, port and options. */
    public ReplicaProcess restart() {
        if (process.isAlive()) {
            throw new IllegalStateException(name + " still runs");
        }
        launchAgain();
        return awaitReady();
    }

    /**
     * Waits until it takes requests.
     *
     * @throws IllegalStateException when it ends instead, with the end of its log
     */
    public ReplicaProcess awaitReady() {
        Awaitility.await("start of " + name + ", log in " + logFile())
                .atMost(START)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> !process.isAlive() || ready());
        if (!process.isAlive()) {
            throw new IllegalStateException(name + " ended: " + logTail());
        }
        return this;
    }

    /**
     * Waits until {@code GET /status} says this.
     *
     * @param field such as {@code state} or {@code database}
     */
    public ReplicaProcess awaitStatus(String field, String value, Duration atMost) {
        Awaitility.await(field + " " + value + " of " + name)
                .atMost(atMost)
                .until(
                        () ->
                                api(Tokens.user(0))
                                        .get("/api/v1/progress/status")
                                        .json()
                                        .path(field)
                                        .asText()
                                        .equals(value));
        return this;
    }

    private boolean ready() {
        HttpRequest request =
                HttpRequest.newBuilder(uri("/actuator/health/readiness"))
                        .timeout(Duration.ofSeconds(5))
                        .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    public String name() {
        return name;
    }

    public int port() {
        return port;
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** A client of its HTTP API. */
    public ApiClient api(String token) {
        return new ApiClient(port, token);
    }

    public Path logFile() {
        return folder.resolve("log");
    }

    /** Its folder, the one it runs in. */
    public Path folder() {
        return folder;
    }

    /** Everything it has said so far. */
    public String log() {
        try {
            return Files.readString(logFile(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String logTail() {
        String log = log();
        return log.substring(Math.max(0, log.length() - 3_000));
    }

    /** SIGKILL: it ends at once and cleans up nothing. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }

    /** SIGTERM, and waits until it has ended. */
    public void stop() {
        process.destroy();
        awaitEnd(Duration.ofSeconds(40));
    }

    /** SIGSTOP: it stands still, its connections stay open. */
    public void freeze() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void thaw() {
        signal("CONT");
    }

    /** Sends any signal, by name. */
    public void signal(String signal) {
        Signals.send(signal, process.pid());
    }

    /**
     * Waits until it has ended by itself or by a signal.
     *
     * @return its exit code; 128 and the number of a signal that ended it
     * @throws IllegalStateException when it does not end in time, with the end of its log
     */
    public int exitCode(Duration atMost) {
        awaitEnd(atMost);
        return process.exitValue();
    }

    private void awaitEnd(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(name + " does not end: " + logTail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }
}
