package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.problem.ProblemException;

class ClustersTest {

    private final Clusters clusters = new Clusters(List.of(simulated("one"), simulated("two")));

    @Test
    void listsWhatIsConfigured() {
        assertThat(clusters.list())
                .containsExactly(
                        new ClusterView("one", "simulated", true, null),
                        new ClusterView("two", "simulated", true, null));
        assertThat(clusters.check("one")).isNull();
        assertThat(clusters.contains("three")).isFalse();
    }

    @Test
    void anUnknownClusterIsTheFieldsFault() {
        assertThatThrownBy(() -> clusters.get("three"))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        p -> {
                            assertThat(p.status()).isEqualTo(400);
                            assertThat(p.problem().field()).isEqualTo("cluster_name");
                        })
                .hasMessageContaining("allowed: one, two");
        assertThatThrownBy(() -> clusters.nodes("three", null))
                .isInstanceOfSatisfying(
                        ProblemException.class, p -> assertThat(p.status()).isEqualTo(404));
        assertThatThrownBy(() -> clusters.nodes("one", "~"))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        p -> assertThat(p.problem().field()).isEqualTo("selector"));
    }

    @Test
    void aNameOccursOnce() {
        assertThatThrownBy(() -> new Clusters(List.of(simulated("one"), simulated("one"))))
                .hasMessage("clusters[].name is 'one' twice; allowed: each name once");
    }

    private static SimulatedCluster simulated(String name) {
        return new SimulatedCluster(
                new ClusterProperties(name, 3, 0, List.of(), null, null, 1_000, 0, 10));
    }
}
