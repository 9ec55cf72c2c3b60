package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.cluster.Done.Change;
import org.kubenode.progress.cluster.NodeOperationException;

/** The operations over HTTP against fabric8's mock that keeps objects. */
class CrudServerTest {

    @TempDir Path dir;
    private KubernetesMockServer server;
    private KubernetesClient admin;
    private KubernetesCluster cluster;

    @BeforeEach
    void start() {
        server =
                new KubernetesMockServer(
                        new Context(),
                        new MockWebServer(),
                        new HashMap<>(),
                        new TestingCrudDispatcher(),
                        false);
        server.init();
        admin = server.createClient();
        cluster =
                KubernetesCluster.open(
                        Kubeconfigs.entry(dir, server.url("/"), 2_000, 2), new FakeWaiter());
        admin.resource(
                        new NodeBuilder()
                                .withNewMetadata()
                                .withName("n1")
                                .addToLabels("node-role.kubernetes.io/worker", "")
                                .addToAnnotations("kubelet", "yes")
                                .endMetadata()
                                .withNewSpec()
                                .endSpec()
                                .withNewStatus()
                                .addNewCondition()
                                .withType("Ready")
                                .withStatus("True")
                                .endCondition()
                                .withNewNodeInfo()
                                .withKubeletVersion("v1.34.4")
                                .endNodeInfo()
                                .endStatus()
                                .build())
                .create();
    }

    @AfterEach
    void stop() {
        cluster.close();
        admin.close();
        server.destroy();
    }

    @Test
    void cordonWithAReasonAndUncordon() throws Exception {
        assertThat(run("cordon", "n1", Map.of("reason", "new disk"))).isEqualTo("cordoned");
        assertThat(node().getSpec().getUnschedulable()).isTrue();
        assertThat(node().getMetadata().getAnnotations())
                .containsEntry("kubenode.org/reason", "new disk")
                .containsEntry("kubelet", "yes");
        assertThat(cluster.nodes(null)).singleElement().matches(n -> !n.schedulable());

        assertThat(run("uncordon", "n1", Map.of())).isEqualTo("uncordoned");
        assertThat(node().getSpec().getUnschedulable()).isNull();
        // The mock keeps a null where a server removes the member.
        assertThat(node().getMetadata().getAnnotations())
                .containsEntry("kubelet", "yes")
                .hasEntrySatisfying("kubenode.org/reason", value -> assertThat(value).isNull());
    }

    @Test
    void labelsAreSetAndRemoved() throws Exception {
        assertThat(run("label", "n1", Map.of("labels", Map.of("pool", "blue"))))
                .isEqualTo("labeled");
        assertThat(run("label", "n1", Map.of("labels", Map.of("pool", "blue"))))
                .isEqualTo("already labeled");
        Map<String, Object> removal = new HashMap<>();
        removal.put("pool", null);
        assertThat(run("label", "n1", Map.of("labels", removal))).isEqualTo("labeled");
        assertThat(run("label", "n1", Map.of("labels", removal))).isEqualTo("already labeled");
        assertThat(node().getMetadata().getLabels())
                .containsEntry("node-role.kubernetes.io/worker", "")
                .hasEntrySatisfying("pool", value -> assertThat(value).isNull());
    }

    @Test
    void taintsAreAddedReplacedAndRemoved() throws Exception {
        taint(Map.of("key", "a", "value", "1", "effect", "NoSchedule"));
        taint(Map.of("key", "a", "value", "1", "effect", "NoExecute"));
        assertThat(taint(Map.of("key", "a", "value", "2", "effect", "NoSchedule")))
                .isEqualTo("tainted");
        assertThat(taints()).containsExactly("a=2:NoSchedule", "a=1:NoExecute");
        assertThat(taint(Map.of("key", "a", "effect", "NoExecute", "remove", true)))
                .isEqualTo("untainted");
        assertThat(taints()).containsExactly("a=2:NoSchedule");
        assertThat(taint(Map.of("key", "gone", "remove", true))).isEqualTo("already untainted");
        assertThat(taint(Map.of("key", "a", "remove", true))).isEqualTo("untainted");
        assertThat(taints()).isEmpty();
    }

    @Test
    void whatWasChangedFromWhatIsTold() throws Exception {
        assertThat(changes("cordon", Map.of("reason", "new disk")))
                .isEqualTo(changed("unschedulable", false, true, "reason", null, "new disk"));
        assertThat(changes("cordon", Map.of("reason", "new disk"))).isEmpty();
        assertThat(changes("cordon", Map.of("reason", "fan")))
                .isEqualTo(changed("reason", "new disk", "fan"));
        assertThat(changes("uncordon", Map.of()))
                .isEqualTo(changed("unschedulable", true, false, "reason", "fan", null));
        assertThat(changes("uncordon", Map.of())).isEmpty();
        assertThat(changes("cordon", Map.of("dry_run", true))).isEmpty();

        changes("label", Map.of("labels", Map.of("pool", "blue", "zone", "a")));
        Map<String, Object> labels = new HashMap<>(Map.of("pool", "green", "zone", "a"));
        labels.put("node-role.kubernetes.io/worker", null);
        assertThat(changes("label", Map.of("labels", labels)))
                .isEqualTo(
                        changed(
                                "labels.pool",
                                "blue",
                                "green",
                                "labels.node-role.kubernetes.io/worker",
                                "",
                                null));

        taint(Map.of("key", "a", "value", "1", "effect", "NoSchedule"));
        List<Map<String, Object>> taints =
                List.of(
                        Map.of("key", "a", "remove", true),
                        Map.of("key", "b", "effect", "NoExecute"));
        assertThat(changes("taint", Map.of("taints", taints)))
                .isEqualTo(
                        changed("taints.a:NoSchedule", "1", null, "taints.b:NoExecute", null, ""));
    }

    private Map<String, Change> changes(String operation, Map<String, Object> params)
            throws InterruptedException {
        return cluster.run(operation, "n1", params).changes();
    }

    private static Map<String, Change> changed(Object... fields) {
        Map<String, Change> changes = new HashMap<>();
        for (int i = 0; i < fields.length; i += 3) {
            changes.put((String) fields[i], new Change(fields[i + 1], fields[i + 2]));
        }
        return changes;
    }

    @Test
    void aNodeIsListedWithWhatOperatorsLookFor() {
        assertThat(cluster.nodes("node-role.kubernetes.io/worker"))
                .singleElement()
                .satisfies(
                        n -> {
                            assertThat(n.name()).isEqualTo("n1");
                            assertThat(n.ready()).isTrue();
                            assertThat(n.schedulable()).isTrue();
                            assertThat(n.roles()).containsExactly("worker");
                            assertThat(n.kubeletVersion()).isEqualTo("v1.34.4");
                            assertThat(n.taints()).isEmpty();
                        });
        assertThat(cluster.nodes("pool=blue")).isEmpty();
    }

    @Test
    void anUnknownNodeIsAnErrorOfThatNode() {
        assertThatThrownBy(() -> run("label", "n2", Map.of("labels", Map.of("a", "b"))))
                .isInstanceOf(NodeOperationException.class)
                .hasMessageContaining("404");
    }

    private Node node() {
        return admin.nodes().withName("n1").get();
    }

    private String taint(Map<String, Object> taint) throws InterruptedException {
        return run("taint", "n1", Map.of("taints", List.of(taint)));
    }

    private List<String> taints() {
        return node().getSpec().getTaints().stream()
                .map(t -> t.getKey() + "=" + t.getValue() + ":" + t.getEffect())
                .toList();
    }

    private String run(String operation, String node, Map<String, Object> params)
            throws InterruptedException {
        return cluster.run(operation, node, params).text();
    }
}
