package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.StatusCauseBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.cluster.Drain;
import org.kubenode.progress.cluster.NodeOperationException;

/** A drain step by step, over HTTP, in time that passes only when somebody waits. */
class KubernetesDrainTest {

    private static final String LIST = "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&limit=500";

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
    void evictsByPolicyV1WithTheUidAndTheGracePeriod() throws Exception {
        pods(Pods.replicated("a"), Pods.mirror("m"));
        evictions("a", 201, null, 1);
        pods(Pods.mirror("m"));
        Drain drain =
                cluster.planDrain("n1", Map.of("grace_period_seconds", 5, "timeout_seconds", 60));
        assertThat(news(drain)).containsExactly("evicted 1 of 1 pods");
        assertThat(drain.result()).isEqualTo("evicted 1 pod");
        server.takeRequest();
        RecordedRequest eviction = server.takeRequest();
        assertThat(eviction.getMethod()).isEqualTo("POST");
        assertThat(eviction.getPath()).isEqualTo("/api/v1/namespaces/default/pods/a/eviction");
        assertThat(json(eviction.getUtf8Body()))
                .isEqualTo(
                        json(
                                """
                                {"apiVersion":"policy/v1","kind":"Eviction",
                                 "metadata":{"name":"a","namespace":"default"},
                                 "deleteOptions":{"apiVersion":"v1","kind":"DeleteOptions",
                                  "gracePeriodSeconds":5,
                                  "preconditions":{"uid":"uid-a"}}}
                                """));
    }

    @Test
    void aDisruptionBudgetIsTriedAgainEveryFiveSecondsAndTold() throws Exception {
        pods(Pods.replicated("a"), Pods.replicated("web"));
        evictions("a", 201, null, 1);
        evictions("web", 429, RequestsTest.blocked(), 2);
        evictions("web", 201, null, 1);
        for (int i = 0; i < 10; i++) {
            pods(Pods.replicated("web"));
        }
        pods();
        Drain drain = cluster.planDrain("n1", Map.of("timeout_seconds", 60));
        assertThat(news(drain))
                .containsExactly(
                        "evicted 1 of 2 pods; default/web waits: Cannot evict pod as it would"
                                + " violate the pod's disruption budget. The disruption budget web"
                                + " needs 1 healthy pods and has 1 currently",
                        "evicted 2 of 2 pods");
        assertThat(waiter.pauses()).hasSize(10).containsOnly(Duration.ofSeconds(1));
        assertThat(cluster.limiter().limit()).as("a budget is no overload").isEqualTo(50);
    }

    @Test
    void aDrainThatTakesTooLongNamesWhatIsLeft() throws Exception {
        pods(Pods.replicated("web"), Pods.ending("slow"));
        evictions("web", 429, RequestsTest.blocked(), 100);
        for (int i = 0; i < 20; i++) {
            pods(Pods.replicated("web"), Pods.ending("slow"));
        }
        Drain drain = cluster.planDrain("n1", Map.of("timeout_seconds", 12));
        assertThatThrownBy(() -> news(drain))
                .isInstanceOf(NodeOperationException.class)
                .hasMessageStartingWith(
                        "drain timed out after 12 s with 2 of 2 pods left: default/web (Cannot"
                                + " evict pod")
                .hasMessageContaining("default/slow (still ending)");
        assertThat(Duration.ofNanos(waiter.nanoTime())).isEqualTo(Duration.ofSeconds(12));
    }

    @Test
    void aHalfDrainedNodeGoesOn() throws Exception {
        pods(Pods.ending("slow"));
        pods(Pods.ending("slow"));
        pods();
        Drain drain = cluster.planDrain("n1", Map.of());
        assertThat(news(drain)).containsExactly("evicted 0 of 1 pods", "evicted 1 of 1 pods");
        assertThat(server.getRequestCount()).as("no eviction of an ending pod").isEqualTo(3);
    }

    @Test
    void aPodThatIsGoneAlreadyCounts() throws Exception {
        pods(Pods.replicated("a"));
        evictions("a", 404, RequestsTest.status(404, "not found"), 1);
        pods();
        assertThat(news(cluster.planDrain("n1", Map.of()))).containsExactly("evicted 1 of 1 pods");
    }

    @Test
    void aRefusedEvictionFailsTheNodeAfterTheOthersAreGone() throws Exception {
        pods(Pods.replicated("a"), Pods.replicated("b"));
        evictions("a", 403, RequestsTest.status(403, "no right to evict"), 1);
        evictions("b", 201, null, 1);
        pods(Pods.replicated("a"), Pods.replicated("b"));
        pods(Pods.replicated("a"));
        assertThatThrownBy(() -> news(cluster.planDrain("n1", Map.of())))
                .hasMessage("evicted 1 of 2 pods; default/a: no right to evict");
    }

    @Test
    void aNamespaceThatEndsIsWaitedFor() throws Exception {
        pods(Pods.replicated("a"));
        evictions(
                "a",
                403,
                new StatusBuilder()
                        .withCode(403)
                        .withMessage("namespace is being terminated")
                        .withNewDetails()
                        .withCauses(
                                new StatusCauseBuilder().withReason("NamespaceTerminating").build())
                        .endDetails()
                        .build(),
                1);
        pods(Pods.replicated("a"));
        pods();
        assertThat(news(cluster.planDrain("n1", Map.of()))).last().isEqualTo("evicted 1 of 1 pods");
    }

    @Test
    void aServerInTroubleOnlyDelaysTheDrain() throws Exception {
        pods(Pods.replicated("a"));
        evictions("a", 503, RequestsTest.status(503, "etcd is away"), 1);
        server.expect().get().withPath(LIST).andReturn(503, "").times(2);
        evictions("a", 201, null, 1);
        pods();
        assertThat(news(cluster.planDrain("n1", Map.of()))).last().isEqualTo("evicted 1 of 1 pods");
    }

    @Test
    void twoBudgetsForOnePodCanNeverWork() throws Exception {
        pods(Pods.replicated("a"));
        evictions(
                "a",
                500,
                RequestsTest.status(500, "This pod has more than one PodDisruptionBudget, …"),
                1);
        pods(Pods.replicated("a"));
        assertThatThrownBy(() -> news(cluster.planDrain("n1", Map.of())))
                .hasMessageContaining("more than one PodDisruptionBudget");
    }

    @Test
    void dryRunAsksAndChangesNothing() throws Exception {
        pods(Pods.replicated("a"));
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/default/pods/a/eviction?dryRun=All")
                .andReturn(201, "")
                .once();
        Drain drain = cluster.planDrain("n1", Map.of("dry_run", true));
        assertThat(news(drain)).containsExactly("would evict 1 of 1 pods");
        assertThat(drain.result()).isEqualTo("would evict 1 pod");
        server.takeRequest();
        assertThat(server.takeRequest().getUtf8Body()).contains("\"dryRun\":[\"All\"]");
    }

    @Test
    void dryRunTellsWhatABudgetWouldHoldBack() throws Exception {
        pods(Pods.replicated("a"));
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/default/pods/a/eviction?dryRun=All")
                .andReturn(429, RequestsTest.blocked())
                .once();
        Drain drain = cluster.planDrain("n1", Map.of("dry_run", true));
        news(drain);
        assertThat(drain.result())
                .startsWith("would evict 1 pod; default/a waits: Cannot evict pod");
    }

    @Test
    void aNodeWithoutPodsIsDrained() throws Exception {
        pods();
        Drain drain = cluster.planDrain("n1", Map.of());
        assertThat(drain.isRunning()).isFalse();
        assertThat(drain.result()).isEqualTo("no pods to evict");
    }

    @Test
    void daemonSetsAreAskedForOnceEach() throws Exception {
        pods(Pods.of("d1", "DaemonSet"), Pods.of("d2", "DaemonSet"));
        server.expect()
                .get()
                .withPath("/apis/apps/v1/namespaces/default/daemonsets/owner")
                .andReturn(200, "{}")
                .once();
        Drain drain = cluster.planDrain("n1", Map.of("ignore_daemonsets", true));
        assertThat(drain.result()).isEqualTo("no pods to evict");
    }

    @Test
    void aPodThatMayNotGoStopsTheDrainBeforeTheFirstEviction() {
        pods(Pods.replicated("a"), Pods.of("bare", null));
        assertThatThrownBy(() -> cluster.planDrain("n1", Map.of()))
                .hasMessage(
                        "cannot evict default/bare has no controller that would create it again"
                                + " (force)");
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aCancelledBatchEndsTheDrain() throws Exception {
        pods(Pods.ending("slow"));
        pods(Pods.ending("slow"));
        Drain drain = cluster.planDrain("n1", Map.of());
        drain.advance();
        Thread.currentThread().interrupt();
        assertThatThrownBy(drain::advance).isInstanceOf(InterruptedException.class);
    }

    private void pods(Pod... pods) {
        server.expect().get().withPath(LIST).andReturn(200, Pods.list(pods)).once();
    }

    private void evictions(String pod, int code, Object body, int times) {
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/default/pods/" + pod + "/eviction")
                .andReturn(code, body == null ? "" : body)
                .times(times);
    }

    private static List<String> news(Drain drain) throws InterruptedException {
        List<String> news = new ArrayList<>();
        while (drain.isRunning()) {
            String line = drain.advance();
            if (line != null) {
                news.add(line);
            }
        }
        return news;
    }

    private static Object json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }
}
