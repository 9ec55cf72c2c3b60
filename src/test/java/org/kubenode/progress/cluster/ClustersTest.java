package org.kubenode.progress.cluster;

import static java.util.concurrent.CompletableFuture.runAsync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class ClustersTest {

    private static final Executor CLIENTS = task -> new Thread(task, "client").start();

    private final Clusters clusters = new Clusters(List.of(simulated("one"), simulated("two")));

    @Test
    void listsWhatIsConfigured() throws Exception {
        assertThat(clusters.list())
                .containsExactly(
                        new ClusterView("one", "simulated", true, 20, null),
                        new ClusterView("two", "simulated", true, 20, null));
        assertThat(clusters.check("one")).isNull();
        assertThat(clusters.contains("three")).isFalse();
    }

    @Test
    void oneLostRequestDoesNotEndABatch() throws Exception {
        Cluster shaky = mock(Cluster.class);
        when(shaky.name()).thenReturn("shaky");
        when(shaky.check()).thenReturn("down", (String) null);
        Waiter waiter = mock(Waiter.class);
        assertThat(new Clusters(List.of(shaky), waiter, Map.of()).check("shaky")).isNull();

        when(shaky.check()).thenReturn("down");
        assertThat(new Clusters(List.of(shaky), waiter, Map.of()).check("shaky"))
                .isEqualTo("cluster shaky: down");
        verify(waiter, times(3)).pause(Duration.ofMillis(500));
    }

    @Test
    void whatAnAccountLacksIsOneLine(CapturedOutput output) throws Exception {
        Cluster weak = mock(Cluster.class);
        when(weak.name()).thenReturn("weak");
        when(weak.missingRights())
                .thenReturn(List.of("patch nodes (all operations)", "list pods (drain)"));
        Cluster down = mock(Cluster.class);
        when(down.name()).thenReturn("down");
        when(down.missingRights()).thenThrow(new NodeOperationException("no answer"));
        new ClusterRights(new Clusters(List.of(weak, down, simulated("fine")))).logMissing();
        assertThat(output)
                .contains(
                        "Cluster weak: its account lacks patch nodes (all operations), list pods"
                                + " (drain); see configs/kubernetes/rbac.yaml")
                .contains("Cluster down: no answer")
                .doesNotContain("Cluster fine");
    }

    /** Each would hold a thread of the HTTP API. */
    @Test
    @Timeout(30)
    void onlyAFewWaitForClustersThatDoNotAnswer() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(3);
        Cluster silent = mock(Cluster.class);
        when(silent.name()).thenReturn("silent");
        when(silent.type()).thenReturn("kubernetes");
        when(silent.nodes(null)).then(asked -> await(waiting, answer, List.of()));
        Clusters some = new Clusters(List.of(silent, simulated("quick")));
        assertThat(some.list()).hasSize(2);
        when(silent.check()).then(asked -> await(waiting, answer, null));

        List<CompletableFuture<?>> patient =
                List.of(
                        runAsync(() -> some.nodes("silent", null), CLIENTS),
                        runAsync(() -> some.nodes("silent", null), CLIENTS),
                        runAsync(some::list, CLIENTS));
        waiting.await();
        assertThatThrownBy(() -> some.nodes("silent", null))
                .isInstanceOfSatisfying(
                        ProblemException.class, p -> assertThat(p.status()).isEqualTo(503))
                .hasMessageContaining("try again");
        assertThat(some.nodes("quick", null)).hasSize(3);
        CompletableFuture<?> second = runAsync(some::list, CLIENTS);
        org.awaitility.Awaitility.await()
                .untilAsserted(() -> assertThatThrownBy(() -> some.nodes("quick", null)));
        // What was known before.
        assertThat(some.list()).hasSize(2);

        answer.countDown();
        patient.forEach(CompletableFuture::join);
        second.join();
        assertThat(some.nodes("silent", null)).isEmpty();
    }

    private static <T> T await(CountDownLatch waiting, CountDownLatch answer, T then)
            throws InterruptedException {
        waiting.countDown();
        answer.await();
        return then;
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
                new ClusterProperties(
                        name, 3, 0, List.of(), null, null, 1_000, 0, 10, java.time.Duration.ZERO));
    }
}
