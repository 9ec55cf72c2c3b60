package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.cluster.OperationOptions;

class DrainPlanTest {

    @Test
    void daemonSetPodsStayOrStopTheDrain() {
        Pod daemon = Pods.of("d", "DaemonSet");
        assertThat(plan(Map.of("ignore_daemonsets", true), daemon))
                .isEqualTo(new DrainPlan(List.of(), List.of(), 1));
        assertThat(plan(Map.of(), daemon).refusals())
                .containsExactly("default/d belongs to a DaemonSet (ignore_daemonsets)");
    }

    @Test
    void podsOfADaemonSetThatIsGoneAreEvictedByForceOnly() {
        Pod daemon = Pods.of("d", "DaemonSet");
        Set<String> missing = Set.of("default/owner");
        assertThat(DrainPlan.of(List.of(daemon), options(Map.of("force", true)), missing).evict())
                .containsExactly(daemon);
        assertThat(
                        DrainPlan.of(
                                        List.of(daemon),
                                        options(Map.of("ignore_daemonsets", true)),
                                        missing)
                                .refusals())
                .containsExactly("default/d belongs to a DaemonSet that does not exist (force)");
    }

    @Test
    void mirrorPodsAndFinishedPodsStay() {
        assertThat(
                        plan(
                                Map.of(),
                                Pods.mirror("m"),
                                Pods.finished("s", "Succeeded"),
                                Pods.finished("f", "Failed")))
                .isEqualTo(new DrainPlan(List.of(), List.of(), 3));
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

    private static DrainPlan plan(Map<String, Object> options, Pod... pods) {
        return DrainPlan.of(List.of(pods), options(options), Set.of());
    }

    private static org.kubenode.progress.cluster.DrainOptions options(Map<String, Object> params) {
        return OperationOptions.drain(params);
    }
}
