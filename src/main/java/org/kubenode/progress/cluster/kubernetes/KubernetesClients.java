package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.kubenode.progress.cluster.ClusterProperties;

/** Opens clients by kubeconfig and context, or with the account of the pod. */
final class KubernetesClients {

    /** Longest wait for a connection: milliseconds. */
    private static final int CONNECT_MS = 3_000;

    private KubernetesClients() {}

    /**
     * @throws IllegalArgumentException one line that names the key, when the configuration cannot
     *     work; whether the server answers is not asked
     */
    static KubernetesClient open(ClusterProperties entry) {
        Config config = entry.kubeconfig() == null ? inCluster(entry) : fromFile(entry);
        config =
                new ConfigBuilder(config)
                        .withConnectionTimeout(Math.min(CONNECT_MS, entry.requestTimeoutMs()))
                        .withRequestTimeout(entry.requestTimeoutMs())
                        // Repeating is done here, where it counts, waits and can be interrupted.
                        .withRequestRetryBackoffLimit(0)
                        .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static Config fromFile(ClusterProperties entry) {
        File file = new File(entry.kubeconfig());
        if (!Files.isReadable(file.toPath()) || file.isDirectory()) {
            throw wrong(entry, "kubeconfig", entry.kubeconfig(), "a file that can be read");
        }
        Config config;
        try {
            config = Config.fromKubeconfig(entry.context(), file);
        } catch (RuntimeException e) {
            // The cause's message may quote the file, and with it a credential.
            throw wrong(entry, "kubeconfig", entry.kubeconfig(), "a kubeconfig file");
        }
        NamedContext current = config.getCurrentContext();
        if (entry.context() != null
                && (current == null || !entry.context().equals(current.getName()))) {
            throw wrong(entry, "context", entry.context(), "a context of " + file);
        }
        if (current == null) {
            throw wrong(
                    entry, "context", null, "a context of " + file + ", which has no current one");
        }
        return config;
    }

    private static Config inCluster(ClusterProperties entry) {
        if (!Files.isReadable(Path.of(Config.KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH))) {
            throw wrong(
                    entry,
                    "kubeconfig",
                    null,
                    "the path of a kubeconfig file; without it only inside a pod with a service"
                            + " account");
        }
        return Config.autoConfigure(null);
    }

    private static IllegalArgumentException wrong(
            ClusterProperties entry, String key, Object value, String allowed) {
        return new IllegalArgumentException(
                "clusters[]."
                        + key
                        + " of "
                        + entry.name()
                        + (value == null ? " is not set" : " is '" + value + "'")
                        + "; allowed: "
                        + allowed);
    }
}
