package org.kubenode.progress.cluster.kubernetes;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.cluster.ClusterProperties;

/** Finds where a cluster is, by kubeconfig and context, or with the account of the pod. */
final class Connections {

    private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private Connections() {}

    /**
     * @throws IllegalArgumentException one line that names the key, when the configuration cannot
     *     work; whether the server answers is not asked
     */
    static Connection open(ClusterProperties entry) {
        return entry.kubeconfig() == null ? inCluster(entry) : fromFile(entry);
    }

    private static Connection fromFile(ClusterProperties entry) {
        File file = new File(entry.kubeconfig());
        if (!Files.isReadable(file.toPath()) || file.isDirectory()) {
            throw wrong(entry, "is '" + file + "'; allowed: a file that can be read");
        }
        try {
            return Kubeconfig.read(file.toPath(), entry.context(), System.getenv());
        } catch (IllegalArgumentException e) {
            throw wrong(
                    entry,
                    "is '"
                            + file
                            + "'"
                            + (entry.context() == null
                                    ? ""
                                    : " with context '" + entry.context() + "'")
                            + ": "
                            + e.getMessage());
        }
    }

    private static Connection inCluster(ClusterProperties entry) {
        String host = System.getenv("KUBERNETES_SERVICE_HOST");
        Path token = ACCOUNT.resolve("token");
        if (host == null || !Files.isReadable(token)) {
            throw wrong(
                    entry,
                    "is not set; allowed: the path of a kubeconfig file; without it only inside a"
                            + " pod with a service account");
        }
        String port = System.getenv().getOrDefault("KUBERNETES_SERVICE_PORT", "443");
        URI server =
                URI.create(
                        "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
        Path authority = ACCOUNT.resolve("ca.crt");
        try {
            String pem = Files.exists(authority) ? Files.readString(authority) : null;
            return new Connection(
                    server,
                    Tls.context(pem, false, null, null),
                    Proxies.before(server, null, System.getenv()),
                    Credentials.tokenFile(token),
                    List.<Map.Entry<String, String>>of(),
                    List.of());
        } catch (IOException | Tls.Unusable | IllegalArgumentException e) {
            throw wrong(entry, "is not set, and " + authority + " cannot be used");
        }
    }

    private static IllegalArgumentException wrong(ClusterProperties entry, String what) {
        return new IllegalArgumentException(
                "clusters[].kubeconfig of " + entry.name() + " " + what);
    }
}
