package org.kubenode.progress.journal;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
    private static final long FIRST_BACKOFF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LAST_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(2);

    /**
     * After the server's queue of notifications was found full: as long as between two probes of a
     * circuit that recovers, so that notifications are back before it trusts them.
     */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final JournalSettings settings;
    private final WireCodec codec;
    private final Database database;
    private final HeldTasks heldTasks;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final NotificationTrace trace;
    private final WriteJson json;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<Lane> ready = new ArrayDeque<>();
    private final ArrayDeque<Notification> provisional = new ArrayDeque<>();
    private List<Lane> group = List.of();
    private boolean writing;
    private boolean held;
    private int turn;
    private int rows;
    private long sentAt;
    private boolean queueFull;
    private long quietUntil;

    private final LongAdder statements = new LongAdder();
    private final LongAdder committedRows = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder notified = new LongAdder();
    private final LongAdder notNotified = new LongAdder();

    /**
     * @param nanoTime a monotonic clock in ns, the one of the leases
     */
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
        this.heldTasks = heldTasks;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.trace = trace;
        this.json = new WriteJson();
        this.held = !database.up();
    }

    // ---- results come in

    /** Somebody is writing, or the task had ended already. */
    public static final String WAIT = "wait";

    /** Nobody is writing, so whoever added the result does. */
    public static final String WRITE = "write";

    /** The database is down: what waits is shown to this replica's sockets. */
    public static final String SHOW = "show";

    /**
     * Counts a result, gives it its seq, and lets it wait for the next write. Never blocks: {@link
     * #awaitRoom} before an operation keeps memory bounded.
     *
     * @return what is to be done next: {@link #WAIT}, {@link #WRITE} or {@link #SHOW}. Texts, since
     *     Camel takes some 30 µs to compare an enum with one (StepBench)
     */
    public String add(Result result) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        TaskRun run = result.run();
        boolean settleAtOnce;
        String next = WAIT;
        lock.lock();
        try {
            Frame frame = run.next(result, now);
            settleAtOnce = frame == null || held;
            if (frame != null) {
                Lane.Entry entry = new Lane.Entry(result, frame);
                run.lane().waiting.add(entry);
                rows++;
                enqueue(run.lane());
                if (held) {
                    entry.settle();
                    provisional.add(Notification.notYetDurable(List.of(frame)));
                    next = SHOW;
                } else if (!writing) {
                    next = WRITE;
                }
            }
        } finally {
            lock.unlock();
        }
        if (settleAtOnce && result instanceof NodeResult node && node.last()) {
            run.listener().settled(node, false);
        }
        return next;
    }

    /** Whether another result finds a place. */
    public boolean hasRoom() {
        lock.lock();
        try {
            return rows < settings.capacity();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there is room.
     *
     * @param millis at most, in ms
     * @return whether there is
     */
    public boolean awaitRoom(long millis) throws InterruptedException {
        long left = TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lockInterruptibly();
        try {
            while (rows >= settings.capacity()) {
                if (left <= 0) {
                    return false;
                }
                left = room.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- the writer

    /** Makes the caller the writer; false when somebody is, or there is nothing to write now. */
    public boolean tryWrite() {
        lock.lock();
        try {
            if (writing || !hasReady()) {
                return false;
            }
            writing = true;
            turn = 0;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is something to write and nobody does: another thread should be woken. */
    public boolean waiting() {
        lock.lock();
        try {
            return !writing && hasReady();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gathers the next group.
     *
     * @return the parameters of {@code write-progress}; null ends the caller's time as the writer:
     *     nothing is left that can be written now, or it wrote long enough for others
     */
    public Map<String, Object> next() {
        lock.lock();
        try {
            if (turn++ >= settings.turns() || !gather()) {
                writing = false;
                return null;
            }
        } finally {
            lock.unlock();
        }
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("tasks", json.write(group, this::notificationOf));
        parameters.put("lease_ms", settings.lease().toMillis());
        statements.increment();
        sentAt = nanoTime.getAsLong();
        return parameters;
    }

    /**
     * The statement was answered.
     *
     * @param outcome a row for every task: task_id, epoch, last_seq, written, cancel_requested_at
     * @return what a transport has to send now, in order; empty where the statement notified
     */
    public List<Committed> written(List<Map<String, Object>> outcome) {
        Map<String, Map<String, Object>> byTask = new HashMap<>();
        for (Map<String, Object> row : outcome) {
            byTask.put(Rows.text(row, "task_id"), row);
        }
        database.seen();
        List<Committed> committed = new ArrayList<>();
        List<Runnable> news = new ArrayList<>();
        lock.lock();
        try {
            for (Lane lane : group) {
                lane.writing = false;
                Map<String, Object> row = byTask.getOrDefault(lane.run.taskId(), Map.of());
                String lost = whyLost(lane, row);
                if (lost != null) {
                    drop(lane, lost, news);
                    continue;
                }
                if (settings.notifyInStatement()) {
                    (lane.notified ? notified : notNotified).increment();
                    if (lane.notified) {
                        queueFull = false;
                        LOG.debug("Sent PostgreSQL notification to channel progress_update");
                    }
                }
                if (settings.notifyAfterCommit()) {
                    committed.add(
                            new Committed(
                                    lane.run.userId(),
                                    lane.run.taskId(),
                                    codec.encode(trace.sent(lane.notification()))));
                }
                commit(lane, Rows.instant(row, "cancel_requested_at"), news);
            }
            group = List.of();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        tell(news);
        return committed;
    }

    /** The statement failed: what was sent will be repeated as it is, or judged task by task. */
    public void failed(Throwable why) {
        SqlFailure failure = SqlFailure.of(why);
        boolean down = database.failed(why);
        failures.increment();
        List<Runnable> news = new ArrayList<>();
        lock.lock();
        try {
            failure = ofGroup(failure, SqlFailure.reason(why));
            for (Lane lane : group) {
                lane.writing = false;
                judge(lane, failure, SqlFailure.reason(why), news);
            }
            if (held) {
                // It went away while these were under way: later results were shown already.
                group.forEach(lane -> show(lane, news));
            } else if (down) {
                hold(news);
            }
            group = List.of();
        } finally {
            lock.unlock();
        }
        tell(news);
    }

    /** The writer failed beside its statement: what it had in hand waits, and others may write. */
    public void giveUp(Throwable why) {
        LOG.error("Writing the progress of tasks broke off, will be repeated", why);
        failures.increment();
        lock.lock();
        try {
            for (Lane lane : group) {
                lane.writing = false;
                if (!lane.run.lost()) {
                    backOff(lane);
                    enqueue(lane);
                }
            }
            group = List.of();
            writing = false;
        } finally {
            lock.unlock();
        }
    }

    // ---- the database away and back

    /** Writes nothing until {@link #resume}; what waits is shown to this replica's sockets. */
    public void hold() {
        List<Runnable> news = new ArrayList<>();
        lock.lock();
        try {
            hold(news);
        } finally {
            lock.unlock();
        }
        tell(news);
    }

    /** Leases are renewed and new tasks stored: the journal may be written, in order. */
    public void resume() {
        lock.lock();
        try {
            held = false;
            for (Lane lane : ready) {
                lane.notBefore = 0;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the database is down for the journal. */
    public boolean held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Whether something waits for {@link #takeProvisional}. */
    public boolean hasProvisional() {
        lock.lock();
        try {
            return !provisional.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** What is not durable yet and was not shown to this replica's sockets, in order. */
    public List<Notification> takeProvisional() {
        lock.lock();
        try {
            List<Notification> taken = List.copyOf(provisional);
            provisional.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** These are not this replica's any more, or their rows are refused: nothing more of them. */
    public void lose(List<TaskRun> runs, String why) {
        List<Runnable> news = new ArrayList<>();
        lock.lock();
        try {
            for (TaskRun run : runs) {
                // One that is being written learns it from the outcome.
                if (!run.lane().writing && !run.lost()) {
                    drop(run.lane(), why, news);
                }
            }
            room.signalAll();
        } finally {
            lock.unlock();
        }
        tell(news);
    }

    void lose(TaskRun run, String why) {
        lose(List.of(run), why);
    }

    // ---- figures

    /** Rows that are not known to be committed. */
    public int backlog() {
        lock.lock();
        try {
            return rows;
        } finally {
            lock.unlock();
        }
    }

    /** Statements sent so far. */
    public long statements() {
        return statements.sum();
    }

    /** Rows committed so far. */
    public long committedRows() {
        return committedRows.sum();
    }

    /** Statements that failed so far. */
    public long failures() {
        return failures.sum();
    }

    /** Notifications that went out with the statement itself, on PostgreSQL. */
    public long notified() {
        return notified.sum();
    }

    /** Notifications that PostgreSQL refused; their rows were committed without. */
    public long notNotified() {
        return notNotified.sum();
    }

    /** One that is told and fails keeps nothing from the others. */
    private static void tell(List<Runnable> news) {
        for (Runnable one : news) {
            try {
                one.run();
            } catch (RuntimeException | Error e) {
                LOG.error("What became of a task's results could not be told", e);
            }
        }
    }

    // ---- under the lock

    private void enqueue(Lane lane) {
        if (!lane.queued && !lane.writing) {
            lane.queued = true;
            ready.add(lane);
        }
    }

    private boolean hasReady() {
        if (held) {
            return false;
        }
        long now = nanoTime.getAsLong();
        for (Lane lane : ready) {
            if (isReady(lane, now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isReady(Lane lane, long now) {
        return lane.run.stored() && (lane.failures == 0 || now - lane.notBefore >= 0);
    }

    /** Freezes what goes into one statement, over several tasks, oldest first. */
    private boolean gather() {
        if (held) {
            return false;
        }
        long now = nanoTime.getAsLong();
        int rowsLeft = settings.maxRows();
        int bytesLeft = settings.maxBytes();
        List<Lane> taken = new ArrayList<>();
        for (Iterator<Lane> lanes = ready.iterator();
                lanes.hasNext() && rowsLeft > 0 && bytesLeft > 0; ) {
            Lane lane = lanes.next();
            if (!lane.hasWork()) {
                lane.queued = false;
                lanes.remove();
                continue;
            }
            boolean together = !lane.alone || taken.isEmpty();
            if (!isReady(lane, now) || !together) {
                continue;
            }
            lane.freeze(rowsLeft, bytesLeft);
            rowsLeft -= lane.sent.size();
            bytesLeft -= lane.bytes();
            lane.writing = true;
            lane.queued = false;
            lanes.remove();
            taken.add(lane);
            if (lane.alone) {
                break;
            }
        }
        boolean loud = settings.notifyInStatement() && (!queueFull || now - quietUntil >= 0);
        taken.forEach(lane -> lane.notified = loud && !lane.silent);
        group = taken;
        return !taken.isEmpty();
    }

    private String whyLost(Lane lane, Map<String, Object> row) {
        if (row.get("epoch") == null) {
            return "its row is gone";
        }
        long epoch = Rows.number(row, "epoch");
        if (epoch != lane.run.epoch()) {
            return "another replica owns it, epoch " + epoch;
        }
        long lastSeq = Rows.number(row, "last_seq");
        if (!Rows.truth(row, "written") && lastSeq < lane.last().frame().seq()) {
            return "its rows end at seq " + lastSeq + ", before what was committed";
        }
        return null;
    }

    private void commit(Lane lane, Instant cancelRequestedAt, List<Runnable> news) {
        TaskRun run = lane.run;
        RunListener listener = run.listener();
        run.lease().renewed(sentAt);
        committedRows.add(lane.sent.size());
        rows -= lane.sent.size();
        for (Lane.Entry entry : lane.sent) {
            if (entry.settle() && entry.result() instanceof NodeResult node && node.last()) {
                news.add(() -> listener.settled(node, true));
            }
        }
        Frame last = lane.last().frame();
        run.committed(last);
        if (last.type().terminal()) {
            heldTasks.remove(run);
            news.add(() -> listener.ended(last));
        } else if (cancelRequestedAt != null) {
            news.add(() -> listener.cancelRequested(cancelRequestedAt));
        }
        lane.answered();
        if (lane.hasWork()) {
            enqueue(lane);
        }
    }

    private void drop(Lane lane, String why, List<Runnable> news) {
        TaskRun run = lane.run;
        RunListener listener = run.listener();
        run.markLost();
        heldTasks.remove(run);
        // Nothing of it is shown any more: its sockets start again from the rows.
        provisional.removeIf(notYetShown -> notYetShown.taskId().equals(run.taskId()));
        rows -= lane.rows();
        List<Lane.Entry> entries = new ArrayList<>(lane.sent);
        entries.addAll(lane.waiting);
        for (Lane.Entry entry : entries) {
            if (entry.settle() && entry.result() instanceof NodeResult node && node.last()) {
                news.add(() -> listener.settled(node, false));
            }
        }
        lane.waiting.clear();
        lane.answered();
        news.add(
                () -> {
                    LOG.atWarn()
                            .addKeyValue("task_id", run.taskId())
                            .log("Task {} is given up here: {}", run.taskId(), why);
                    listener.lost(why);
                });
    }

    /**
     * Whoever claimed the task would fare the same, again and again: it ends here, with a message
     * that takes the place of what was refused. Only where that is refused as well it is dropped.
     */
    private void refuse(Lane lane, String why, List<Runnable> news) {
        TaskRun run = lane.run;
        if (lane.last().result() instanceof TaskEnd && lane.sent.size() == 1) {
            drop(lane, why, news);
            return;
        }
        RunListener listener = run.listener();
        rows -= lane.rows();
        List<Lane.Entry> entries = new ArrayList<>(lane.sent);
        entries.addAll(lane.waiting);
        for (Lane.Entry entry : entries) {
            if (entry.settle() && entry.result() instanceof NodeResult node && node.last()) {
                news.add(() -> listener.settled(node, false));
            }
        }
        lane.waiting.clear();
        lane.answered();
        TaskEnd end = TaskEnd.failed(run, why);
        run.backToCommitted();
        lane.waiting.add(
                new Lane.Entry(end, run.next(end, clock.instant().truncatedTo(ChronoUnit.MILLIS))));
        rows++;
        enqueue(lane);
        news.add(
                () -> {
                    LOG.warn("Task {} ends: {}", run.taskId(), why);
                    listener.refused(why);
                });
    }

    /**
     * What the failure of a statement says of those it carried: a notification is at fault only
     * where there was one, and a full queue is nobody's fault.
     */
    private SqlFailure ofGroup(SqlFailure failure, String why) {
        boolean notifying = group.stream().anyMatch(lane -> lane.notified);
        if (failure == SqlFailure.LIMIT && notifying) {
            quietUntil = nanoTime.getAsLong() + QUIET_NANOS;
            if (!queueFull) {
                LOG.warn("Failed to send notification: {}, will retry via polling", why);
            }
            queueFull = true;
            return failure;
        }
        LOG.warn(
                "Writing the progress of {} tasks failed ({}), will be repeated: {}",
                group.size(),
                failure,
                why);
        boolean ofNotification = failure == SqlFailure.LIMIT || failure == SqlFailure.NOTIFICATION;
        return ofNotification && !notifying ? SqlFailure.DATA : failure;
    }

    private void judge(Lane lane, SqlFailure failure, String why, List<Runnable> news) {
        boolean single = group.size() == 1;
        switch (failure) {
            case DATA -> {
                if (single) {
                    refuse(lane, "its rows are refused: " + why, news);
                    return;
                }
                lane.alone = true;
            }
            case NOTIFICATION -> lane.silent |= lane.notified;
            case LIMIT -> {
                // Written once more at once, without a notification.
            }
            case REPEAT -> {
                lane.alone = true;
                backOff(lane);
            }
            default -> backOff(lane);
        }
        // Before what came later of other tasks.
        lane.queued = true;
        ready.addFirst(lane);
    }

    private void backOff(Lane lane) {
        lane.failures++;
        long wait = FIRST_BACKOFF_NANOS << Math.min(lane.failures - 1, 10);
        lane.notBefore = nanoTime.getAsLong() + Math.min(wait, LAST_BACKOFF_NANOS);
    }

    private void hold(List<Runnable> news) {
        if (held) {
            return;
        }
        held = true;
        ready.forEach(lane -> show(lane, news));
    }

    /** Shows what was not shown yet, marked as not durable; its permits come back. */
    private void show(Lane lane, List<Runnable> news) {
        List<Lane.Entry> entries = new ArrayList<>(lane.sent);
        entries.addAll(lane.waiting);
        List<Frame> frames = new ArrayList<>();
        for (Lane.Entry entry : entries) {
            if (!entry.settle()) {
                continue;
            }
            frames.add(entry.frame());
            if (entry.result() instanceof NodeResult node && node.last()) {
                RunListener listener = lane.run.listener();
                news.add(() -> listener.settled(node, false));
            }
        }
        if (!frames.isEmpty()) {
            provisional.add(Notification.notYetDurable(frames));
        }
    }

    private String notificationOf(Lane lane) {
        return lane.notified ? codec.encode(trace.sent(lane.notification())) : null;
    }
}
