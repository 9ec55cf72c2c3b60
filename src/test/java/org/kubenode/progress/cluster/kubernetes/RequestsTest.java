package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeListBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.StatusCauseBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.problem.ProblemException;

/** Which requests the operations send, body by body, and what they make of the answers. */
class RequestsTest {

    private static final String NODE = "/api/v1/nodes/n1";
    private static final String PATCH = NODE + "?fieldManager=kube-node-progress";

    private final ObjectMapper json = new ObjectMapper();
    private final FakeWaiter waiter = new FakeWaiter();

    @TempDir Path dir;
    private KubernetesMockServer server;
    private KubernetesCluster cluster;

    @BeforeEach
    void start() {
        server = new KubernetesMockServer(false);
        server.init();
        cluster =
                KubernetesCluster.open(Kubeconfigs.entry(dir, server.url("/"), 10_000, 3), waiter);
    }

    @AfterEach
    void stop() {
        cluster.close();
        server.destroy();
    }

    @Test
    void cordonIsOnePatchThatTestsForWhatIsThere() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        assertThat(cluster.run("cordon", "n1", Map.of("reason", "new \"disk\"")))
                .isEqualTo("cordoned");
        assertSent(
                "PATCH",
                PATCH,
                "application/json-patch+json",
                """
                [{"op":"test","path":"/spec/unschedulable","value":null},
                 {"op":"add","path":"/spec/unschedulable","value":true},
                 {"op":"add","path":"/metadata/annotations/kubenode.org~1reason",
                  "value":"new \\"disk\\""}]
                """);
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void cordonOfACordonedNodeSaysSo() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(422, status(422, "test failed")).once();
        server.expect().get().withPath(NODE).andReturn(200, node(true, null)).once();
        assertThat(cluster.run("cordon", "n1", Map.of())).isEqualTo("already cordoned");
    }

    @Test
    void cordonOfANodeWithoutAnnotationsFallsBackToAMergePatch() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(422, status(422, "no such path")).once();
        server.expect().get().withPath(NODE).andReturn(200, node(false, null)).once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        assertThat(cluster.run("cordon", "n1", Map.of("reason", "disk"))).isEqualTo("cordoned");
        server.takeRequest();
        server.takeRequest();
        assertSent(
                "PATCH",
                PATCH,
                "application/merge-patch+json",
                """
                {"metadata":{"annotations":{"kubenode.org/reason":"disk"}},
                 "spec":{"unschedulable":true}}
                """);
    }

    @Test
    void uncordonIsOnePatchWhenNoReasonWasKept() throws Exception {
        server.expect()
                .patch()
                .withPath(PATCH + "&dryRun=All")
                .andReturn(200, node(false, null))
                .once();
        assertThat(cluster.run("uncordon", "n1", Map.of("dry_run", true)))
                .isEqualTo("uncordoned (dry run)");
        assertSent(
                "PATCH",
                PATCH + "&dryRun=All",
                "application/json-patch+json",
                """
                [{"op":"test","path":"/spec/unschedulable","value":true},
                 {"op":"test","path":"/metadata/annotations/kubenode.org~1reason","value":null},
                 {"op":"remove","path":"/spec/unschedulable"}]
                """);
    }

    @Test
    void uncordonTakesTheReasonAway() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(422, status(422, "test failed")).once();
        server.expect().get().withPath(NODE).andReturn(200, node(true, "disk")).once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(false, null)).once();
        assertThat(cluster.run("uncordon", "n1", Map.of())).isEqualTo("uncordoned");
        server.takeRequest();
        server.takeRequest();
        assertSent(
                "PATCH",
                PATCH,
                "application/merge-patch+json",
                """
                {"metadata":{"annotations":{"kubenode.org/reason":null}},
                 "spec":{"unschedulable":null}}
                """);
    }

    @Test
    void labelIsAMergePatchOfTheLabelsAlone() throws Exception {
        server.expect().get().withPath(NODE).andReturn(200, node(false, null)).once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(false, null)).once();
        Map<String, Object> labels = new HashMap<>();
        labels.put("pool", "blue");
        labels.put("zone", null);
        assertThat(cluster.run("label", "n1", Map.of("labels", labels))).isEqualTo("labeled");
        server.takeRequest();
        assertSent(
                "PATCH",
                PATCH,
                "application/merge-patch+json",
                """
                {"metadata":{"labels":{"pool":"blue","zone":null}}}
                """);
    }

    @Test
    void aTaintThatCameInBetweenIsKept() throws Exception {
        server.expect().get().withPath(NODE).andReturn(200, tainted("1", taint("a"))).once();
        server.expect().patch().withPath(PATCH).andReturn(422, status(422, "test failed")).once();
        server.expect()
                .get()
                .withPath(NODE)
                .andReturn(200, tainted("2", taint("a"), taint("b")))
                .once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(false, null)).once();
        assertThat(
                        cluster.run(
                                "taint",
                                "n1",
                                Map.of(
                                        "taints",
                                        List.of(Map.of("key", "c", "effect", "NoExecute")))))
                .isEqualTo("tainted");
        server.takeRequest();
        assertSent(
                "PATCH",
                PATCH,
                "application/json-patch+json",
                """
                [{"op":"test","path":"/spec/taints","value":[{"effect":"NoSchedule","key":"a"}]},
                 {"op":"add","path":"/spec/taints","value":[{"effect":"NoSchedule","key":"a"},
                  {"effect":"NoExecute","key":"c"}]}]
                """);
        server.takeRequest();
        assertSent(
                "PATCH",
                PATCH,
                "application/json-patch+json",
                """
                [{"op":"test","path":"/spec/taints","value":[{"effect":"NoSchedule","key":"a"},
                  {"effect":"NoSchedule","key":"b"}]},
                 {"op":"add","path":"/spec/taints","value":[{"effect":"NoSchedule","key":"a"},
                  {"effect":"NoSchedule","key":"b"},{"effect":"NoExecute","key":"c"}]}]
                """);
    }

    @Test
    void theFirstTaintTestsTheVersionAndTheLastIsRemoved() throws Exception {
        server.expect().get().withPath(NODE).andReturn(200, tainted("7")).once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(false, null)).once();
        cluster.run(
                "taint",
                "n1",
                Map.of("taints", List.of(Map.of("key", "a", "effect", "NoSchedule"))));
        server.takeRequest();
        assertSent(
                "PATCH",
                PATCH,
                "application/json-patch+json",
                """
                [{"op":"test","path":"/metadata/resourceVersion","value":"7"},
                 {"op":"add","path":"/spec/taints","value":[{"effect":"NoSchedule","key":"a"}]}]
                """);
        server.expect().get().withPath(NODE).andReturn(200, tainted("8", taint("a"))).once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(false, null)).once();
        cluster.run("taint", "n1", Map.of("remove", true, "taints", List.of(Map.of("key", "a"))));
        server.takeRequest();
        assertSent(
                "PATCH",
                PATCH,
                "application/json-patch+json",
                """
                [{"op":"test","path":"/spec/taints","value":[{"effect":"NoSchedule","key":"a"}]},
                 {"op":"remove","path":"/spec/taints"}]
                """);
    }

    @Test
    void aRefusedTaintIsToldAtOnce() {
        server.expect().get().withPath(NODE).andReturn(200, tainted("7")).always();
        server.expect()
                .patch()
                .withPath(PATCH)
                .andReturn(422, status(422, "taint is not allowed"))
                .always();
        assertThatThrownBy(
                        () ->
                                cluster.run(
                                        "taint",
                                        "n1",
                                        Map.of(
                                                "taints",
                                                List.of(
                                                        Map.of(
                                                                "key", "a",
                                                                "effect", "NoSchedule")))))
                .hasMessage("taint is not allowed");
        assertThat(server.getRequestCount()).isEqualTo(3);
    }

    @Test
    void theServersWishIsRespected() throws Exception {
        server.expect()
                .patch()
                .withPath(PATCH)
                .andReturn(429, status(429, "slow down"))
                .withHeader("Retry-After", "7")
                .once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        assertThat(cluster.run("cordon", "n1", Map.of())).isEqualTo("cordoned");
        assertThat(waiter.pauses()).containsExactly(Duration.ofSeconds(7));
        assertThat(cluster.limiter().limit()).isEqualTo(25);
    }

    @ParameterizedTest
    @ValueSource(ints = {409, 429, 500, 502, 503, 504})
    void aPassingTroubleIsRepeatedWithinBounds(int code) {
        server.expect().patch().withPath(PATCH).andReturn(code, status(code, "trouble")).always();
        assertThatThrownBy(() -> cluster.run("cordon", "n1", Map.of()))
                .isInstanceOf(NodeOperationException.class)
                .hasMessage("trouble (after 4 tries)");
        assertThat(server.getRequestCount()).isEqualTo(4);
        assertThat(waiter.pauses()).hasSize(3).isSorted();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 404})
    void aRefusalIsNotRepeated(int code) {
        server.expect().patch().withPath(PATCH).andReturn(code, status(code, "no")).always();
        assertThatThrownBy(() -> cluster.run("cordon", "n1", Map.of())).hasMessage("no");
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void anAccountThatIsRefusedIsToldForTheWholeBatch() {
        server.clearExpectations();
        server.expect().get().withPath("/version").andReturn(401, status(401, "no")).always();
        assertThat(cluster.check())
                .isEqualTo("the API server refuses the account (401 Unauthorized)");
        assertThat(cluster.reachable()).isFalse();
    }

    @Test
    void noCredentialIsInAMessage() {
        server.expect()
                .patch()
                .withPath(PATCH)
                .andReturn(
                        400,
                        status(
                                400,
                                "header Authorization: Bearer "
                                        + Kubeconfigs.TOKEN
                                        + " of https://me:pw@host/ is odd"))
                .always();
        assertThatThrownBy(() -> cluster.run("cordon", "n1", Map.of()))
                .hasMessageContaining("is odd")
                .hasMessageNotContaining(Kubeconfigs.TOKEN)
                .hasMessageNotContaining("pw@");
    }

    @Test
    void aServerThatIsDownSaysSoForEachNode() {
        server.shutdown();
        assertThat(cluster.check()).isEqualTo("the API server does not answer: connection refused");
        assertThatThrownBy(() -> cluster.run("cordon", "n1", Map.of()))
                .hasMessage("the API server does not answer: connection refused (after 4 tries)");
    }

    @Test
    void aServerThatNeverAnswersIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0);
                KubernetesCluster deaf =
                        KubernetesCluster.open(
                                Kubeconfigs.entry(
                                        dir, "http://localhost:" + silent.getLocalPort(), 200, 1),
                                waiter)) {
            assertThatThrownBy(() -> deaf.run("cordon", "n1", Map.of()))
                    .hasMessage(
                            "the API server does not answer: nothing within 200 ms (after 2"
                                    + " tries)");
            assertThat(deaf.limiter().limit()).isLessThan(50);
        }
    }

    @Test
    void missingRightsAreAskedForOneByOne() throws Exception {
        String path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        server.expect().post().withPath(path).andReturn(201, review(true)).times(4);
        server.expect().post().withPath(path).andReturn(201, review(false)).once();
        server.expect().post().withPath(path).andReturn(201, review(true)).once();
        assertThat(cluster.missingRights()).containsExactly("create pods/eviction (drain)");
        for (int i = 0; i < 4; i++) {
            server.takeRequest();
        }
        assertSent(
                "POST",
                path,
                "application/json",
                """
                {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",
                 "spec":{"resourceAttributes":{"verb":"create","group":"","resource":"pods",
                  "subresource":"eviction"}}}
                """);
    }

    private static SelfSubjectAccessReview review(boolean allowed) {
        return new SelfSubjectAccessReviewBuilder()
                .withNewStatus()
                .withAllowed(allowed)
                .endStatus()
                .build();
    }

    @Test
    void nodesAreReadPageByPage() {
        server.expect()
                .get()
                .withPath("/api/v1/nodes?limit=500&labelSelector=pool%3Dblue")
                .andReturn(
                        200,
                        new NodeListBuilder()
                                .withNewMetadata()
                                .withContinue("more")
                                .endMetadata()
                                .withItems(node(false, null))
                                .build())
                .once();
        server.expect()
                .get()
                .withPath("/api/v1/nodes?limit=500&labelSelector=pool%3Dblue&continue=more")
                .andReturn(
                        200,
                        new NodeListBuilder()
                                .withNewMetadata()
                                .endMetadata()
                                .withItems(node(true, null))
                                .build())
                .once();
        assertThat(cluster.nodes("pool=blue"))
                .extracting(n -> n.schedulable())
                .containsExactly(true, false);
    }

    @Test
    void aSelectorThatTheServerCannotReadIsTheCallersFault() {
        server.expect()
                .get()
                .withPath("/api/v1/nodes?limit=500&labelSelector=%21%21")
                .andReturn(400, status(400, "unable to parse requirement"))
                .always();
        assertThatThrownBy(() -> cluster.nodes("!!"))
                .isInstanceOfSatisfying(
                        ProblemException.class, p -> assertThat(p.status()).isEqualTo(400))
                .hasMessageContaining("unable to parse");
    }

    private void assertSent(String method, String path, String type, String body) throws Exception {
        RecordedRequest request = server.takeRequest();
        assertThat(request.getMethod()).isEqualTo(method);
        assertThat(request.getPath()).isEqualTo(path);
        assertThat(request.getHeader("Content-Type")).startsWith(type);
        assertThat(request.getHeader("Authorization")).isEqualTo("Bearer " + Kubeconfigs.TOKEN);
        assertThat(json.readTree(request.getUtf8Body())).isEqualTo(json.readTree(body));
    }

    static io.fabric8.kubernetes.api.model.Status status(int code, String message) {
        return new StatusBuilder().withCode(code).withMessage(message).build();
    }

    static io.fabric8.kubernetes.api.model.Status blocked() {
        return new StatusBuilder()
                .withCode(429)
                .withMessage("Cannot evict pod as it would violate the pod's disruption budget.")
                .withNewDetails()
                .withCauses(
                        new StatusCauseBuilder()
                                .withReason("DisruptionBudget")
                                .withMessage(
                                        "The disruption budget web needs 1 healthy pods and has 1"
                                                + " currently")
                                .build())
                .endDetails()
                .build();
    }

    private static Taint taint(String key) {
        return new Taint("NoSchedule", key, null, null);
    }

    private static io.fabric8.kubernetes.api.model.Node tainted(String version, Taint... taints) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName("n1")
                .withResourceVersion(version)
                .endMetadata()
                .withNewSpec()
                .withTaints(taints)
                .endSpec()
                .build();
    }

    private static io.fabric8.kubernetes.api.model.Node node(Boolean cordoned, String reason) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName("n1")
                .withAnnotations(reason == null ? null : Map.of("kubenode.org/reason", reason))
                .endMetadata()
                .withNewSpec()
                .withUnschedulable(cordoned)
                .endSpec()
                .build();
    }
}
