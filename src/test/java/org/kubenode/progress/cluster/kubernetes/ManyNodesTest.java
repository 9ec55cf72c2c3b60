package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.cluster.NodeOperationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Five hundred nodes of an API server that says 429 or 500 now and then, or nothing at all. */
class ManyNodesTest {

    private static final Logger LOG = LoggerFactory.getLogger(ManyNodesTest.class);
    private static final int NODES = 500;
    private static final int TIMEOUT_MS = 500;
    private static final int RETRIES = 3;

    @TempDir Path dir;

    @Test
    @Timeout(60)
    void allFinishWithTheRightErrorsWithinBounds() throws Exception {
        Map<String, String> outcomes = new ConcurrentHashMap<>();
        long start = System.nanoTime();
        try (MoodyApiServer server = new MoodyApiServer(ManyNodesTest::mood);
                KubernetesCluster cluster =
                        KubernetesCluster.open(
                                Kubeconfigs.entry(dir, server.url(), TIMEOUT_MS, RETRIES))) {
            ExecutorService threads = Executors.newCachedThreadPool();
            for (int i = 0; i < NODES; i++) {
                String node = "node-" + i;
                while (!cluster.limiter().tryAcquire()) {
                    LockSupport.parkNanos(100_000);
                }
                threads.execute(
                        () -> {
                            try {
                                outcomes.put(node, cluster.run("cordon", node, Map.of()).text());
                            } catch (NodeOperationException e) {
                                outcomes.put(node, e.getMessage());
                            } catch (InterruptedException e) {
                                outcomes.put(node, "interrupted");
                            } finally {
                                cluster.limiter().release();
                            }
                        });
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);

            assertThat(outcomes).hasSize(NODES);
            Map<Integer, Integer> requests = new TreeMap<>();
            outcomes.forEach(
                    (node, outcome) -> {
                        requests.merge(server.requestsFor(node), 1, Integer::sum);
                        assertThat(outcome).as(node).isEqualTo(expected(number(node)));
                        assertThat(server.requestsFor(node))
                                .as(node)
                                .isLessThanOrEqualTo(RETRIES + 1);
                    });
            assertThat(server.mostInFlight()).isLessThanOrEqualTo(50);
            assertThat(cluster.limiter().inUse()).isZero();
            LOG.info(
                    "{} nodes in {} ms, {} requests, at most {} at once, nodes by requests {},"
                            + " limit at the end {}",
                    NODES,
                    ms,
                    server.allRequests(),
                    server.mostInFlight(),
                    requests,
                    cluster.limiter().limit());
        }
    }

    /** One in ten is 429 once, one in ten 500 once, one in 25 silent once, four are hopeless. */
    private static int mood(String node, int request) {
        int number = number(node);
        if (number % 250 == 7) {
            return MoodyApiServer.NEVER;
        }
        if (number % 250 == 8) {
            return 500;
        }
        if (request > 1) {
            return 200;
        }
        if (number % 25 == 3) {
            return MoodyApiServer.NEVER;
        }
        return switch (number % 10) {
            case 0 -> 429;
            case 1 -> 500;
            default -> 200;
        };
    }

    private static String expected(int number) {
        return switch (number % 250) {
            case 7 -> "the API server does not answer: nothing within 500 ms (after 4 tries)";
            case 8 -> "moody (after 4 tries)";
            default -> "cordoned";
        };
    }

    private static int number(String node) {
        return Integer.parseInt(node.substring("node-".length()));
    }
}
