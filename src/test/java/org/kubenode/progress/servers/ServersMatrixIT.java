package org.kubenode.progress.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.servers.Cell.Action;
import org.kubenode.progress.servers.Cell.Seen;
import org.kubenode.progress.servers.Cell.Stage;
import org.kubenode.progress.servers.Cell.View;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Tokens;

/**
 * Every server and version that can be had here, each with what goes wrong in practice: the state
 * that a replica reaches, the reason that it shows, the lines that it logs and how soon it is well
 * again. Cells mostly wait, so many run side by side; each has a replica process and servers of its
 * own. Run by src/test/servers/run.sh, which fetches what Maven does not bring; what is missing is
 * left out and named.
 *
 * <p>{@code -Dservers.side_by_side=20}, {@code -Dservers.seconds=120}, {@code -Dservers.only=Redis}
 * (a part of a server's name), {@code -Dservers.binaries=} (zonky's jars of PostgreSQL), {@code
 * -Dvalkey.server=}.
 */
@Tag("servers")
class ServersMatrixIT {

    /** A cure that nobody has to bring. */
    static final Action BY_ITSELF = () -> {};

    private static final int SIDE_BY_SIDE = Integer.getInteger("servers.side_by_side", 20);
    private static final int SECONDS = Integer.getInteger("servers.seconds", 120);
    private static final String ONLY = System.getProperty("servers.only", "");
    private static final Path TARGET = Path.of("target", "servers").toAbsolutePath();
    private static final Duration REACHED = Duration.ofSeconds(120);

    /** Starts cost the processor, and all else is measured beside them. */
    private final Semaphore starting = new Semaphore(2);

    private final List<String> missing = new ArrayList<>();
    private final AtomicInteger done = new AtomicInteger();

    @Test
    void eachSaysWhatIsWrongAndIsWellAgainByItself() throws Exception {
        List<Cell> cells =
                cells().stream()
                        .filter(
                                cell ->
                                        (cell.server() + ": " + cell.scenario())
                                                .matches(".*(" + ONLY + ").*"))
                        .toList();
        System.out.printf("servers: %d cells, %d side by side%n", cells.size(), SIDE_BY_SIDE);
        missing.forEach(what -> System.out.println("servers: left out: " + what));
        ExecutorService threads = Executors.newFixedThreadPool(SIDE_BY_SIDE);
        Map<Cell, Future<Seen>> running = new LinkedHashMap<>();
        for (Cell cell : cells) {
            Callable<Seen> run = () -> run(cell, cells.size());
            running.put(cell, threads.submit(run));
        }
        List<String> faults = new ArrayList<>();
        Map<Cell, Seen> seen = new LinkedHashMap<>();
        for (Map.Entry<Cell, Future<Seen>> entry : running.entrySet()) {
            Cell cell = entry.getKey();
            seen.put(cell, entry.getValue().get());
            seen.get(cell)
                    .faults()
                    .forEach(
                            fault ->
                                    faults.add(
                                            cell.server() + ": " + cell.scenario() + ": " + fault));
        }
        threads.shutdown();
        Matrix.write(TARGET.resolve("matrix.md"), seen, missing);
        assertThat(faults).isEmpty();
    }

    private List<Cell> cells() throws Exception {
        Path folder = Files.createDirectories(TARGET.resolve("files"));
        Certificates certificates = new Certificates(folder);
        List<Cell> cells = new ArrayList<>();
        Map<String, Path> postgres = new LinkedHashMap<>();
        Path debian = Path.of("/usr/lib/postgresql/15/bin");
        if (Files.exists(debian)) {
            postgres.put("PostgreSQL 15 (Debian)", debian);
        } else {
            missing.add("PostgreSQL 15: Debian's package postgresql-15");
        }
        for (String version : List.of("16.14", "17.10", "18.4")) {
            Path bin = unpacked(version);
            if (bin == null) {
                missing.add("PostgreSQL " + version + ": zonky's binaries");
            } else {
                postgres.put("PostgreSQL " + version, bin);
            }
        }
        Path templates =
                Files.createTempDirectory(
                        Files.createDirectories(TARGET.resolve("templates")), "t");
        List<PostgresCells> servers = new ArrayList<>();
        for (Map.Entry<String, Path> entry : postgres.entrySet()) {
            servers.add(
                    new PostgresCells(entry.getKey(), entry.getValue(), templates, certificates));
        }
        servers.forEach(server -> cells.addAll(server.alone()));
        String pgbouncer = version("pgbouncer", "--version");
        if (pgbouncer == null || servers.isEmpty()) {
            missing.add("PgBouncer: Debian's package pgbouncer");
        } else {
            cells.addAll(servers.get(servers.size() - 1).behindPgBouncer(pgbouncer));
        }
        redis(cells, certificates, "Redis", Path.of("/usr/bin/redis-server"));
        String valkey = System.getProperty("valkey.server");
        redis(cells, certificates, "Valkey", valkey == null ? null : Path.of(valkey));
        cells.addAll(new SqliteCells().cells());
        // These first, because they take longest.
        List<Cell> all =
                cells.stream()
                        .filter(cell -> cell.scenario().matches("down later|locked.*later"))
                        .map(Cell::lasting)
                        .collect(Collectors.toCollection(ArrayList::new));
        all.addAll(cells);
        return all;
    }

    private void redis(List<Cell> to, Certificates certificates, String name, Path program)
            throws Exception {
        String version = program == null ? null : version(program.toString(), "--version");
        if (version == null) {
            missing.add(name);
            return;
        }
        RedisCells cells = new RedisCells(name + " " + version, program, certificates);
        boolean tls = hasTls(program);
        if (!tls) {
            missing.add(name + " " + version + " with TLS: this build has none");
        }
        cells.alone().stream()
                .filter(
                        cell ->
                                tls
                                        || !cell.scenario().startsWith("TLS")
                                        || cell.scenario().startsWith("TLS asked for"))
                .forEach(to::add);
        to.addAll(cells.behindASentinel());
    }

    private static boolean hasTls(Path program) throws Exception {
        Process process =
                new ProcessBuilder(program.toString(), "--tls-port", "1", "--port", "0")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        return !said.contains("Bad directive");
    }

    /** The first number with dots that it says; null where there is no such program. */
    private static String version(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes());
            process.waitFor();
            return said.replaceAll("(?s)^\\D*?(?:v=)?(\\d+(?:\\.\\d+)+).*", "$1");
        } catch (IOException none) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** The programs in zonky's jar of a version; null where it is not there. */
    private static Path unpacked(String version) throws Exception {
        Path folder = TARGET.resolve("postgres-" + version);
        if (!Files.exists(folder.resolve("bin"))) {
            Path jars = Path.of(System.getProperty("servers.binaries", TARGET.toString()));
            Path jar;
            try (Stream<Path> files = Files.walk(jars, 3)) {
                jar =
                        files.filter(
                                        file ->
                                                file.getFileName()
                                                        .toString()
                                                        .matches(
                                                                ".*-amd64-"
                                                                        + version.replace(
                                                                                ".", "\\.")
                                                                        + ".*\\.jar"))
                                .findFirst()
                                .orElse(null);
            } catch (IOException none) {
                return null;
            }
            if (jar == null) {
                return null;
            }
            Files.createDirectories(folder);
            Path archive = folder.resolve("archive.txz");
            try (var zip = new java.util.zip.ZipFile(jar.toFile());
                    InputStream in =
                            zip.getInputStream(zip.getEntry("postgres-linux-x86_64.txz"))) {
                Files.copy(in, archive);
            }
            int exit =
                    new ProcessBuilder("tar", "xJf", archive.toString(), "-C", folder.toString())
                            .inheritIO()
                            .start()
                            .waitFor();
            assertThat(exit).isZero();
        }
        return folder.resolve("bin");
    }

    private Seen run(Cell cell, int of) {
        List<String> faults = new ArrayList<>();
        Seen seen;
        try {
            Path folder =
                    Files.createTempDirectory(
                            Files.createDirectories(TARGET.resolve("cells")), "cell");
            Stage stage = cell.setup().make(folder);
            try {
                seen = run(cell, stage, faults);
            } finally {
                stage.after().run();
            }
        } catch (Exception | AssertionError e) {
            faults.add("could not be run: " + e);
            seen = new Seen("", "", "", "", -1, 0, faults);
        }
        System.out.printf(
                "servers: %d/%d %s: %s: %s%s, %d lines%s%n",
                done.incrementAndGet(),
                of,
                cell.server(),
                cell.scenario(),
                seen.state(),
                seen.toRealtime() < 0 ? "" : ", well after %.1f s".formatted(seen.toRealtime()),
                seen.lines(),
                faults.isEmpty() ? "" : ", FAULTS " + faults);
        return seen;
    }

    private Seen run(Cell cell, Stage stage, List<String> faults) throws Exception {
        String token = Tokens.of("operator", "admin", Duration.ofHours(2), Tokens.SECRET);
        starting.acquire();
        ReplicaProcess replica = null;
        try {
            stage.before().run();
            replica =
                    ReplicaProcess.classes("cell")
                            .options(stage.options())
                            .cluster(0, "test", 5, 0, "")
                            .start();
        } finally {
            starting.release();
        }
        try {
            ReplicaProcess well = replica;
            if (stage.fault() != null) {
                await("well at first: " + cell)
                        .atMost(REACHED)
                        .until(() -> isWell(View.of(well, token), stage));
                stage.fault().run();
            }
            long begun = System.nanoTime();
            View view = reached(cell, well, token, faults);
            double toRealtime = -1;
            long cured = System.nanoTime();
            if (stage.cure() == BY_ITSELF) {
                cured = begun;
            } else if (stage.cure() != null) {
                until(begun, cell.seconds(SECONDS) / 2);
                View still = View.of(well, token);
                if (!still.is(cell.expected())) {
                    faults.add("did not last: " + still);
                }
                cured = System.nanoTime();
                stage.cure().run();
            }
            if (stage.cure() != null) {
                try {
                    await().atMost(REACHED)
                            .pollInterval(Duration.ofMillis(100))
                            .until(() -> isWell(View.of(well, token), stage));
                    toRealtime = (System.nanoTime() - cured) / 1e9;
                } catch (ConditionTimeoutException e) {
                    faults.add("not well again: " + View.of(well, token));
                }
            }
            until(begun, cell.seconds(SECONDS));
            String log = well.log();
            long lines = lines(log);
            if (lines > cell.expected().lines()) {
                faults.add(lines + " lines, at most " + cell.expected().lines() + " are wanted");
            }
            if (log.contains("\n\tat ")) {
                faults.add("a stack trace");
            }
            return new Seen(
                    view.state(),
                    view.reason(),
                    view.database(),
                    view.databaseReason(),
                    toRealtime,
                    lines,
                    faults);
        } finally {
            replica.close();
        }
    }

    private static View reached(
            Cell cell, ReplicaProcess replica, String token, List<String> faults) {
        try {
            return await().atMost(REACHED)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> View.of(replica, token), view -> view.is(cell.expected()));
        } catch (ConditionTimeoutException e) {
            View view = View.of(replica, token);
            faults.add("is " + view + ", wanted " + cell.expected());
            return view;
        }
    }

    private static boolean isWell(View view, Stage stage) {
        return view.state().equals(stage.well()) && view.database().equals("up");
    }

    private static void until(long begun, int seconds) {
        await().atMost(Duration.ofSeconds(seconds + 60L))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> System.nanoTime() - begun >= TimeUnit.SECONDS.toNanos(seconds));
    }

    /** From the end of the start on, and what was worth a warning before. */
    private static long lines(String log) {
        int started = log.indexOf("Started KubeNodeProgress");
        String before = log.substring(0, Math.max(0, started));
        String after = log.substring(log.indexOf('\n', Math.max(0, started)) + 1);
        return after.lines().count()
                + before.lines().filter(line -> line.matches("\\S+\\s+(WARN|ERROR) .*")).count();
    }
}
