package org.kubenode.progress.firstrun;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** PostgreSQL's programs, packed, as the classpath has them for this system. */
record Binaries(String version, byte[] packed) {

    /**
     * @throws IOException when the classpath has none for this system
     */
    static Binaries find() throws IOException {
        String system = System.getProperty("os.name");
        String machine = System.getProperty("os.arch");
        system = system.startsWith("Mac") ? "Darwin" : system;
        machine = machine.equals("amd64") ? "x86_64" : machine;
        try (InputStream in = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, machine)) {
            byte[] packed = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(packed);
            return new Binaries(HexFormat.of().formatHex(digest, 0, 6), packed);
        } catch (IllegalStateException e) {
            throw new IOException(
                    "There is no embedded PostgreSQL for %s %s: give a database by DB_HOST"
                            .formatted(system, machine));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Unpacks into a folder that does not exist yet; one that exists is whole. */
    void unpack(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path part = folder.resolveSibling(folder.getFileName() + ".part");
        Folders.delete(part);
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(
                        new XZCompressorInputStream(new ByteArrayInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                unpack(entry, tar, part);
            }
        }
        Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void unpack(TarArchiveEntry entry, InputStream content, Path folder)
            throws IOException {
        Path path = folder.resolve(entry.getName()).normalize();
        if (!path.startsWith(folder)) {
            throw new IOException("Entry outside of the archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, folder.resolve(entry.getLinkName()));
        } else {
            Files.copy(content, path);
            if ((entry.getMode() & 0100) != 0 && !path.toFile().setExecutable(true, false)) {
                throw new IOException("Cannot make executable: " + path);
            }
        }
    }
}
