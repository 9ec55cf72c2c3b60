package org.kubenode.progress.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What a JVM costs, asked from outside. */
final class JvmFigures {

    private JvmFigures() {}

    /**
     * Bytes of live objects, after a full collection.
     *
     * @param histogram where the table of classes is left
     */
    static long liveBytes(long pid, Path histogram) throws IOException, InterruptedException {
        String table = "";
        for (int i = 0; i < 2; i++) {
            Process jcmd =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                            .toString(),
                                    Long.toString(pid),
                                    "GC.class_histogram")
                            .redirectErrorStream(true)
                            .start();
            table = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            jcmd.waitFor();
        }
        Files.createDirectories(histogram.getParent());
        Files.writeString(histogram, table);
        String total =
                table.lines().filter(line -> line.startsWith("Total")).findFirst().orElseThrow();
        return Long.parseLong(total.trim().split("\\s+")[2]);
    }

    /** Processor time so far. */
    static Duration cpu(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow();
    }

    /** Resident memory in bytes; 0 where /proc does not tell. */
    static long resident(long pid) throws IOException {
        return proc(pid, "status", "VmRSS:") * 1024;
    }

    /** System calls that wrote so far (write, writev, sendto and the like); 0 likewise. */
    static long writeCalls(long pid) throws IOException {
        return proc(pid, "io", "syscw:");
    }

    private static long proc(long pid, String file, String name) throws IOException {
        Path values = Path.of("/proc", Long.toString(pid), file);
        if (!Files.exists(values)) {
            return 0;
        }
        return Files.readAllLines(values).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
