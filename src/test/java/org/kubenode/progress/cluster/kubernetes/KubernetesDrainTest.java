package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
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
import org.kubenode.progress.cluster.NodePlan;
import org.kubenode.progress.cluster.NodePlan.Fate;
import org.kubenode.progress.cluster.NodePlan.Outcome;

/** A drain step by step, over HTTP, in time that passes only when somebody waits. */
class KubernetesDrainTest {

    private static final String LIST = "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&limit=500";

    private static final String WAITS =
            "; default/web waits: Cannot evict pod as it would violate the pod's disruption budget."
                    + " The disruption budget web needs 1 healthy pods and has 1 currently";

    private final FakeWaiter waiter = new FakeWaiter();
    private int taken;

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
        for (int i = 0; i < 12; i++) {
            pods(Pods.replicated("web"));
        }
        pods();
        Drain drain = cluster.planDrain("n1", Map.of("timeout_seconds", 60));
        assertThat(news(drain))
                .containsExactly(
                        "evicted 0 of 2 pods" + WAITS,
                        "evicted 1 of 2 pods" + WAITS,
                        "evicted 1 of 2 pods",
                        "evicted 2 of 2 pods");
        assertThat(posts()).containsExactly("a", "web", "web", "web");
        assertThat(Duration.ofNanos(waiter.nanoTime()))
                .as("looks a second, tries every 5 s")
                .isEqualTo(Duration.ofMillis(11_750));
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
        pods(Pods.replicated("a"));
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
    void aPlanSaysWhatBecomesOfEachPodAndWhichBudgetsWouldBlock() throws Exception {
        Pod one = labelled("one", "web");
        Pod two = labelled("two", "web");
        pods(one, two, Pods.of("bare", null), Pods.of("d", "DaemonSet"), Pods.mirror("m"));
        server.expect()
                .get()
                .withPath("/apis/apps/v1/namespaces/default/daemonsets/owner")
                .andReturn(200, "{}")
                .once();
        server.expect()
                .get()
                .withPath("/apis/policy/v1/poddisruptionbudgets?limit=500")
                .andReturn(
                        200,
                        """
                        {"items":[
                         {"metadata":{"namespace":"default","name":"web"},
                          "spec":{"selector":{"matchLabels":{"app":"web"}}},
                          "status":{"disruptionsAllowed":1}},
                         {"metadata":{"namespace":"default","name":"others"},
                          "spec":{"selector":{"matchExpressions":
                           [{"key":"app","operator":"NotIn","values":["web"]}]}}},
                         {"metadata":{"namespace":"default","name":"none"},"spec":{}},
                         {"metadata":{"namespace":"elsewhere","name":"all"},
                          "spec":{"selector":{}}}]}
                        """)
                .once();
        dry("one", 201, "");
        dry("two", 429, RequestsTest.blocked());
        dry("bare", 500, RequestsTest.status(500, "more than one PodDisruptionBudget"));
        Map<String, Object> params =
                Map.of("dry_run", true, "force", true, "ignore_daemonsets", true);
        Drain drain = cluster.planDrain("n1", params);
        assertThatThrownBy(() -> news(drain)).hasMessageContaining("default/bare");
        NodePlan plan = drain.plan();
        assertThat(plan.budgets())
                .isEqualTo(
                        Map.of(
                                "default/web", new NodePlan.Budget(1, 2),
                                "default/others", new NodePlan.Budget(0, 1)));
        assertThat(plan.pods().get("default/one"))
                .isEqualTo(new NodePlan.Pod(Fate.EVICT, null, false, null, null));
        assertThat(plan.pods().get("default/two").waits()).startsWith("Cannot evict pod");
        assertThat(plan.pods().get("default/bare"))
                .matches(NodePlan.Pod::lost)
                .matches(pod -> pod.outcome() == Outcome.FAILED);
        assertThat(plan.pods().get("default/d"))
                .isEqualTo(
                        new NodePlan.Pod(Fate.KEEP, "belongs to a DaemonSet", false, null, null));
        assertThat(plan.pods().get("default/m").plan()).isEqualTo(Fate.KEEP);
    }

    @Test
    void whoMayNotSeeBudgetsHasAPlanWithoutThem() throws Exception {
        pods(Pods.replicated("a"));
        server.expect()
                .get()
                .withPath("/apis/policy/v1/poddisruptionbudgets?limit=500")
                .andReturn(403, RequestsTest.status(403, "no"))
                .once();
        Drain drain = cluster.planDrain("n1", Map.of("dry_run", true));
        assertThat(drain.plan().budgets()).isNull();
        assertThat(drain.plan().pods()).containsOnlyKeys("default/a");
    }

    @Test
    void aPlanSaysAfterTheDrainWhatItDid() throws Exception {
        pods(Pods.replicated("a"), Pods.replicated("b"), Pods.replicated("web"), Pods.mirror("m"));
        evictions("a", 201, null, 1);
        evictions("b", 404, RequestsTest.status(404, "not found"), 1);
        evictions("web", 429, RequestsTest.blocked(), 1);
        for (int i = 0; i < 4; i++) {
            pods(Pods.replicated("web"));
        }
        Drain drain = cluster.planDrain("n1", Map.of("timeout_seconds", 1));
        assertThat(drain.plan().pods().values()).allMatch(pod -> pod.outcome() == null);
        assertThatThrownBy(() -> news(drain)).hasMessageContaining("timed out");
        Map<String, NodePlan.Pod> pods = drain.plan().pods();
        assertThat(pods.get("default/a").outcome()).isEqualTo(Outcome.EVICTED);
        assertThat(pods.get("default/b").outcome()).isEqualTo(Outcome.GONE);
        assertThat(pods.get("default/web").outcome()).isEqualTo(Outcome.LEFT);
        assertThat(pods.get("default/web").waits()).startsWith("Cannot evict pod");
        assertThat(pods.get("default/m").outcome()).isNull();
        assertThat(drain.plan().budgets()).isNull();
    }

    private static Pod labelled(String name, String app) {
        return new PodBuilder(Pods.replicated(name))
                .editMetadata()
                .withLabels(Map.of("app", app))
                .endMetadata()
                .build();
    }

    private void dry(String pod, int code, Object body) {
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/default/pods/" + pod + "/eviction?dryRun=All")
                .andReturn(code, body)
                .once();
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
    void aPodThatMayNotGoStopsTheDrainBeforeTheFirstEviction() throws Exception {
        pods(Pods.replicated("a"), Pods.of("bare", null));
        assertThatThrownBy(() -> news(cluster.planDrain("n1", Map.of())))
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

    /** kube-apiserver spends the budget before it compares the uid. */
    @Test
    void aPodThatWasMadeAgainIsNotAskedFor() throws Exception {
        pods(Pods.replicated("web"));
        evictions("web", 429, RequestsTest.blocked(), 1);
        for (int i = 0; i < 6; i++) {
            pods(Pods.replicated("web"));
        }
        pods(Pods.withUid(Pods.replicated("web"), "uid-of-the-next"));
        assertThat(news(cluster.planDrain("n1", Map.of()))).last().isEqualTo("evicted 1 of 1 pods");
        assertThat(posts()).containsExactly("web");
    }

    @Test
    void whatWasReadASecondAgoIsReadAgainBeforeTheNextEviction() throws Exception {
        pods(Pods.replicated("a"), Pods.replicated("web"));
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/default/pods/a/eviction")
                .andReply(
                        201,
                        request -> {
                            pass(Duration.ofSeconds(2));
                            return "";
                        })
                .once();
        pods();
        assertThat(news(cluster.planDrain("n1", Map.of()))).last().isEqualTo("evicted 2 of 2 pods");
        assertThat(posts()).containsExactly("a");
    }

    /** The scheduler had not seen the cordon; what may run on a cordoned node stays. */
    @Test
    void aPodThatCameJustAfterTheCordonGoesAsWell() throws Exception {
        Pod tolerant =
                new PodBuilder(Pods.replicated("tolerant"))
                        .editSpec()
                        .addNewToleration()
                        .withOperator("Exists")
                        .endToleration()
                        .endSpec()
                        .build();
        Pod daemon = Pods.of("daemon", "apps/v1", "DaemonSet", "ds");
        pods(Pods.replicated("a"));
        evictions("a", 201, null, 1);
        pods(Pods.replicated("late"), Pods.of("bare", null), tolerant, daemon);
        evictions("late", 201, null, 1);
        pods(tolerant, daemon);
        Drain drain = cluster.planDrain("n1", Map.of());
        assertThat(news(drain)).containsExactly("evicted 1 of 2 pods", "evicted 2 of 2 pods");
        assertThat(posts()).containsExactly("a", "late");
        assertThat(drain.result()).isEqualTo("evicted 2 pods");
        assertThat(drain.plan().pods()).containsOnlyKeys("default/a", "default/late");
    }

    private void pass(Duration time) {
        try {
            waiter.pause(time);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anEvictionThatMetAnotherPodOfThatNameIsNotRepeated() throws Exception {
        pods(Pods.replicated("web"));
        evictions(
                "web",
                409,
                RequestsTest.status(
                        409,
                        "Operation cannot be fulfilled on Pod \"web\": the UID in the precondition"
                                + " (uid-web) does not match the UID in record (x)."),
                1);
        assertThat(news(cluster.planDrain("n1", Map.of()))).containsExactly("evicted 1 of 1 pods");
        assertThat(posts()).containsExactly("web");
    }

    @Test
    void podsOfOneControllerAskTheirBudgetInTurn() throws Exception {
        Pod one = Pods.of("one", "apps/v1", "ReplicaSet", "rs");
        Pod two = Pods.of("two", "apps/v1", "ReplicaSet", "rs");
        pods(one, two);
        evictions("one", 429, RequestsTest.blocked(), 5);
        evictions("two", 201, null, 1);
        for (int i = 0; i < 7; i++) {
            pods(one, two);
        }
        for (int i = 0; i < 3; i++) {
            pods(one);
        }
        Drain drain = cluster.planDrain("n1", Map.of("timeout_seconds", 8));
        assertThatThrownBy(() -> news(drain)).hasMessageContaining("default/one (Cannot evict");
        assertThat(posts()).containsExactly("one", "two", "one");
    }

    @Test
    void aShorterGraceShortensWhatIsEndingAlready() throws Exception {
        Pod slow = Pods.ending("slow", "2026-11-23T10:15:30Z", 600);
        Pod quick = Pods.ending("quick", "2026-11-23T10:15:30Z", 5);
        pods(slow, quick);
        evictions("slow", 201, null, 1);
        pods();
        news(cluster.planDrain("n1", Map.of("grace_period_seconds", 5)));
        assertThat(posts()).containsExactly("slow");
    }

    @Test
    void onlySelectedPodsGo() throws Exception {
        String selected =
                "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&labelSelector=app%3Dweb&limit=500";
        server.expect()
                .get()
                .withPath(selected)
                .andReturn(200, Pods.list(Pods.replicated("web")))
                .once();
        server.expect().get().withPath(selected).andReturn(200, Pods.list()).once();
        evictions("web", 201, null, 1);
        Drain drain = cluster.planDrain("n1", Map.of("pod_selector", "app=web"));
        assertThat(news(drain)).containsExactly("evicted 1 of 1 pods");
    }

    @Test
    void withoutEvictionsPodsAreDeletedByUid() throws Exception {
        pods(Pods.replicated("a"));
        server.expect()
                .delete()
                .withPath("/api/v1/namespaces/default/pods/a")
                .andReturn(200, "{}")
                .once();
        pods();
        Map<String, Object> params =
                Map.of("disable_eviction", true, "confirm_disable_eviction", true);
        assertThat(news(cluster.planDrain("n1", params))).containsExactly("evicted 1 of 1 pods");
        server.takeRequest();
        assertThat(server.takeRequest().getUtf8Body())
                .contains("\"preconditions\":{\"uid\":\"uid-a\"}");
    }

    @Test
    void theLongestWaitingPodIsNamedAndOneReasonOnce() throws Exception {
        pods(Pods.replicated("a"), Pods.replicated("b"), Pods.replicated("web"));
        evictions("a", 400, RequestsTest.status(400, "no"), 1);
        evictions("b", 400, RequestsTest.status(400, "no"), 1);
        server.expect()
                .post()
                .withPath("/api/v1/namespaces/default/pods/web/eviction")
                .andReturn(504, RequestsTest.status(504, "couldn't update the budget"))
                .once();
        pods(Pods.replicated("a"), Pods.replicated("b"), Pods.replicated("web"));
        Drain drain = cluster.planDrain("n1", Map.of());
        assertThat(drain.advance())
                .isEqualTo(
                        "evicted 0 of 3 pods; default/web waits: the API server did not get to it"
                                + " in time (504), because many evictions change one budget at"
                                + " once or an admission webhook is slow: couldn't update the"
                                + " budget");
        pods(Pods.replicated("a"), Pods.replicated("b"));
        assertThatThrownBy(() -> news(drain))
                .hasMessage("evicted 1 of 3 pods; default/a, default/b: no");
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

    private List<String> news(Drain drain) throws InterruptedException {
        List<String> news = new ArrayList<>();
        while (drain.isRunning()) {
            String line = drain.advance();
            if (line != null) {
                news.add(line);
            }
            if (!drain.pause().isZero()) {
                waiter.pause(drain.pause());
            }
        }
        return news;
    }

    /** The pods that evictions were sent for, so far. */
    private List<String> posts() throws InterruptedException {
        List<String> pods = new ArrayList<>();
        for (int left = server.getRequestCount() - taken; left > 0; left--) {
            RecordedRequest request = server.takeRequest();
            taken++;
            if (request.getMethod().equals("POST")) {
                pods.add(request.getPath().replaceAll(".*/pods/(.*)/eviction.*", "$1"));
            }
        }
        return pods;
    }

    private static Object json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }
}
