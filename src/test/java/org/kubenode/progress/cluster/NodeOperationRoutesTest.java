package org.kubenode.progress.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The route file as packaged, over a simulated cluster. */
class NodeOperationRoutesTest {

    private final List<String> interim = new CopyOnWriteArrayList<>();
    private final List<NodePlan> plans = new CopyOnWriteArrayList<>();
    private final Waits waits = new Waits();
    private final Cluster other = mock(Cluster.class);
    private CamelContext context;
    private Clusters clusters;

    @BeforeEach
    void start() throws Exception {
        when(other.name()).thenReturn("other");
        clusters = new Clusters(List.of(new SimulatedCluster(entry()), other));
        context = new DefaultCamelContext();
        context.getRegistry().bind("clusters", clusters);
        context.getRegistry().bind("batches", waits);
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(
                        PluginHelper.getResourceLoader(context)
                                .resolveResource("file:routes/21-node-operations.camel.yaml"));
        context.addRoutes(
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:record-interim")
                                .process(e -> interim.add(e.getMessage().getBody(String.class)));
                        from("direct:record-plan")
                                .process(
                                        e -> plans.add(e.getProperty("drain", Drain.class).plan()));
                    }
                });
        context.start();
    }

    /** Stands for the batches, which are tested with their permits. */
    public static final class Waits {
        private final List<Duration> waited = new CopyOnWriteArrayList<>();

        public void waitAside(Object run, Duration time) {
            waited.add(time);
        }
    }

    private static ClusterProperties entry() {
        return new ClusterProperties(
                "test", 5, 0, List.of("node-3"), null, null, 1_000, 0, 10, Duration.ZERO);
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void cordonsAndSaysWhenItWasDoneAlready() {
        assertThat(send("cordon", "node-1", Map.of()).getMessage().getBody()).isEqualTo("cordoned");
        assertThat(send("cordon", "node-1", Map.of()).getMessage().getBody())
                .isEqualTo("already cordoned");
        assertThat(clusters.nodes("test", null).get(0).schedulable()).isFalse();
        assertThat(send("uncordon", "node-1", Map.of()).getMessage().getBody())
                .isEqualTo("uncordoned");
    }

    @Test
    void aFailingNodeSaysWhyInTheException() {
        Exchange failed = send("cordon", "node-3", Map.of());
        assertThat(failed.getException())
                .isInstanceOf(NodeOperationException.class)
                .hasMessageContaining("context deadline exceeded");
        assertThat(send("drain", "node-3", Map.of()).getException())
                .isInstanceOf(NodeOperationException.class);
    }

    @Test
    void drainCordonsTellsItsProgressAndEndsWithAResult() {
        Exchange drained = send("drain", "node-2", Map.of("force", true, "reason", "kernel"));
        assertThat(drained.getException()).isNull();
        assertThat(drained.getMessage().getBody()).isEqualTo("evicted 3 pods");
        assertThat(interim)
                .containsExactly(
                        "evicted 1 of 3 pods", "evicted 2 of 3 pods", "evicted 3 of 3 pods");
        assertThat(clusters.nodes("test", null).get(1).schedulable()).isFalse();
        assertThat(send("drain", "node-2", Map.of()).getMessage().getBody())
                .isEqualTo("already drained");
    }

    @Test
    void aDrainThatHasNoNewsTellsNone() throws Exception {
        Drain drain = mock(Drain.class);
        when(drain.isRunning()).thenReturn(true, true, true, false);
        when(drain.advance()).thenReturn("evicted 1 of 2 pods", null, "evicted 2 of 2 pods");
        when(drain.pause()).thenReturn(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ZERO);
        when(drain.result()).thenReturn("evicted 2 pods");
        when(drain.plan()).thenReturn(new NodePlan(Map.of(), null));
        when(other.run("cordon", "node-1", Map.of())).thenReturn(Done.already("already cordoned"));
        when(other.planDrain("node-1", Map.of())).thenReturn(drain);
        assertThat(send("other", "drain", "node-1", Map.of()).getMessage().getBody())
                .isEqualTo("evicted 2 pods");
        assertThat(interim).containsExactly("evicted 1 of 2 pods", "evicted 2 of 2 pods");
        assertThat(waits.waited)
                .containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ZERO);
    }

    @Test
    void whatBecameOfTheNodeIsRecordedWhetherTheDrainSucceedsOrNot() throws Exception {
        send("drain", "node-4", Map.of());
        assertThat(plans).hasSize(2);
        assertThat(plans.get(0).pods().get("default/web-node-4").outcome()).isNull();
        assertThat(plans.get(1).pods().get("default/web-node-4").outcome())
                .isEqualTo(NodePlan.Outcome.EVICTED);

        Drain drain = mock(Drain.class);
        when(drain.isRunning()).thenReturn(true);
        when(drain.advance()).thenThrow(new NodeOperationException("timed out"));
        when(drain.plan()).thenReturn(new NodePlan(Map.of(), null));
        when(other.run("cordon", "node-1", Map.of())).thenReturn(Done.already("already cordoned"));
        when(other.planDrain("node-1", Map.of())).thenReturn(drain);
        assertThat(send("other", "drain", "node-1", Map.of()).getException())
                .hasMessage("timed out");
        assertThat(plans).hasSize(4);
    }

    @Test
    void nothingIsChangedByADryRun() {
        assertThat(send("cordon", "node-1", Map.of("dry_run", true)).getMessage().getBody())
                .isEqualTo("cordoned (dry run)");
        assertThat(send("drain", "node-1", Map.of("dry_run", true)).getMessage().getBody())
                .isEqualTo("would evict 3 pods");
        assertThat(clusters.nodes("test", null).get(0).schedulable()).isTrue();
    }

    @Test
    void labelsAndTaints() {
        send("label", "node-4", Map.of("labels", Map.of("pool", "blue")));
        send(
                "taint",
                "node-4",
                Map.of(
                        "taints",
                        List.of(
                                Map.of(
                                        "key",
                                        "dedicated",
                                        "value",
                                        "gpu",
                                        "effect",
                                        "NoExecute"))));
        assertThat(clusters.nodes("test", "pool in (blue, green),!gone"))
                .singleElement()
                .satisfies(
                        node -> {
                            assertThat(node.name()).isEqualTo("node-4");
                            assertThat(node.taints())
                                    .containsExactly(
                                            Map.of(
                                                    "key", "dedicated",
                                                    "value", "gpu",
                                                    "effect", "NoExecute"));
                        });
        send(
                "taint",
                "node-4",
                Map.of("taints", List.of(Map.of("key", "dedicated")), "remove", true));
        assertThat(clusters.nodes("test", "pool=blue").get(0).taints()).isEmpty();
    }

    @Test
    void anInterruptedBatchEndsTheOperation() throws Exception {
        Clusters slow =
                new Clusters(
                        List.of(
                                new SimulatedCluster(
                                        new ClusterProperties(
                                                "test",
                                                1,
                                                60_000,
                                                List.of(),
                                                null,
                                                null,
                                                1_000,
                                                0,
                                                10,
                                                Duration.ZERO))));
        List<Throwable> thrown = new CopyOnWriteArrayList<>();
        Thread batch =
                new Thread(
                        () -> {
                            try {
                                slow.run(new Target("test", "node-1", Map.of()), "cordon");
                            } catch (NodeOperationException e) {
                                thrown.add(e);
                            }
                        });
        batch.start();
        batch.interrupt();
        batch.join(5_000);
        assertThat(thrown)
                .singleElement()
                .extracting(Throwable::getCause)
                .isInstanceOf(InterruptedException.class);
    }

    private Exchange send(String operation, String node, Map<String, Object> params) {
        return send("test", operation, node, params);
    }

    private Exchange send(
            String cluster, String operation, String node, Map<String, Object> params) {
        return context.createProducerTemplate()
                .send(
                        "direct:node-" + operation,
                        exchange -> {
                            exchange.setProperty("target", new Target(cluster, node, params));
                        });
    }

    private record Target(String clusterName, String node, Map<String, Object> params)
            implements NodeTarget {
        @Override
        public void changed(Map<String, Done.Change> changes) {}

        @Override
        public Object before(String field) {
            return null;
        }
    }
}
