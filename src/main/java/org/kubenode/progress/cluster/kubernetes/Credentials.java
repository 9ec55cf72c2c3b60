package org.kubenode.progress.cluster.kubernetes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** The account of a connection, as its requests show it. */
interface Credentials {

    /** None, or what the TLS certificate says. */
    Credentials NONE = () -> null;

    /**
     * What the header {@code Authorization} says.
     *
     * @return null for no such header
     * @throws IOException when it cannot be had at present; the message is for the operator
     */
    String authorization() throws IOException, InterruptedException;

    /**
     * The API server refused it (401).
     *
     * @return whether another one may be had
     */
    default boolean renew() {
        return false;
    }

    static Credentials token(String token) {
        return () -> "Bearer " + token;
    }

    static Credentials basic(String username, String password) {
        String both = username + ":" + password;
        String encoded = Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
        return () -> "Basic " + encoded;
    }

    /** A token that somebody renews in a file, as Kubernetes does for a pod: read each time. */
    static Credentials tokenFile(Path file) {
        return () -> {
            try {
                String token = Files.readString(file).trim();
                if (!token.isEmpty()) {
                    return "Bearer " + token;
                }
            } catch (IOException e) {
                throw new IOException("its token file " + file + " cannot be read", e);
            }
            throw new IOException("its token file " + file + " is empty");
        };
    }
}
