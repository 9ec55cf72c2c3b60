package org.kubenode.progress.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * What more replicas and more users cost a message. Sockets by the thousand: docs/benchmarks.md.
 */
@Tag("bench")
class ScaleBenchTest {

    private static final int BATCHES = 30;
    private static final long INTERVAL = 5_000_000;
    private static final Results RESULTS = new Results("scale");
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    @AfterAll
    static void write() throws IOException {
        RESULTS.write(System.out);
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void replicas() throws Exception {
        for (int replicas : new int[] {1, 2, 4, 8}) {
            try (Rig rig = Rig.start(replicas, Servers.database().options());
                    FrameReader reader = rig.reader()) {
                rig.warmUp(reader);
                measure(replicas + " replicas: ", rig, List.of(reader), List.of(Rig.TOKEN));
            }
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "bench", matches = "full")
    void users() throws Exception {
        try (Rig rig = Rig.start(2, Servers.database().options())) {
            try (FrameReader reader = rig.reader()) {
                rig.warmUp(reader);
            }
            List<FrameReader> readers = new ArrayList<>();
            List<String> tokens = new ArrayList<>();
            for (int users : new int[] {1, 10, 100, 1_000}) {
                while (readers.size() < users) {
                    tokens.add(Tokens.user(100 + tokens.size()));
                    readers.add(rig.reader(rig.first(), tokens.get(tokens.size() - 1)));
                }
                measure(users + " users: ", rig, readers, tokens);
            }
            for (FrameReader reader : readers) {
                reader.close();
            }
        }
    }

    /** Batches of 100 nodes of 5 ms, one after the other, each of the next user. */
    private static void measure(
            String what, Rig rig, List<FrameReader> readers, List<String> tokens)
            throws IOException {
        Histogram nanos = new Histogram(3);
        long cpu = SYSTEM.getProcessCpuTime();
        for (int i = 0; i < BATCHES; i++) {
            int user = i * readers.size() / BATCHES;
            rig.statements.clear();
            Rig.Batch batch = rig.run(readers.get(user), tokens.get(user), "five", 100, 10);
            Map<Long, Long> sent = rig.statements.sent(batch.taskId());
            for (int seq = 1; seq < batch.frames().length; seq++) {
                nanos.recordValue(Math.max(0, batch.frames()[seq] - sent.get((long) seq)));
            }
        }
        RESULTS.figure(
                what + "processor of all replicas and clients a node",
                (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / BATCHES / 100,
                "µs",
                "");
        RESULTS.latency(what + "each message", nanos, INTERVAL);
    }
}
