package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.kubenode.progress.cluster.ClusterProperties;
import org.kubenode.progress.cluster.Drain;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.cluster.Waiter;

/**
 * What only a real API server can show. Not part of a build, as it needs kube-apiserver and etcd:
 * {@code src/test/kubernetes/run.sh --command mvn test -Dtest=RealApiServerCheck}.
 */
class RealApiServerCheck {

    private static KubernetesClient admin;
    private static KubernetesCluster cluster;
    private static KubernetesCluster powerless;
    private static FakeKubelet kubelet;

    private String node;

    @BeforeAll
    static void open() {
        File kubeconfig = new File(System.getenv("KUBECONFIG"));
        admin =
                new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig("admin", kubeconfig))
                        .build();
        cluster = KubernetesCluster.open(entry(kubeconfig, "runner"));
        powerless = KubernetesCluster.open(entry(kubeconfig, "nobody"));
        kubelet = new FakeKubelet(admin);
    }

    private static ClusterProperties entry(File kubeconfig, String context) {
        return new ClusterProperties(
                "real",
                0,
                0,
                List.of(),
                kubeconfig.getPath(),
                context,
                5_000,
                2,
                10,
                java.time.Duration.ofSeconds(30));
    }

    @AfterAll
    static void close() throws Exception {
        kubelet.close();
        cluster.close();
        powerless.close();
        admin.close();
    }

    @AfterEach
    void deletePodsAndBudgets() {
        admin.policy().v1().podDisruptionBudget().inNamespace("default").delete();
        admin.pods().inNamespace("default").withGracePeriod(0).delete();
    }

    @BeforeEach
    void createNode(TestInfo test) {
        node = test.getTestMethod().orElseThrow().getName().toLowerCase();
        admin.resource(new NodeBuilder().withNewMetadata().withName(node).endMetadata().build())
                .create();
        // The admission taints a new node; most of the tests want to know all of its taints.
        admin.nodes().withName(node).edit(n -> taints(n, null));
    }

    private static io.fabric8.kubernetes.api.model.Node taints(
            io.fabric8.kubernetes.api.model.Node n, List<Taint> taints) {
        return new NodeBuilder(n).editSpec().withTaints(taints).endSpec().build();
    }

    @Test
    void cordonAndUncordon() throws Exception {
        assertThat(run("cordon", node, Map.of())).isEqualTo("cordoned");
        assertThat(run("cordon", node, Map.of())).isEqualTo("already cordoned");
        // The node has no annotation at all, so that the patch's path is not there.
        assertThat(run("uncordon", node, Map.of())).isEqualTo("uncordoned");
        assertThat(run("uncordon", node, Map.of())).isEqualTo("already uncordoned");
        assertThat(run("cordon", node, Map.of("reason", "disk"))).isEqualTo("cordoned");
        assertThat(present().getMetadata().getAnnotations())
                .containsEntry("kubenode.org/reason", "disk");
        assertThat(run("cordon", node, Map.of("reason", "fan")))
                .isEqualTo("already cordoned, reason changed");
        assertThat(run("uncordon", node, Map.of("dry_run", true)))
                .isEqualTo("uncordoned (dry run)");
        assertThat(present().getSpec().getUnschedulable()).isTrue();
        assertThat(run("uncordon", node, Map.of())).isEqualTo("uncordoned");
        assertThat(present().getSpec().getUnschedulable()).isNull();
        assertThat(present().getMetadata().getAnnotations()).isNullOrEmpty();
    }

    @Test
    void labels() throws Exception {
        var set = Map.<String, Object>of("labels", Map.of("a", "b", "x.org/c", ""));
        assertThat(run("label", node, set)).isEqualTo("labeled");
        assertThat(run("label", node, set)).isEqualTo("already labeled");
        assertThat(cluster.nodes("a=b,x.org/c"))
                .singleElement()
                .satisfies(n -> assertThat(n.name()).isEqualTo(node));
        var removal = new HashMap<String, Object>();
        removal.put("a", null);
        assertThat(run("label", node, Map.of("labels", removal))).isEqualTo("labeled");
        assertThat(present().getMetadata().getLabels()).containsOnlyKeys("x.org/c");
    }

    @Test
    void taintsWithATestOfWhatWasRead() throws Exception {
        var one = Map.of("key", "k", "value", "v", "effect", "NoSchedule");
        assertThat(run("taint", node, Map.of("taints", List.of(one)))).isEqualTo("tainted");
        assertThat(run("taint", node, Map.of("taints", List.of(one)))).isEqualTo("already tainted");
        var other = Map.of("key", "k", "value", "w", "effect", "NoExecute");
        run("taint", node, Map.of("taints", List.of(other)));
        var replaced = Map.of("key", "k", "value", "z", "effect", "NoSchedule");
        run("taint", node, Map.of("taints", List.of(replaced)));
        assertThat(present().getSpec().getTaints())
                .extracting(t -> t.getKey() + "=" + t.getValue() + ":" + t.getEffect())
                .containsExactly("k=z:NoSchedule", "k=w:NoExecute");
        assertThat(
                        run(
                                "taint",
                                node,
                                Map.of("remove", true, "taints", List.of(Map.of("key", "k")))))
                .isEqualTo("untainted");
        assertThat(present().getSpec().getTaints()).isEmpty();
    }

    /** Eight threads taint one node with a key each: with plain patches most would be lost. */
    @Test
    void taintsOfOthersAreNotLost() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            var taint = Map.of("key", "k" + i, "effect", "NoSchedule");
            Thread thread =
                    new Thread(
                            () -> {
                                try {
                                    run("taint", node, Map.of("taints", List.of(taint)));
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join(30_000);
        }
        assertThat(present().getSpec().getTaints()).hasSize(8);
    }

    @Test
    void errorsOfTheServerAreTold() {
        assertThatThrownBy(() -> run("cordon", "nowhere", Map.of()))
                .isInstanceOf(NodeOperationException.class)
                .hasMessage("nodes \"nowhere\" not found");
        assertThatThrownBy(() -> powerless.run("cordon", node, Map.of()))
                .hasMessageContaining("User \"nobody\" cannot patch resource \"nodes\"");
        assertThat(cluster.check()).isNull();
    }

    @Test
    void missingRightsAreNamed() throws Exception {
        assertThat(cluster.missingRights()).isEmpty();
        assertThat(powerless.missingRights())
                .contains("create pods/eviction (drain)", "get daemonsets.apps (drain)")
                .hasSize(6);
    }

    @Test
    void drainEvictsAndWaitsForADisruptionBudget() throws Exception {
        runningPod("free", null);
        Pod web = runningPod("web", "web");
        PodDisruptionBudget budget = budget(0);
        Drain drain = cluster.planDrain(node, Map.of("force", true, "timeout_seconds", 60));
        List<String> news = new ArrayList<>();
        while (drain.isRunning()) {
            String text = drain.advance();
            if (text != null) {
                news.add(text);
                if (text.startsWith("evicted 1 of 2")) {
                    status(budget, 1);
                }
            }
            Waiter.SYSTEM.pause(drain.pause());
        }
        assertThat(news).anyMatch(text -> text.contains("default/web waits: Cannot evict pod"));
        assertThat(news).anyMatch(text -> text.contains("The disruption budget web needs"));
        assertThat(drain.result()).isEqualTo("evicted 2 pods");
        assertThat(admin.resource(web).get()).isNull();
    }

    @Test
    void drainTimesOutAndNamesTheBudget() throws Exception {
        Pod stuck = runningPod("stuck", "web");
        PodDisruptionBudget budget = budget(0);
        Drain drain = cluster.planDrain(node, Map.of("force", true, "timeout_seconds", 2));
        assertThatThrownBy(
                        () -> {
                            while (drain.isRunning()) {
                                drain.advance();
                                Waiter.SYSTEM.pause(drain.pause());
                            }
                        })
                .hasMessageContaining("timed out after 2 s with 1 of 1 pods left: default/stuck")
                .hasMessageContaining("disruption budget");
        Drain dry = cluster.planDrain(node, Map.of("force", true, "dry_run", true));
        dry.advance();
        assertThat(dry.isRunning()).isFalse();
        assertThat(admin.resource(stuck).get().getMetadata().getDeletionTimestamp()).isNull();
    }

    /** The pod was replaced by one of the same name after the plan: the new one must stay. */
    @Test
    void aPodOfTheSameNameIsNotEvicted() throws Exception {
        Pod old = runningPod("twin", null);
        Drain drain = cluster.planDrain(node, Map.of("force", true, "timeout_seconds", 20));
        admin.resource(old).withGracePeriod(0).delete();
        Pod twin = runningPod("twin", null);
        while (drain.isRunning()) {
            drain.advance();
            Waiter.SYSTEM.pause(drain.pause());
        }
        assertThat(admin.resource(twin).get().getMetadata().getDeletionTimestamp()).isNull();
    }

    private Pod runningPod(String name, String app) {
        Pod pod =
                admin.resource(
                                new PodBuilder()
                                        .withNewMetadata()
                                        .withName(name)
                                        .withNamespace("default")
                                        .withLabels(app == null ? Map.of() : Map.of("app", app))
                                        .endMetadata()
                                        .withNewSpec()
                                        .withNodeName(node)
                                        .withAutomountServiceAccountToken(false)
                                        .addNewContainer()
                                        .withName("main")
                                        .withImage("none")
                                        .endContainer()
                                        .endSpec()
                                        .build())
                        .create();
        return admin.resource(pod)
                .editStatus(
                        p ->
                                new PodBuilder(p)
                                        .withNewStatus()
                                        .withPhase("Running")
                                        .withConditions(
                                                new PodConditionBuilder()
                                                        .withType("Ready")
                                                        .withStatus("True")
                                                        .build())
                                        .endStatus()
                                        .build());
    }

    private PodDisruptionBudget budget(int allowed) {
        PodDisruptionBudget budget =
                admin.resource(
                                new PodDisruptionBudgetBuilder()
                                        .withNewMetadata()
                                        .withName("web")
                                        .withNamespace("default")
                                        .endMetadata()
                                        .withNewSpec()
                                        .withNewSelector()
                                        .withMatchLabels(Map.of("app", "web"))
                                        .endSelector()
                                        .withNewMinAvailable(1)
                                        .endSpec()
                                        .build())
                        .create();
        status(budget, allowed);
        return budget;
    }

    /** What the disruption controller would write. */
    private static void status(PodDisruptionBudget budget, int allowed) {
        admin.policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace("default")
                .withName(budget.getMetadata().getName())
                .editStatus(
                        b ->
                                new PodDisruptionBudgetBuilder(b)
                                        .withNewStatus()
                                        .withObservedGeneration(b.getMetadata().getGeneration())
                                        .withCurrentHealthy(1 + allowed)
                                        .withDesiredHealthy(1)
                                        .withExpectedPods(1 + allowed)
                                        .withDisruptionsAllowed(allowed)
                                        .endStatus()
                                        .build());
    }

    private io.fabric8.kubernetes.api.model.Node present() {
        return admin.nodes().withName(node).get();
    }

    private String run(String operation, String node, Map<String, Object> params)
            throws InterruptedException {
        return cluster.run(operation, node, params).text();
    }
}
