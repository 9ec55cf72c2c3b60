package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.cluster.ClusterProperties;

class KubernetesClientsTest {

    @TempDir Path dir;

    @Test
    void opensTheNamedContext() {
        ClusterProperties entry = Kubeconfigs.entry(dir, "https://one.example:6443", 500, 1);
        try (KubernetesClient client = KubernetesClients.open(entry)) {
            assertThat(client.getConfiguration().getMasterUrl())
                    .isEqualTo("https://one.example:6443/");
            assertThat(client.getConfiguration().getRequestRetryBackoffLimit()).isZero();
        }
    }

    @Test
    void opensTheCurrentContextWithoutAName() {
        ClusterProperties entry = with(Kubeconfigs.entry(dir, "https://x", 500, 1), null);
        try (KubernetesClient client = KubernetesClients.open(entry)) {
            assertThat(client.getConfiguration().getMasterUrl()).isEqualTo("http://localhost:1/");
        }
    }

    @Test
    void anUnknownContextIsNamed() {
        ClusterProperties entry = with(Kubeconfigs.entry(dir, "https://x", 500, 1), "third");
        assertThatThrownBy(() -> KubernetesClients.open(entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clusters[].context of prod is 'third'; allowed: a context");
    }

    @Test
    void aFileThatIsNoKubeconfigIsNamedAndNotQuoted() throws Exception {
        Path file = Files.writeString(dir.resolve("bad"), "users: [token: " + Kubeconfigs.TOKEN);
        ClusterProperties entry =
                new ClusterProperties("prod", 0, 0, List.of(), file.toString(), null, 500, 1, 10);
        assertThatThrownBy(() -> KubernetesClients.open(entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clusters[].kubeconfig of prod is '" + file)
                .hasMessageNotContaining(Kubeconfigs.TOKEN)
                .hasNoCause();
    }

    @Test
    void aMissingFileAndAMissingServiceAccountAreNamed() {
        assertThatThrownBy(() -> KubernetesClients.open(at("/nowhere/config")))
                .hasMessageContaining("a file that can be read");
        assertThatThrownBy(() -> KubernetesClients.open(at(null)))
                .hasMessageContaining("clusters[].kubeconfig of prod is not set")
                .hasMessageContaining("only inside a pod");
    }

    private static ClusterProperties at(String kubeconfig) {
        return new ClusterProperties("prod", 0, 0, List.of(), kubeconfig, null, 500, 1, 10);
    }

    private static ClusterProperties with(ClusterProperties entry, String context) {
        return new ClusterProperties(
                entry.name(), 0, 0, List.of(), entry.kubeconfig(), context, 500, 1, 10);
    }
}
