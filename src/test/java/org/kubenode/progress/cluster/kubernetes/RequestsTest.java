package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeListBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.StatusCauseBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.problem.ProblemException;

/** Which requests the operations send, body by body, and what they make of the answers. */
class RequestsTest {

    private static final String NODE = "/api/v1/nodes/n1";
    private static final String LACKS =
            "nodes \"n1\" is forbidden: User \"runner\" cannot patch resource \"nodes\"";
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
        assertThat(run("cordon", "n1", Map.of("reason", "new \"disk\""))).isEqualTo("cordoned");
        assertSent(
                "PATCH",
                PATCH,
                "application/json-patch+json",
                """
                [{"op":"test","path":"/spec/unschedulable","value":null},
                 {"op":"add","path":"/spec/unschedulable","value":true},
                 {"op":"test","path":"/metadata/annotations/kubenode.org~1reason","value":null},
                 {"op":"add","path":"/metadata/annotations/kubenode.org~1reason",
                  "value":"new \\"disk\\""}]
                """);
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void cordonOfACordonedNodeSaysSo() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(422, status(422, "test failed")).once();
        server.expect().get().withPath(NODE).andReturn(200, node(true, null)).once();
        assertThat(run("cordon", "n1", Map.of())).isEqualTo("already cordoned");
    }

    @Test
    void cordonOfANodeWithoutAnnotationsFallsBackToAMergePatch() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(422, status(422, "no such path")).once();
        server.expect().get().withPath(NODE).andReturn(200, node(false, null)).once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        assertThat(run("cordon", "n1", Map.of("reason", "disk"))).isEqualTo("cordoned");
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
        assertThat(run("uncordon", "n1", Map.of("dry_run", true)))
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
        assertThat(run("uncordon", "n1", Map.of())).isEqualTo("uncordoned");
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
        assertThat(run("label", "n1", Map.of("labels", labels))).isEqualTo("labeled");
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
                        run(
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
        run("taint", "n1", Map.of("taints", List.of(Map.of("key", "a", "effect", "NoSchedule"))));
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
        run("taint", "n1", Map.of("remove", true, "taints", List.of(Map.of("key", "a"))));
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
                                run(
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
        assertThat(run("cordon", "n1", Map.of())).isEqualTo("cordoned");
        assertThat(waiter.pauses()).containsExactly(Duration.ofSeconds(7));
        assertThat(cluster.limiter().limit()).isEqualTo(50);
    }

    /** Bodies as kube-apiserver 1.37 sends them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "patch nodes         | 429 | Too many requests, please try again later. | true",
                "create pods/eviction| 429 | Too many requests, please try again later. | true",
                "patch nodes         | 429 | {\"kind\":\"Status\",\"message\":\"slow down\"} | true",
                "create pods/eviction| 429 | {\"kind\":\"Status\",\"message\":\"Too many requests, please try again later.\"} | true",
                "create pods/eviction| 429 | {\"kind\":\"Status\",\"message\":\"Cannot evict pod\",\"details\":{\"causes\":[{\"reason\":\"DisruptionBudget\"}]}} | false",
                "create pods/eviction| 429 | {\"kind\":\"Status\",\"message\":\"admission webhook \\\"virt\\\" denied the request: Eviction triggered evacuation\"} | false",
                "create pods/eviction| 429 | {\"kind\":\"Status\",\"message\":\"not now\"} | false",
                "patch nodes         | 429 | {\"kind\":\"Status\",\"message\":\"admission webhook \\\"x\\\" denied the request: later\"} | false",
                "patch nodes         | 503 | unavailable | true",
                "create pods/eviction| 503 | unavailable | true",
                "create pods/eviction| 500 | {\"kind\":\"Status\",\"message\":\"failed calling webhook\"} | false",
                "patch nodes         | 403 | {\"kind\":\"Status\",\"message\":\"no\"} | false"
            })
    void loadIsWhatTheServerSaysOfItself(String kind, int code, String body, boolean load)
            throws Exception {
        try (MoodyApiServer moody = new MoodyApiServer((node, number) -> code, body)) {
            ClusterLimiter limiter = new ClusterLimiter(50, waiter);
            Connection connection = Connections.open(Kubeconfigs.entry(dir, moody.url(), 2_000, 0));
            ApiServer api = new ApiServer(connection, 2_000, 0, Duration.ZERO, limiter, waiter);
            assertThatThrownBy(() -> api.call(ApiRequest.post(kind.trim(), "/any", "{}")))
                    .isInstanceOf(ApiException.class);
            assertThat(limiter.limit()).isEqualTo(load ? 25 : 50);
        }
    }

    /** For about a second after it listens kube-apiserver 1.37 denies everything to everybody. */
    @Test
    void aRightThatWasThereIsAskedForAgain() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        server.expect().patch().withPath(PATCH).andReturn(403, status(403, LACKS)).times(5);
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        run("cordon", "n1", Map.of());
        assertThat(run("cordon", "n1", Map.of())).isEqualTo("cordoned");
    }

    @Test
    void aRightThatStaysAwayIsBelievedGoneAfterItsGraceOnce() throws Exception {
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        server.expect().patch().withPath(PATCH).andReturn(403, status(403, LACKS)).always();
        run("cordon", "n1", Map.of());
        assertThatThrownBy(() -> run("cordon", "n1", Map.of())).hasMessageStartingWith(LACKS);
        assertThat(Duration.ofNanos(waiter.nanoTime()))
                .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(41));
        long spent = waiter.nanoTime();
        assertThatThrownBy(() -> run("cordon", "n1", Map.of())).hasMessage(LACKS);
        assertThat(waiter.nanoTime()).as("the next node waits no more").isEqualTo(spent);
    }

    @Test
    void whatTheAccessCheckSawCountsAsARightThatWasThere() throws Exception {
        String path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        server.expect().post().withPath(path).andReturn(201, review(true)).times(7);
        cluster.missingRights();
        server.expect().patch().withPath(PATCH).andReturn(403, status(403, LACKS)).once();
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        assertThat(run("cordon", "n1", Map.of())).isEqualTo("cordoned");
    }

    @Test
    void aRefusalOfAnAdmissionWebhookIsNoLackOfRights() throws Exception {
        String denied = "admission webhook \"x\" denied the request: not this node";
        server.expect().patch().withPath(PATCH).andReturn(200, node(true, null)).once();
        server.expect().patch().withPath(PATCH).andReturn(403, status(403, denied)).always();
        run("cordon", "n1", Map.of());
        assertThatThrownBy(() -> run("cordon", "n1", Map.of())).hasMessage(denied);
        assertThat(server.getRequestCount()).isEqualTo(2);
    }

    @Test
    void anAccountThatMayNothingIsNotReachable() {
        server.clearExpectations();
        server.expect().get().withPath("/version").andReturn(403, status(403, LACKS)).always();
        String probe = "/api/v1/nodes?limit=1";
        server.expect().get().withPath(probe).andReturn(403, status(403, LACKS)).once();
        assertThat(cluster.check()).isEqualTo(LACKS);
        server.expect().get().withPath(probe).andReturn(200, new NodeListBuilder().build()).once();
        assertThat(cluster.check()).as("the path alone is forbidden").isNull();
    }

    @Test
    void anAnswerThatDoesNotEndIsGivenUp() throws Exception {
        server.expect()
                .get()
                .withPath(NODE)
                .andReturn(200, "x".repeat(BoundedBody.MOST_BYTES + 1))
                .always();
        assertThatThrownBy(() -> run("label", "n1", Map.of("labels", Map.of("a", "b"))))
                .hasMessageContaining("its answer is larger than 32 MiB");
    }

    @Test
    void aRedirectIsNotFollowedWithTheAccount() {
        server.expect()
                .patch()
                .withPath(PATCH)
                .andReturn(307, "")
                .withHeader("Location", server.url("/elsewhere"))
                .always();
        assertThatThrownBy(() -> run("cordon", "n1", Map.of()))
                .hasMessage("the API server answered 307");
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void whatHasNoNameInAListIsNoNode() {
        server.expect()
                .get()
                .withPath("/api/v1/nodes?limit=500")
                .andReturn(
                        200,
                        "{\"kind\":\"NodeList\",\"items\":[null,{},{\"metadata\":{}},"
                                + "{\"metadata\":{\"name\":\"n1\"},\"spec\":{\"taints\":[{}]}}]}")
                .always();
        assertThat(cluster.nodes(null)).extracting(n -> n.name()).containsExactly("n1");
    }

    /** Who reads first and waits then tests for what is old by the time, beside a busy writer. */
    @Test
    void aTaintWaitsBeforeItReadsWhatItTestsFor() throws Exception {
        List<String> asked = new ArrayList<>();
        for (int attempt = 1; attempt <= 2; attempt++) {
            String version = String.valueOf(attempt);
            int answer = attempt == 1 ? 422 : 200;
            server.expect()
                    .get()
                    .withPath(NODE)
                    .andReply(200, request -> noted(asked, "read", tainted(version, taint("a"))))
                    .once();
            server.expect()
                    .patch()
                    .withPath(PATCH)
                    .andReply(answer, request -> noted(asked, "patch", status(answer, "so be it")))
                    .once();
        }
        Map<String, Object> change = Map.of("key", "c", "effect", "NoSchedule");
        assertThat(run("taint", "n1", Map.of("taints", List.of(change)))).isEqualTo("tainted");
        assertThat(asked)
                .containsExactly(
                        "read after 0 waits",
                        "patch after 0 waits",
                        "read after 1 waits",
                        "patch after 1 waits");
    }

    private Object noted(List<String> asked, String what, Object answer) {
        asked.add(what + " after " + waiter.pauses().size() + " waits");
        return answer;
    }

    @Test
    void aTaintThatOthersAlwaysOvertakeSaysSo() {
        server.expect()
                .get()
                .withPath(NODE)
                .andReply(
                        200, request -> tainted(String.valueOf(waiter.pauses().size()), taint("a")))
                .always();
        server.expect().patch().withPath(PATCH).andReturn(422, status(422, "test failed")).always();
        Map<String, Object> change = Map.of("key", "c", "effect", "NoExecute");
        assertThatThrownBy(() -> run("taint", "n1", Map.of("taints", List.of(change))))
                .hasMessage(
                        "others changed the node each time, 10 tries: its taints are as they left"
                                + " them");
    }

    @ParameterizedTest
    @ValueSource(ints = {409, 429, 500, 502, 503, 504})
    void aPassingTroubleIsRepeatedWithinBounds(int code) {
        server.expect().patch().withPath(PATCH).andReturn(code, status(code, "trouble")).always();
        assertThatThrownBy(() -> run("cordon", "n1", Map.of()))
                .isInstanceOf(NodeOperationException.class)
                .hasMessage("trouble (after 4 tries)");
        assertThat(server.getRequestCount()).isEqualTo(4);
        assertThat(waiter.pauses()).hasSize(3).isSorted();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 404})
    void aRefusalIsNotRepeated(int code) {
        server.expect().patch().withPath(PATCH).andReturn(code, status(code, "no")).always();
        assertThatThrownBy(() -> run("cordon", "n1", Map.of())).hasMessage("no");
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
        assertThatThrownBy(() -> run("cordon", "n1", Map.of()))
                .hasMessageContaining("is odd")
                .hasMessageNotContaining(Kubeconfigs.TOKEN)
                .hasMessageNotContaining("pw@");
    }

    @Test
    void aServerThatIsDownSaysSoForEachNode() {
        server.shutdown();
        assertThat(cluster.check()).isEqualTo("the API server does not answer: connection refused");
        assertThatThrownBy(() -> run("cordon", "n1", Map.of()))
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
            // Somebody waits for a list.
            assertThatThrownBy(() -> deaf.nodes(null))
                    .hasMessage("the API server does not answer: nothing within 200 ms");
            assertThat(deaf.limiter().limit()).isLessThan(50);
        }
    }

    @Test
    void missingRightsAreAskedForOneByOne() throws Exception {
        String path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        server.expect().post().withPath(path).andReturn(201, review(true)).times(4);
        server.expect().post().withPath(path).andReturn(201, review(false)).once();
        server.expect().post().withPath(path).andReturn(201, review(true)).times(2);
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

    private static Map<String, Object> review(boolean allowed) {
        return Map.of("status", Map.of("allowed", allowed));
    }

    @Test
    void nodesAreReadPageByPage() {
        server.expect()
                .get()
                .withPath("/api/v1/nodes?labelSelector=pool%3Dblue&limit=500")
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
                .withPath("/api/v1/nodes?labelSelector=pool%3Dblue&limit=500&continue=more")
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
                .withPath("/api/v1/nodes?labelSelector=%21%21&limit=500")
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

    private String run(String operation, String node, Map<String, Object> params)
            throws InterruptedException {
        return cluster.run(operation, node, params).text();
    }
}
