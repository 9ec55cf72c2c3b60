package org.kubenode.progress.cluster.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.kubenode.progress.cluster.ClusterProperties;

/** Writes kubeconfig files for servers of the tests. */
final class Kubeconfigs {

    static final String TOKEN = "s3cr3t-token-of-the-account";

    private Kubeconfigs() {}

    static ClusterProperties entry(Path dir, String server, int timeoutMs, int retries) {
        Path file = dir.resolve("kubeconfig");
        try {
            Files.writeString(
                    file,
                    """
                    apiVersion: v1
                    kind: Config
                    clusters:
                    - {name: one, cluster: {server: "%s"}}
                    - {name: other, cluster: {server: "http://localhost:1"}}
                    users:
                    - {name: me, user: {token: %s}}
                    contexts:
                    - {name: first, context: {cluster: other, user: me}}
                    - {name: second, context: {cluster: one, user: me}}
                    current-context: first
                    """
                            .formatted(server, TOKEN));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return new ClusterProperties(
                "prod",
                0,
                0,
                List.of(),
                file.toString(),
                "second",
                timeoutMs,
                retries,
                50,
                java.time.Duration.ofSeconds(30));
    }
}
