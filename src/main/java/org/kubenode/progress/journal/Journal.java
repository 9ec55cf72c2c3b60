package org.kubenode.progress.journal;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.store.Rows;
import org.kubenode.progress.store.SqlFailure;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.NotificationTrace;
import org.kubenode.progress.wire.WireCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: while one write is in flight, the results that arrive wait together and go out in
 * the next. No delay when idle, many rows a commit under load. The statement itself is a step of
 * the route {@code write-progress}; this only gathers what it writes and understands its outcome.
 *
 * <p>Use: {@link #add}, then, where it says so, {@link #tryWrite} and, until {@link #next} gives
 * null, statement → {@link #written} or {@link #failed}. Thread-safe; between {@code tryWrite} and
 * that null one thread is the writer.
 */
public final class Journal {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private final JournalSettings settings;
    private final WireCodec codec;
    private final Database database;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final NotificationTrace trace;
    private final WriteJson json = new WriteJson();
    private final Lanes lanes;
    private final Outcomes outcomes;

    private List<Lane> group = List.of();
    private boolean writing;
    private boolean held;
    private int turn;
    private long sentAt;
    private final JournalFigures figures = new JournalFigures();

    /** The monotonic clock is that of the leases, in ns. */
    public Journal(
            JournalSettings settings,
            WireCodec codec,
            Database database,
            HeldTasks heldTasks,
            Clock clock,
            LongSupplier nanoTime,
            NotificationTrace trace) {
        this.settings = settings;
        this.codec = codec;
        this.database = database;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.trace = trace;
        this.lanes = new Lanes(settings, nanoTime);
        this.outcomes = new Outcomes(settings, lanes, heldTasks, figures, clock, nanoTime);
        this.held = !database.up();
    }

    /** Somebody is writing, or the task had ended already. */
    public static final String WAIT = "wait";

    /** Nobody is writing, so whoever added the result does. */
    public static final String WRITE = "write";

    /** The database is down: what waits is shown to this replica's sockets. */
    public static final String SHOW = "show";

    /**
     * Counts a result, gives it its seq, and lets it wait for the next write. Never blocks: {@link
     * #hasRoom} before an operation keeps memory bounded.
     *
     * @return what is to be done next: {@link #WAIT}, {@link #WRITE} or {@link #SHOW}. Texts, since
     *     Camel takes some 30 µs to compare an enum with one (StepBench)
     */
    public String add(Result result) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        TaskRun run = result.run();
        boolean settleAtOnce;
        String next = WAIT;
        synchronized (this) {
            Frame frame = run.tally().next(result, now);
            settleAtOnce = frame == null || held;
            if (frame != null) {
                Lane.Entry entry = new Lane.Entry(result, frame);
                lanes.add(run.lane(), entry);
                if (held) {
                    entry.settle();
                    outcomes.provisional.add(Notification.notYetDurable(List.of(frame)));
                    next = SHOW;
                } else if (!writing) {
                    next = WRITE;
                }
            }
        }
        if (settleAtOnce && result instanceof NodeResult node && node.last()) {
            run.listener().settled(node, false);
        }
        return next;
    }

    /** Whether another result finds a place. */
    public synchronized boolean hasRoom() {
        return lanes.rows() < settings.capacity();
    }

    /** Makes the caller the writer; false when somebody is, or there is nothing to write now. */
    public synchronized boolean tryWrite() {
        if (!waiting()) {
            return false;
        }
        writing = true;
        turn = 0;
        return true;
    }

    /** Whether there is something to write and nobody does: another thread should be woken. */
    public synchronized boolean waiting() {
        return !writing && !held && lanes.anyReady();
    }

    /**
     * Gathers the next group.
     *
     * @return the parameters of {@code write-progress}; null ends the caller's time as the writer:
     *     nothing is left that can be written now, or it wrote long enough for others
     */
    public Map<String, Object> next() {
        synchronized (this) {
            if (turn++ >= settings.turns() || held || !gather()) {
                writing = false;
                return null;
            }
        }
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("tasks", json.write(group, lane -> lane.notified ? payload(lane) : null));
        parameters.put("lease_ms", settings.lease().toMillis());
        figures.statements.increment();
        sentAt = nanoTime.getAsLong();
        return parameters;
    }

    private boolean gather() {
        group = lanes.gather();
        boolean loud = outcomes.takesNotifications();
        group.forEach(lane -> lane.notified = loud && !lane.silent);
        return !group.isEmpty();
    }

    private String payload(Lane lane) {
        return codec.encode(trace.sent(lane.notification()));
    }

    /**
     * The statement was answered.
     *
     * @param rows one for every task: task_id, epoch, last_seq, written, cancel_requested_at
     * @return what a transport has to send now, in order; empty where the statement notified
     */
    public List<Committed> written(List<Map<String, Object>> rows) {
        Map<String, Outcome> byTask = new HashMap<>();
        rows.forEach(row -> byTask.put(Rows.text(row, "task_id"), Outcome.of(row)));
        database.seen();
        List<Committed> committed = new ArrayList<>();
        change(
                news -> {
                    for (Lane lane : group) {
                        lane.writing = false;
                        TaskRun run = lane.run;
                        Outcome outcome = byTask.getOrDefault(run.taskId(), Outcome.NONE);
                        String lost = outcome.whyLost(lane);
                        if (lost != null) {
                            outcomes.drop(lane, lost, news);
                            continue;
                        }
                        if (settings.notifyAfterCommit()) {
                            committed.add(new Committed(run.userId(), run.taskId(), payload(lane)));
                        }
                        outcomes.commit(lane, outcome.cancelRequestedAt(), sentAt, news);
                    }
                    group = List.of();
                });
        return committed;
    }

    /** The statement failed: what was sent will be repeated as it is, or judged task by task. */
    public void failed(Throwable thrown) {
        String why = SqlFailure.reason(thrown);
        boolean down = database.failed(thrown);
        figures.failures.increment();
        change(
                news -> {
                    SqlFailure failure = outcomes.ofGroup(group, SqlFailure.of(thrown), why);
                    for (Lane lane : group) {
                        lane.writing = false;
                        outcomes.judge(lane, group.size() == 1, failure, why, news);
                    }
                    if (held) {
                        // It went away while these were under way: later results were shown.
                        group.forEach(lane -> outcomes.show(lane, news));
                    } else if (down) {
                        hold(news);
                    }
                    group = List.of();
                });
    }

    /** The writer failed beside its statement: what it had in hand waits, and others may write. */
    public void giveUp(Throwable why) {
        LOG.error("Writing the progress of tasks broke off, will be repeated", why);
        figures.failures.increment();
        synchronized (this) {
            group.forEach(lane -> lane.writing = false);
            group.stream().filter(lane -> !lane.run.lost()).forEach(lanes::again);
            group = List.of();
            writing = false;
        }
    }

    /** Writes nothing until {@link #resume}; what waits is shown to this replica's sockets. */
    public void hold() {
        change(this::hold);
    }

    private void hold(List<Runnable> news) {
        if (!held) {
            held = true;
            lanes.forEach(lane -> outcomes.show(lane, news));
        }
    }

    /** Leases are renewed and new tasks stored: the journal may be written, in order. */
    public synchronized void resume() {
        held = false;
        lanes.forEach(lane -> lane.notBefore = 0);
    }

    /** Whether the database is down for the journal. */
    public synchronized boolean held() {
        return held;
    }

    /** Whether something waits for {@link #takeProvisional}. */
    public synchronized boolean hasProvisional() {
        return !outcomes.provisional.isEmpty();
    }

    /** What is not durable yet and was not shown to this replica's sockets, in order. */
    public synchronized List<Notification> takeProvisional() {
        List<Notification> taken = List.copyOf(outcomes.provisional);
        outcomes.provisional.clear();
        return taken;
    }

    /** These are not this replica's any more, or their rows are refused: nothing more of them. */
    public void lose(List<TaskRun> runs, String why) {
        change(
                news -> {
                    for (TaskRun run : runs) {
                        // One that is being written learns it from the outcome.
                        if (!run.lane().writing && !run.lost()) {
                            outcomes.drop(run.lane(), why, news);
                        }
                    }
                });
    }

    /** Rows that are not known to be committed. */
    public synchronized int backlog() {
        return lanes.rows();
    }

    /** What it has done so far. */
    public JournalFigures figures() {
        return figures;
    }

    /** Changes something under the lock, and tells of it after. */
    private void change(Consumer<List<Runnable>> change) {
        List<Runnable> news = new ArrayList<>();
        synchronized (this) {
            change.accept(news);
        }
        Outcomes.tell(news);
    }
}
