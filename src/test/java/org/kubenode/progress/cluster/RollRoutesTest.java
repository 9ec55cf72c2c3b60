package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.api.Operations;
import org.kubenode.progress.problem.ProblemException;

/**
 * The route file of a roll as packaged, over a simulated cluster and one that stands for a real.
 */
class RollRoutesTest {

    private static final NodeState BEFORE =
            new NodeState(false, true, "boot-a", "2026-11-23T10:00:00Z");

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Steps steps = new Steps();
    private final Cluster real = mock(Cluster.class);
    private CamelContext context;
    private Clusters clusters;

    @BeforeEach
    void start() throws Exception {
        when(real.name()).thenReturn("real");
        when(real.type()).thenReturn("kubernetes");
        ClusterProperties entry =
                new ClusterProperties(
                        "test", 5, 0, List.of(), null, null, 1_000, 0, 10, Duration.ZERO);
        clusters = new Clusters(List.of(new SimulatedCluster(entry), real), steps, Map.of());
        context = new DefaultCamelContext();
        context.getRegistry().bind("clusters", clusters);
        context.getRegistry().bind("rolls", new Rolls(clusters));
        context.getRegistry().bind("batches", steps);
        for (String file : List.of("21-node-operations", "27-node-roll", "27-roll")) {
            PluginHelper.getRoutesLoader(context)
                    .loadRoutes(
                            PluginHelper.getResourceLoader(context)
                                    .resolveResource("file:routes/" + file + ".camel.yaml"));
        }
        context.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        for (String sink :
                                List.of("record-interim", "record-progress", "record-plan")) {
                            from("direct:" + sink)
                                    .process(e -> told.add(e.getMessage().getBody(String.class)));
                        }
                        from("direct:node-upgrade")
                                .process(e -> told.add("upgrade " + e.getProperty("params")))
                                .setBody(constant("upgraded"));
                    }
                });
        // There are no rows here, so no task that is repeated.
        AdviceWith.adviceWith(
                context,
                "node-roll",
                route ->
                        route.weaveById("read-retried")
                                .replace()
                                .process(e -> e.getMessage().setBody(null)));
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    /** Stands for the batches, which are tested with their rows. */
    public static final class Steps implements Waiter {
        private long now;
        private final Set<String> before = new HashSet<>();
        private final List<String> done = new ArrayList<>();

        public boolean needs(Object target, String step) {
            return !before.contains(step);
        }

        public Object done(String text, Object target, String step) {
            done.add(step);
            return step + ": " + text;
        }

        public void waitAside(Object target, Duration time) {
            now += time.toNanos();
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void pause(Duration time) {
            now += time.toNanos();
        }
    }

    @Test
    void aNodeIsDrainedRebootedAwaitedAndPutBack() throws Exception {
        Target target = new Target("test", "node-1", Map.of());
        assertThat(roll(target).getMessage().getBody()).isEqualTo("rolled");
        assertThat(steps.done).containsExactly("drain", "step", "ready");
        assertThat(told).startsWith("begins").contains("step: rebooted", "ready: Ready again");
        assertThat(clusters.nodes("test", null).get(0).schedulable()).isTrue();
        assertThat(target.from.get("boot_id")).isEqualTo("boot-1");
        assertThat(target.to.get("boot_id")).isEqualTo("boot-2");
        assertThat(target.to.get("unschedulable")).isEqualTo(false);
    }

    @Test
    void aNodeThatWasCordonedBeforeStaysSo() throws Exception {
        clusters.run(new Target("test", "node-2", Map.of()), "cordon");
        assertThat(roll(new Target("test", "node-2", Map.of())).getMessage().getBody())
                .isEqualTo("rolled; stays cordoned, as it was before");
        assertThat(clusters.nodes("test", null).get(1).schedulable()).isFalse();
    }

    @Test
    void whoTakesOverRepeatsNoStepThatIsRecorded() throws Exception {
        Target target = new Target("real", "n1", Map.of("step", "upgrade"));
        target.from.put("unschedulable", false);
        target.from.put("boot_id", "boot-a");
        steps.before.addAll(Set.of("drain", "step"));
        when(real.state("n1")).thenReturn(new NodeState(true, true, "boot-b", null));
        when(real.run(eq("uncordon"), eq("n1"), any())).thenReturn(Done.already("uncordoned"));
        assertThat(roll(target).getMessage().getBody()).isEqualTo("rolled");
        assertThat(told).containsExactly("goes on", "ready: Ready again");
        verify(real, never()).planDrain(any(), any());
        verify(real, never()).run(eq("cordon"), any(), any());
    }

    @Test
    void theStepIsARouteWithOptionsOfItsOwn() throws Exception {
        drains();
        when(real.state("n1"))
                .thenReturn(BEFORE, BEFORE)
                .thenReturn(new NodeState(true, true, "boot-b", "2026-11-23T10:00:00Z"));
        Map<String, Object> params =
                Map.of("step", "upgrade", "step_options", Map.of("version", "1.37"));
        assertThat(roll(new Target("real", "n1", params)).getMessage().getBody())
                .isEqualTo("rolled");
        assertThat(told).contains("upgrade {version=1.37}", "step: upgraded");
    }

    @Test
    void aNodeThatDoesNotComeBackStaysOutOfService() throws Exception {
        drains();
        when(real.state("n1")).thenReturn(BEFORE);
        Map<String, Object> params = Map.of("step", "upgrade", "ready_timeout_seconds", 1);
        assertThat(roll(new Target("real", "n1", params)).getException())
                .hasMessage("not Ready again within 1 s: nothing shows that it has started anew");
        verify(real, never()).run(eq("uncordon"), any(), any());
    }

    @Test
    void aDryRunPlansAndDoesNoStep() throws Exception {
        Target target = new Target("test", "node-3", Map.of("dry_run", true));
        assertThat(roll(target).getMessage().getBody())
                .isEqualTo("would evict 3 pods, then reboot, wait until Ready, uncordon");
        assertThat(clusters.nodes("test", null).get(2).schedulable()).isTrue();
        assertThat(target.from).isEmpty();
    }

    @Test
    void aStepThatHasNoRouteIsRefusedWhereTheClusterIsReal() {
        Operations operations = new Operations(context, clusters);
        assertThatThrownBy(() -> operations.requireStep("roll", "real", Map.of()))
                .isInstanceOf(ProblemException.class)
                .hasMessage("step: there is no operation 'reboot' of one's own; allowed: upgrade");
        operations.requireStep("roll", "real", Map.of("step", "upgrade"));
        assertThatCode(() -> operations.requireStep("roll", "test", Map.of()))
                .doesNotThrowAnyException();
    }

    private void drains() throws InterruptedException {
        Drain drain = mock(Drain.class);
        when(drain.result()).thenReturn("evicted 2 pods");
        when(real.planDrain(eq("n1"), any())).thenReturn(drain);
        when(real.run(eq("cordon"), eq("n1"), any()))
                .thenReturn(
                        new Done(
                                "cordoned", Map.of("unschedulable", new Done.Change(false, true))));
        when(real.run(eq("uncordon"), eq("n1"), any())).thenReturn(Done.already("uncordoned"));
    }

    private Exchange roll(Target target) {
        return context.createProducerTemplate()
                .send("direct:node-roll", exchange -> exchange.setProperty("target", target));
    }

    /** Keeps what was there before the first change, and after the last. */
    private static final class Target implements NodeTarget {
        private final String cluster;
        private final String node;
        private final Map<String, Object> params;
        private final Map<String, Object> from = new HashMap<>();
        private final Map<String, Object> to = new HashMap<>();

        private Target(String cluster, String node, Map<String, Object> params) {
            this.cluster = cluster;
            this.node = node;
            this.params = params;
        }

        @Override
        public String clusterName() {
            return cluster;
        }

        @Override
        public String node() {
            return node;
        }

        @Override
        public Map<String, Object> params() {
            return params;
        }

        @Override
        public Object before(String field) {
            return from.get(field);
        }

        @Override
        public void changed(Map<String, Done.Change> changes) {
            changes.forEach(
                    (field, change) -> {
                        from.putIfAbsent(field, change.from());
                        to.put(field, change.to());
                    });
        }
    }
}
