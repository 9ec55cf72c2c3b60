package org.kubenode.progress.firstrun;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Files and folders of the first run. */
final class Folders {

    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private Folders() {}

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    /** The secret that a file keeps; made at the first call, readable by its owner alone. */
    static String secret(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] random = new byte[36];
            new SecureRandom().nextBytes(random);
            Path whole =
                    Files.createTempFile(
                            file.getParent(),
                            "secret",
                            "",
                            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            Files.writeString(whole, Base64.getUrlEncoder().encodeToString(random));
            try {
                // Of two processes at once the second takes what the first made.
                Files.createLink(file, whole);
            } catch (FileAlreadyExistsException e) {
                // It is read below.
            } finally {
                Files.delete(whole);
            }
        }
        return Files.readString(file).strip();
    }
}
