package org.kubenode.progress.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.AdviceWith;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.StoreFixture;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.WireCodec;

class RecordProgressTest {

    @TempDir Path folder;

    private StoreFixture store(String kind) {
        return switch (kind) {
            case "postgres" -> StoreFixture.onPostgres().migrated();
            case "sqlite" -> StoreFixture.onSqlite(folder.resolve("rows.db")).migrated();
            default -> StoreFixture.inMemory().migrated();
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite", "memory"})
    void writesRowsAndCountsAndHandsOnWhatWasCommitted(String kind) {
        try (Routes routes = new Routes(store(kind), "redis")) {
            TaskRun run = routes.start("t-1", "1", 3);
            routes.record(NodeResult.succeeded(run, "node-1", null));
            routes.record(NodeResult.interim(run, "node-2", "evicting 3 pods"));
            routes.record(NodeResult.failed(run, "node-2", "no such node"));
            routes.record(NodeResult.succeeded(run, "node-3", "already cordoned"));
            routes.record(TaskEnd.completed(run));

            Map<String, Object> find = new HashMap<>();
            find.put("task_id", "t-1");
            find.put("user_id", null);
            Map<String, Object> task = routes.sql("find-task", 2, find).get(0);
            assertThat(Rows.text(task, "status")).isEqualTo("completed");
            assertThat(Rows.number(task, "last_seq")).isEqualTo(5);
            assertThat(Rows.number(task, "current")).isEqualTo(3);
            assertThat(Rows.number(task, "success_count")).isEqualTo(2);
            assertThat(Rows.number(task, "failed_count")).isEqualTo(1);
            assertThat(Rows.text(task, "message")).isEqualTo("Completed: 2 succeeded, 1 failed");
            assertThat(task.get("lease_until")).isNull();
            assertThat(Rows.instant(task, "completed_at")).isNotNull();

            await().until(() -> routes.notified.size() == 5);
            WireCodec codec = new WireCodec();
            List<Frame> sent =
                    routes.notified.stream().map(p -> codec.decode(p).messages().get(0)).toList();
            List<Frame> stored =
                    routes
                            .sql(
                                    "read-messages",
                                    3,
                                    Map.of("task_id", "t-1", "since", 0, "limit", 100))
                            .stream()
                            .map(Rows::frame)
                            .toList();
            assertThat(stored).isEqualTo(sent);
            assertThat(stored)
                    .extracting(Frame::message)
                    .containsExactly(
                            "Processed node-1 (1/3)",
                            "node-2: evicting 3 pods",
                            "Failed node-2 (2/3): no such node",
                            "Processed node-3 (3/3): already cordoned",
                            "Completed: 2 succeeded, 1 failed");
            assertThat(stored.get(4).type()).isEqualTo(FrameType.COMPLETE);
            assertThat(routes.journal.backlog()).isZero();
        }
    }

    /**
     * Neither a statement that fails nor what judges it leaves the journal with a writer for ever.
     */
    @Test
    void aWriterThatBreaksOffLeavesItsRowsToTheNext() throws Exception {
        try (Routes routes = new Routes(store("memory"), "redis")) {
            TaskRun run = routes.start("t-1", "1", 2);
            AtomicInteger errors = new AtomicInteger(4);
            for (String step : List.of("next-group", "repeat-or-judge")) {
                AdviceWith.adviceWith(
                        routes.camel,
                        "write-group",
                        route -> route.weaveById(step).before().process(e -> fail(errors)));
            }
            routes.record(NodeResult.succeeded(run, "node-1", null));
            routes.record(NodeResult.succeeded(run, "node-2", null));
            routes.record(TaskEnd.completed(run));

            await().until(() -> routes.journal.figures().committedRows() == 3);
            assertThat(errors).hasNonPositiveValue();
            assertThat(routes.journal.backlog()).isZero();
        }
    }

    private static void fail(AtomicInteger errors) {
        if (errors.getAndDecrement() > 0) {
            throw new LinkageError("as if a class were missing");
        }
    }
}
