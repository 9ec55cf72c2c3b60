package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.cluster.NodePlan;
import org.kubenode.progress.cluster.OperationOptions;

class DrainPlanTest {

    private static final Instant NOW = Instant.parse("2026-11-23T10:20:00Z");

    @Test
    void aDaemonSetOfAnotherApiGroupIsAControllerLikeAnyOther() {
        Pod kruise = Pods.of("k", "apps.kruise.io/v1alpha1", "DaemonSet", "owner-uid");
        assertThat(DrainPlan.daemonSetOf(kruise)).isNull();
        assertThat(plan(Map.of(), kruise).evict()).containsExactly(kruise);
        Pod custom = Pods.of("c", "example.com/v1", "Thing", "owner-uid");
        assertThat(plan(Map.of(), custom).evict()).containsExactly(custom);
    }

    @Test
    void aPodWhoseEndIsOverdueIsNotWaitedForWhereTheOperatorSaysSo() {
        Pod overdue = Pods.ending("o", "2026-11-23T10:19:00Z", 30);
        Map<String, Object> option = Map.of("skip_wait_for_delete_timeout_seconds", 59);
        assertThat(kept(plan(option, overdue))).containsExactly("should have ended long ago");
        option = Map.of("skip_wait_for_delete_timeout_seconds", 60);
        assertThat(plan(option, overdue).evict()).containsExactly(overdue);
        assertThat(plan(Map.of(), overdue).evict()).containsExactly(overdue);
    }

    @Test
    void daemonSetPodsStayOrStopTheDrain() {
        Pod daemon = Pods.of("d", "DaemonSet");
        assertThat(kept(plan(Map.of("ignore_daemonsets", true), daemon)))
                .containsExactly("belongs to a DaemonSet");
        assertThat(plan(Map.of(), daemon).refusals())
                .containsExactly("default/d belongs to a DaemonSet (ignore_daemonsets)");
    }

    @Test
    void podsOfADaemonSetThatIsGoneAreEvictedByForceOnly() {
        Pod daemon = Pods.of("d", "DaemonSet");
        Set<String> missing = Set.of("default/owner");
        assertThat(
                        DrainPlan.of(List.of(daemon), options(Map.of("force", true)), missing, NOW)
                                .evict())
                .containsExactly(daemon);
        assertThat(
                        DrainPlan.of(
                                        List.of(daemon),
                                        options(Map.of("ignore_daemonsets", true)),
                                        missing,
                                        NOW)
                                .refusals())
                .containsExactly(
                        "default/d belongs to the DaemonSet owner, which does not exist (force)");
    }

    @Test
    void mirrorPodsAndFinishedPodsStay() {
        DrainPlan plan =
                plan(
                        Map.of(),
                        Pods.mirror("m"),
                        Pods.finished("s", "Succeeded"),
                        Pods.finished("f", "Failed"));
        assertThat(kept(plan)).containsExactly("is a mirror pod", "has finished", "has finished");
        assertThat(plan.evict()).isEmpty();
        assertThat(plan.refusals()).isEmpty();
    }

    @Test
    void barePodsNeedForce() {
        Pod bare = Pods.of("bare", null);
        assertThat(plan(Map.of(), bare).refusals())
                .containsExactly(
                        "default/bare has no controller that would create it again (force)");
        assertThat(plan(Map.of("force", true), bare).evict()).containsExactly(bare);
    }

    @Test
    void emptyDirDataNeedsItsOption() {
        Pod cache = Pods.withEmptyDir("cache");
        assertThat(plan(Map.of("force", true), cache).refusals())
                .containsExactly("default/cache has emptyDir data (delete_emptydir_data)");
        assertThat(plan(Map.of("delete_emptydir_data", true), cache).evict())
                .containsExactly(cache);
    }

    @Test
    void onePodThatMayNotGoDoesNotHideTheOthers() {
        DrainPlan plan =
                plan(Map.of(), Pods.replicated("a"), Pods.of("b", null), Pods.withEmptyDir("c"));
        assertThat(plan.evict()).extracting(p -> p.getMetadata().getName()).containsExactly("a");
        assertThat(plan.refusals()).hasSize(2);
    }

    /** Why each pod stays; of a plan that leaves all where they are. */
    private static List<String> kept(DrainPlan plan) {
        assertThat(plan.pods()).allMatch(judged -> judged.fate() == NodePlan.Fate.KEEP);
        return plan.pods().stream().map(DrainPlan.Judged::why).toList();
    }

    private static DrainPlan plan(Map<String, Object> options, Pod... pods) {
        return DrainPlan.of(List.of(pods), options(options), Set.of(), NOW);
    }

    private static org.kubenode.progress.cluster.DrainOptions options(Map<String, Object> params) {
        return OperationOptions.drain(params);
    }
}
