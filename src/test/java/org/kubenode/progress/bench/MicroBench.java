package org.kubenode.progress.bench;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.kubenode.progress.deliver.Delivery;
import org.kubenode.progress.deliver.DeliveryListener;
import org.kubenode.progress.deliver.Feed;
import org.kubenode.progress.deliver.Reads;
import org.kubenode.progress.deliver.Step;
import org.kubenode.progress.deliver.Subscriber;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.journal.JournalSettings;
import org.kubenode.progress.journal.LeaseClock;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.NotificationTrace;
import org.kubenode.progress.wire.WireCodec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** What is done for each message, without threads, routes and servers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MicroBench {

    private static final Duration LEASE = Duration.ofHours(1);

    private final WireCodec codec = new WireCodec();
    private final Notification one = Notification.of(List.of(frame(1)));
    private final Notification ten = Notification.of(frames(10));
    private final String oneText = codec.encode(one);
    private final String tenText = codec.encode(ten);

    private final Delivery delivery = new Delivery(codec, new Unheard(), new Reads(4));
    private long seq;

    private final Journal journal =
            new Journal(
                    new JournalSettings(1_000, 1_000, 1 << 20, 1_000, LEASE, true, false),
                    codec,
                    database(),
                    new HeldTasks(LEASE, System::nanoTime),
                    Clock.systemUTC(),
                    System::nanoTime,
                    NotificationTrace.NONE);
    private final TaskRun run =
            new TaskRun(
                    "task",
                    "1",
                    "cordon",
                    "test",
                    1,
                    Integer.MAX_VALUE,
                    0,
                    0,
                    0,
                    Map.of(),
                    new LeaseClock(LEASE, System::nanoTime, System.nanoTime()),
                    true);
    private final NodeResult result = NodeResult.succeeded(run, "node-4711", null);
    private long written;

    public MicroBench() {
        Subscriber subscriber = new Subscriber(new Object(), "1", false);
        delivery.open(subscriber);
        delivery.listed(subscriber, Map.of(), Instant.now());
    }

    private static Database database() {
        Database database = new Database(true, System::nanoTime);
        database.recovered();
        return database;
    }

    private static List<Frame> frames(int count) {
        List<Frame> frames = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            frames.add(frame(i));
        }
        return frames;
    }

    private static Frame frame(long seq) {
        return new Frame(
                "0192f1c0-7d3e-7bbb-8888-0123456789ab",
                "1",
                FrameType.PROGRESS,
                "cordon",
                "test",
                1,
                seq,
                (int) seq,
                5_000,
                "node-" + seq,
                "succeeded",
                null,
                (int) seq,
                0,
                "Processed node-" + seq,
                null,
                Instant.parse("2026-11-23T10:15:30.123Z"));
    }

    /** Whose is it: all that a replica without a socket of the user does. */
    @Benchmark
    public String peekUser() throws Exception {
        return codec.peekUser(oneText);
    }

    @Benchmark
    public Notification decodeOne() throws Exception {
        return codec.decode(oneText);
    }

    @Benchmark
    public Notification decodeTen() throws Exception {
        return codec.decode(tenText);
    }

    @Benchmark
    public String encodeFrame() {
        return codec.encode(one.messages().get(0));
    }

    @Benchmark
    public String encodeTen() {
        return codec.encode(ten);
    }

    /** The next message in order, checked and given to one socket, encoding included. */
    @Benchmark
    public void orderAndGapCheck(Blackhole hole) {
        List<Frame> next = List.of(frame(++seq));
        // The first one needs no row to know whose it is.
        Notification notification =
                seq == 1 ? Notification.notYetDurable(next) : Notification.of(next);
        Feed feed = delivery.arrived(notification, "bench");
        for (Step step = feed.next(); step != null; step = feed.next()) {
            hole.consume(step);
        }
    }

    /** A result counted, numbered, formed and gathered, and its outcome read: one row a write. */
    @Benchmark
    public void journalOne(Blackhole hole) {
        journalOf(1, hole);
    }

    /** The same with ten rows a write; divide by ten. */
    @Benchmark
    public void journalTen(Blackhole hole) {
        journalOf(10, hole);
    }

    private void journalOf(int rows, Blackhole hole) {
        for (int i = 0; i < rows; i++) {
            journal.add(result);
        }
        if (!journal.tryWrite()) {
            throw new IllegalStateException("Somebody else writes");
        }
        Map<String, Object> group = journal.next();
        while (group != null) {
            hole.consume(group);
            written += rows;
            hole.consume(
                    journal.written(
                            List.of(
                                    Map.of(
                                            "task_id",
                                            "task",
                                            "epoch",
                                            1L,
                                            "last_seq",
                                            written,
                                            "written",
                                            true))));
            group = journal.next();
        }
    }

    private static final class Unheard implements DeliveryListener {
        @Override
        public void delivered(Frame frame, String path) {
            // Nobody counts here.
        }

        @Override
        public void duplicatesDropped(int messages) {
            throw new IllegalStateException("Nothing comes twice here");
        }

        @Override
        public void gapFilled() {
            throw new IllegalStateException("No gap here");
        }
    }
}
