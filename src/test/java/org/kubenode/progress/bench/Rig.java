package org.kubenode.progress.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Tokens;

/**
 * Replicas in this JVM, so that one clock times both ends, with a cluster {@code test} that answers
 * at once and a cluster {@code five} that takes 5 ms an operation.
 */
final class Rig implements AutoCloseable {

    static final boolean FULL = "full".equals(System.getProperty("bench"));
    static final String TOKEN = Tokens.user(1);

    private static final Duration WARM_UP = Duration.ofSeconds(FULL ? 40 : 4);

    /** For replicas whose classes earlier ones of this JVM had compiled. */
    private static final Duration WARM_UP_AGAIN = WARM_UP.dividedBy(8);

    private static boolean warmedUp;

    private static final ObjectMapper JSON = new ObjectMapper();

    final List<ReplicaContext> replicas = new ArrayList<>();
    final Statements statements;

    private Rig(int count, List<String> options, String state) {
        List<String> all = new ArrayList<>(options);
        all.addAll(
                List.of(
                        "--clusters[1].name=five",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=5000",
                        "--clusters[1].latency_ms=5"));
        for (int i = 1; i <= count; i++) {
            replicas.add(ReplicaContext.start("bench-" + i, all));
        }
        for (ReplicaContext replica : replicas) {
            await().atMost(Duration.ofSeconds(60)).until(() -> replica.state().equals(state));
        }
        statements = Statements.of(replicas.stream().map(ReplicaContext::camel).toList());
    }

    static Rig start(int count, List<String> options) {
        return new Rig(count, options, "REALTIME");
    }

    static Rig polling(int count, List<String> options) {
        return new Rig(count, options, "POLLING");
    }

    /** Holds the socket. */
    ReplicaContext first() {
        return replicas.get(0);
    }

    /** Takes the requests; not the one with the socket, where there is another. */
    ReplicaContext last() {
        return replicas.get(replicas.size() - 1);
    }

    FrameReader reader() throws IOException {
        return reader(first(), TOKEN);
    }

    FrameReader reader(ReplicaContext replica, String token) throws IOException {
        FrameReader reader =
                new FrameReader(replica.port(), "/api/v1/progress/ws?conflate=0", token);
        await().pollInterval(Duration.ofMillis(5)).until(() -> reader.count() > 0);
        return reader;
    }

    /**
     * A batch that was run.
     *
     * @param posted just before its request
     * @param accepted just after the answer
     * @param frames when the frame of each seq was received; of 0 there is none
     */
    record Batch(String taskId, long posted, long accepted, long[] frames) {}

    /** Runs a batch on the last replica; the reader gets every seq once, in order. */
    Batch run(FrameReader reader, String cluster, int nodes, int concurrency) throws IOException {
        return run(reader, TOKEN, cluster, nodes, concurrency);
    }

    Batch run(FrameReader reader, String token, String cluster, int nodes, int concurrency)
            throws IOException {
        reader.take();
        long had = reader.count();
        ObjectNode body =
                ApiClient.batch(cluster, ApiClient.nodes(nodes)).put("concurrency", concurrency);
        long posted = System.nanoTime();
        String taskId = last().api(token).start("cordon", body);
        long accepted = System.nanoTime();
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(60))
                .until(() -> reader.count() >= had + nodes + 1);
        long[] frames = new long[nodes + 2];
        long seq = 0;
        for (FrameReader.Arrival arrival : reader.take()) {
            JsonNode frame = JSON.readTree(arrival.text());
            assertThat(frame.path("task_id").asText()).isEqualTo(taskId);
            assertThat(frame.path("seq").asLong()).isEqualTo(++seq);
            frames[(int) seq] = arrival.nanos();
        }
        assertThat(seq).isEqualTo(nodes + 1);
        reader.send(
                "{\"type\":\"ack\",\"task_id\":\"%s\",\"seq\":%d}".formatted(taskId, nodes + 1));
        return new Batch(taskId, posted, accepted, frames);
    }

    /** Until the compiler has hardly anything left to do: a replica in use is a compiled one. */
    void warmUp(FrameReader reader) throws IOException {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        long end = System.nanoTime() + (warmedUp ? WARM_UP_AGAIN : WARM_UP).toNanos();
        warmedUp = true;
        double share = 1;
        while (share > 0.1 && System.nanoTime() < end) {
            long compiled = compiler.getTotalCompilationTime();
            long from = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                run(reader, i % 2 == 0 ? "test" : "five", 100, 10);
            }
            share =
                    (compiler.getTotalCompilationTime() - compiled)
                            * 1e6
                            / (System.nanoTime() - from);
        }
        statements.clear();
        System.gc();
    }

    @Override
    public void close() {
        replicas.forEach(ReplicaContext::close);
    }
}
