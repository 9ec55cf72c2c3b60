package org.kubenode.progress.journal;

import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.store.StoreFixture;

/** What one write costs, from the result to the committed row, fsync on. */
@Tag("bench")
@Tag("full")
class StatementCostTest {

    @Test
    void measure() throws InterruptedException {
        try (Routes routes = new Routes(StoreFixture.onPostgres().migrated(), "postgres")) {
            TaskRun run = routes.start("task-1", "1", 1_000_000);
            Semaphore settled = new Semaphore(0);
            run.listener(
                    new RunListener() {
                        @Override
                        public void settled(NodeResult result, boolean durable) {
                            settled.release();
                        }
                    });
            for (int rows : new int[] {1, 1, 10, 24, 100}) {
                long[] nanos = new long[1_000];
                for (int i = -200; i < nanos.length; i++) {
                    long before = System.nanoTime();
                    for (int row = 1; row < rows; row++) {
                        routes.journal.add(NodeResult.succeeded(run, "node-" + row, null));
                    }
                    routes.record(NodeResult.succeeded(run, "node-0", null));
                    settled.acquire(rows);
                    if (i >= 0) {
                        nanos[i] = System.nanoTime() - before;
                    }
                }
                Arrays.sort(nanos);
                System.out.printf(
                        "FIGURES %d rows a write: p50 %.2f ms, p99 %.2f ms%n",
                        rows, nanos[500] / 1e6, nanos[990] / 1e6);
            }
        }
    }
}
