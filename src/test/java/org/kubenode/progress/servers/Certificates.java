package org.kubenode.progress.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Two authorities, a server's certificate for localhost and a client's, made by openssl. */
final class Certificates {

    private final Path folder;

    Certificates(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        for (String ca : new String[] {"ca", "other"}) {
            openssl(
                    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%1$s -keyout %1$s.key -out %1$s.crt"
                            .formatted(ca));
        }
        Files.writeString(folder.resolve("server.ext"), "subjectAltName=DNS:localhost\n");
        Files.writeString(folder.resolve("client.ext"), "extendedKeyUsage=clientAuth\n");
        for (String who : new String[] {"server", "client"}) {
            openssl(
                    "req -newkey rsa:2048 -nodes -subj /CN=%1$s -keyout %1$s.key -out %1$s.csr"
                            .formatted(who));
            openssl(
                    ("x509 -req -in %1$s.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
                                    + " -extfile %1$s.ext -out %1$s.crt")
                            .formatted(who));
            Files.setPosixFilePermissions(
                    file(who + ".key"), PosixFilePermissions.fromString("rw-------"));
        }
    }

    /**
     * One of {@code ca.crt}, {@code other.crt}, {@code server.crt}, {@code client.crt} and keys.
     */
    Path file(String name) {
        return folder.resolve(name);
    }

    private void openssl(String arguments) throws IOException, InterruptedException {
        int exit =
                new ProcessBuilder(("openssl " + arguments).split(" "))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor();
        if (exit != 0) {
            throw new IOException("openssl " + arguments + ": " + exit);
        }
    }
}
