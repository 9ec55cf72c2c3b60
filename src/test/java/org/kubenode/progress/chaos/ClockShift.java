package org.kubenode.progress.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.kubenode.progress.testing.ReplicaProcess;

/**
 * Debian's libfaketime: the wall clock of a process, moved while it runs; its monotonic one stays.
 */
final class ClockShift {

    private static final Path LIBRARY =
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");

    private final Path file;

    ClockShift(Path file) {
        this.file = file.toAbsolutePath();
        shift(0);
    }

    static boolean here() {
        return Files.exists(LIBRARY);
    }

    void applyTo(ReplicaProcess.Builder replica) {
        replica.environment("LD_PRELOAD", LIBRARY.toString())
                .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .environment("FAKETIME_FORCE_MONOTONIC_FIX", "0")
                // Without it a start takes ten times as long.
                .environment("NO_FAKE_STAT", "1")
                .environment("FAKETIME_CACHE_DURATION", "1")
                .environment("FAKETIME_TIMESTAMP_FILE", file.toString());
    }

    void shift(int seconds) {
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.writeString(next, (seconds < 0 ? "" : "+") + seconds + "s\n");
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
