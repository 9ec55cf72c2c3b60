package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.NodeResults;
import org.kubenode.progress.wire.WireCodec;

/** What a read is answered with where the rows and this replica's own memory differ. */
class TaskReaderTest {

    private static final String TASK = "task-1";
    private static final Instant NOW = Instant.parse("2026-11-23T10:00:00.000Z");

    private final WireCodec codec = new WireCodec();
    private final Map<String, Object> memory = row(1, 7);
    private final List<String> sent = new ArrayList<>();
    private final List<Step.Read> reads = new ArrayList<>();
    private final Delivery delivery =
            new Delivery(
                    codec,
                    new DeliveryListener() {
                        @Override
                        public void delivered(Frame frame, String path) {}

                        @Override
                        public void duplicatesDropped(int messages) {}

                        @Override
                        public void gapFilled() {}
                    },
                    new Reads(4));
    private final TaskReader reader = new TaskReader(delivery, new Memory());

    private final class Memory implements LocalTasks {
        @Override
        public Frame state(String taskId) {
            return TaskReader.state(memory);
        }

        @Override
        public NodeResults results(String taskId) {
            return NodeResults.NONE;
        }

        @Override
        public Collection<String> running(String userId, boolean all) {
            return List.of(TASK);
        }
    }

    private static Map<String, Object> row(long epoch, long lastSeq) {
        Map<String, Object> row = new HashMap<>();
        row.put("task_id", TASK);
        row.put("user_id", "1");
        row.put("action", "cordon");
        row.put("cluster_name", "test");
        row.put("status", "running");
        row.put("epoch", epoch);
        row.put("last_seq", lastSeq);
        row.put("current", (int) lastSeq);
        row.put("total", 100);
        row.put("success_count", (int) lastSeq);
        row.put("failed_count", 0);
        row.put("created_at", NOW);
        row.put("updated_at", NOW);
        return row;
    }

    private void work(List<Feed> turns) {
        for (Feed feed : turns) {
            for (Step step = feed.next(); step != null; step = feed.next()) {
                if (step instanceof Step.Send send) {
                    send.messages().forEach(message -> sent.add(message.text()));
                } else {
                    reads.add((Step.Read) step);
                }
            }
        }
    }

    private Step.Read askForSnapshot() {
        Subscriber subscriber = new Subscriber("a", "1", false);
        delivery.open(subscriber);
        work(delivery.listed(subscriber, Map.of(TASK, -1L), NOW));
        return reads.remove(0);
    }

    @Test
    void aTaskThatIsStillToBeStoredIsShownFromMemoryAndNotCalledUnknown() {
        work(reader.answer(askForSnapshot(), null));

        assertThat(sent).singleElement().asString().contains("\"durable\":false", "\"seq\":7");
    }

    @Test
    void whatAnOwnerThatIsNoneAnyMoreRemembersIsNotShown() {
        Map<String, Object> task = row(2, 3);
        task.put("nodes", "[]");
        work(reader.answer(askForSnapshot(), task));
        sent.clear();

        assertThat(reader.local(askForSnapshotOfAnother())).isNull();
        assertThat(sent).isEmpty();
    }

    private Step.Read askForSnapshotOfAnother() {
        Subscriber subscriber = new Subscriber("b", "1", false);
        delivery.open(subscriber);
        work(delivery.rewind(TASK));
        return reads.remove(0);
    }
}
