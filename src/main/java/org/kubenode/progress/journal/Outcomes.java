package org.kubenode.progress.journal;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.kubenode.progress.store.SqlFailure;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.Notification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of rows that were sent, and of those that cannot be. Guarded by the journal's lock;
 * who is told of it is, later and outside of it, by the {@code news}.
 */
final class Outcomes {

    private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

    /**
     * After the server's queue of notifications was found full: as long as between two probes of a
     * circuit that recovers, so that notifications are back before it trusts them.
     */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final JournalSettings settings;
    private final Lanes lanes;
    private final HeldTasks heldTasks;
    private final JournalFigures figures;
    private final Clock clock;
    private final LongSupplier nanoTime;

    /** What is not durable and was not shown yet, in order. */
    final ArrayDeque<Notification> provisional = new ArrayDeque<>();

    private boolean queueFull;
    private long quietUntil;

    Outcomes(
            JournalSettings settings,
            Lanes lanes,
            HeldTasks heldTasks,
            JournalFigures figures,
            Clock clock,
            LongSupplier nanoTime) {
        this.settings = settings;
        this.figures = figures;
        this.lanes = lanes;
        this.heldTasks = heldTasks;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** Whether the statement notifies, and the server takes it, as far as is known. */
    boolean takesNotifications() {
        return settings.notifyInStatement()
                && (!queueFull || nanoTime.getAsLong() - quietUntil >= 0);
    }

    /** What was sent of a task is in the rows. */
    void commit(Lane lane, Instant cancelRequestedAt, long sentAt, List<Runnable> news) {
        TaskRun run = lane.run;
        RunListener listener = run.listener();
        run.lease().renewed(sentAt);
        if (lane.notified) {
            figures.notified.increment();
            queueFull = false;
            LOG.debug("Sent PostgreSQL notification to channel progress_update");
        } else if (settings.notifyInStatement()) {
            figures.notNotified.increment();
        }
        figures.committedRows.add(lane.sent.size());
        lanes.done(lane.sent.size());
        Lane.settle(lane.sent, true, news);
        Frame last = lane.last().frame();
        run.tally().committed(last);
        if (last.type().terminal()) {
            heldTasks.remove(run);
            news.add(() -> listener.ended(last));
        } else if (cancelRequestedAt != null) {
            news.add(() -> listener.cancelRequested(cancelRequestedAt));
        }
        lane.answered();
        if (lane.hasWork()) {
            lanes.enqueue(lane);
        }
    }

    /** The task is not this replica's any more, or its end is refused: nothing more of it. */
    void drop(Lane lane, String why, List<Runnable> news) {
        TaskRun run = lane.run;
        run.markLost();
        heldTasks.remove(run);
        // Nothing of it is shown any more: its sockets start again from the rows.
        provisional.removeIf(notYetShown -> notYetShown.taskId().equals(run.taskId()));
        lanes.done(lane.rows());
        Lane.settle(lane.entries(), false, news);
        lane.clear();
        news.add(
                () -> {
                    LOG.atWarn()
                            .addKeyValue("task_id", run.taskId())
                            .log("Task {} is given up here: {}", run.taskId(), why);
                    run.listener().lost(why);
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
        lanes.done(lane.rows());
        Lane.settle(lane.entries(), false, news);
        lane.clear();
        TaskEnd end = TaskEnd.failed(run, why);
        run.tally().backToCommitted();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        lanes.add(lane, new Lane.Entry(end, run.tally().next(end, now)));
        news.add(
                () -> {
                    LOG.warn("Task {} ends: {}", run.taskId(), why);
                    run.listener().refused(why);
                });
    }

    /**
     * What the failure of a statement says of those it carried: a notification is at fault only
     * where there was one, and a full queue is nobody's fault.
     */
    SqlFailure ofGroup(List<Lane> group, SqlFailure failure, String why) {
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

    /** What becomes of a task whose statement failed. */
    void judge(Lane lane, boolean single, SqlFailure failure, String why, List<Runnable> news) {
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
                lanes.backOff(lane);
            }
            default -> lanes.backOff(lane);
        }
        lanes.enqueueFirst(lane);
    }

    /** Shows what was not shown yet, marked as not durable; its permits come back. */
    void show(Lane lane, List<Runnable> news) {
        List<Lane.Entry> fresh = lane.entries().stream().filter(entry -> !entry.settled()).toList();
        Lane.settle(fresh, false, news);
        if (!fresh.isEmpty()) {
            provisional.add(
                    Notification.notYetDurable(fresh.stream().map(Lane.Entry::frame).toList()));
        }
    }

    /** One that is told and fails keeps nothing from the others. */
    static void tell(List<Runnable> news) {
        for (Runnable one : news) {
            try {
                one.run();
            } catch (RuntimeException | Error e) {
                LOG.error("What became of a task's results could not be told", e);
            }
        }
    }
}
