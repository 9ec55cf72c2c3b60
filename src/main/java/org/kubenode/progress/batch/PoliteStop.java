package org.kubenode.progress.batch;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.kubenode.progress.journal.HeldTasks;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.store.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * When the process is asked to stop, before anything else of it stops: lets the route {@code
 * hand-over-on-stop} end what is under way and give the batches to other replicas. The route asks
 * this for how long each step may take. Readiness is refused by then, and requests for new batches
 * are answered 503.
 */
public final class PoliteStop implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(PoliteStop.class);

    /** What an interrupted operation, then the journal, and then the sockets may still take. */
    private static final Duration AFTER_GRACE = Duration.ofSeconds(2);

    private final Duration grace;
    private final RunningBatches batches;
    private final Journal journal;
    private final HeldTasks heldTasks;
    private final Database database;
    private final LongSupplier nanoTime;
    private final Runnable handOver;
    private volatile boolean running;
    private volatile long deadline;

    /**
     * @param grace for operations that run
     * @param nanoTime a monotonic clock, in ns
     * @param handOver runs the route
     */
    PoliteStop(
            Duration grace,
            RunningBatches batches,
            Journal journal,
            HeldTasks heldTasks,
            Database database,
            LongSupplier nanoTime,
            Runnable handOver) {
        this.grace = grace;
        this.batches = batches;
        this.journal = journal;
        this.heldTasks = heldTasks;
        this.database = database;
        this.nanoTime = nanoTime;
        this.handOver = handOver;
    }

    /** No new work; running operations get their grace. */
    public void begin() {
        LOG.info("Stopping: {} batches run here", batches.count());
        batches.stopping();
        within(grace);
    }

    /** Whether something is under way, and there is time for it. */
    public boolean working() {
        return batches.busy() && inTime();
    }

    /** The grace is over: what still runs is interrupted. */
    public void interrupt() {
        if (batches.busy()) {
            LOG.info("Interrupting what still runs after {}", grace);
            batches.interrupt();
        }
        lastStep();
    }

    /** The next of the last steps begins: writing what is left, then showing it to the sockets. */
    public void lastStep() {
        within(AFTER_GRACE);
    }

    /** Whether rows wait that can be written, and there is time for it. */
    public boolean writing() {
        return journal.backlog() > 0 && database.up() && inTime();
    }

    private void within(Duration time) {
        deadline = nanoTime.getAsLong() + time.toNanos();
    }

    /** Whether the present step may still take time. */
    public boolean inTime() {
        return deadline - nanoTime.getAsLong() > 0;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        try {
            handOver.run();
        } catch (RuntimeException e) {
            LOG.warn("Batches could not be handed over: their leases will run out", e);
        }
        sayWhatIsLeft();
    }

    private void sayWhatIsLeft() {
        int rows = journal.backlog();
        int tasks = heldTasks.size();
        if (rows > 0 || tasks > 0) {
            LOG.warn(
                    "Stopping with {} results not written and {} batches not handed over: they go"
                            + " on elsewhere once their leases are over, except for those the"
                            + " database never stored",
                    rows,
                    tasks);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** The first to stop, and the last to start. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
