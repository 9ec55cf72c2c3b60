package org.kubenode.progress.firstrun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs PostgreSQL's programs. PostgreSQL refuses to run as root, so root runs them in a user
 * namespace, where it is nobody; or, where the system has no such thing, as the user nobody.
 */
final class Commands {

    private static final String NOBODY = "65534";

    private final List<String> prefix;
    private final boolean asNobody;

    private Commands(List<String> prefix, boolean asNobody) {
        this.prefix = prefix;
        this.asNobody = asNobody;
    }

    static Commands forThisUser() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return new Commands(List.of(), false);
        }
        if (succeeds("unshare", "-U", "true")) {
            return new Commands(List.of("unshare", "-U"), false);
        }
        return new Commands(
                List.of(
                        "setpriv",
                        "--reuid=" + NOBODY,
                        "--regid=" + NOBODY,
                        "--clear-groups",
                        "--"),
                true);
    }

    private static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether the programs run as another user, who must own what they write. */
    boolean asNobody() {
        return asNobody;
    }

    /** Gives a folder to the user who runs the programs. */
    void own(Path folder) throws IOException {
        if (asNobody && !succeeds("chown", "-R", NOBODY + ":" + NOBODY, folder.toString())) {
            throw new IOException("Cannot give " + folder + " to nobody");
        }
    }

    /**
     * Runs a program to its end.
     *
     * @param log the file that takes what it writes
     * @return its exit code
     * @throws IOException when it cannot be started or takes longer than a minute
     */
    int run(Path log, String... command) throws IOException {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(command));
        ProcessBuilder builder =
                new ProcessBuilder(line)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("LC_ALL", "C");
        // Nobody may not read where root works.
        builder.directory(log.getParent().toFile());
        Process process = builder.start();
        try {
            if (process.waitFor(1, TimeUnit.MINUTES)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            throw new IOException(command[0] + " did not end within a minute; see " + log);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(command[0] + " was interrupted");
        }
    }

    /** Runs a program that must succeed. */
    void must(Path log, String... command) throws IOException {
        int code = run(log, command);
        if (code != 0) {
            throw new IOException(
                    "%s ended with %d: %s"
                            .formatted(Path.of(command[0]).getFileName(), code, lastLines(log)));
        }
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }
}
