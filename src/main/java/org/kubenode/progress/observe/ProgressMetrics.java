package org.kubenode.progress.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.kubenode.progress.batch.Claims;
import org.kubenode.progress.batch.RunningBatches;
import org.kubenode.progress.deliver.Delivery;
import org.kubenode.progress.deliver.Notifications;
import org.kubenode.progress.journal.Journal;
import org.kubenode.progress.journal.JournalFigures;
import org.kubenode.progress.store.Database;

/**
 * What batches, journal and delivery say of themselves on {@code /actuator/prometheus}. The
 * notifier, the latency, the sockets, the work and the routes have theirs. No label here has a
 * value that a request chooses.
 */
final class ProgressMetrics implements MeterBinder {

    private final RunningBatches batches;
    private final Claims claims;
    private final Journal journal;
    private final Delivery delivery;
    private final Notifications notifications;
    private final Database database;

    ProgressMetrics(
            RunningBatches batches,
            Claims claims,
            Journal journal,
            Delivery delivery,
            Notifications notifications,
            Database database) {
        this.batches = batches;
        this.claims = claims;
        this.journal = journal;
        this.delivery = delivery;
        this.notifications = notifications;
        this.database = database;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("progress.backlog.messages", this, ProgressMetrics::backlog)
                .description("Committed and not yet delivered to users here, and the journal")
                .register(registry);
        Gauge.builder("progress.journal.waiting", journal, Journal::backlog)
                .description("Rows that are not known to be committed")
                .register(registry);
        FunctionCounter.builder(
                        "progress.journal.statements",
                        journal.figures(),
                        JournalFigures::statements)
                .description("Statements sent to write progress")
                .register(registry);
        FunctionCounter.builder(
                        "progress.journal.rows", journal.figures(), JournalFigures::committedRows)
                .description("Rows committed")
                .register(registry);
        FunctionCounter.builder(
                        "progress.journal.failures", journal.figures(), JournalFigures::failures)
                .description("Statements that failed and were repeated or judged")
                .register(registry);
        Gauge.builder("progress.batches.running", batches, RunningBatches::count)
                .description("Batches that run on this replica")
                .register(registry);
        FunctionCounter.builder("progress.tasks.claimed", claims, Claims::count)
                .description("Tasks taken over: pending, handed over, or their owner was lost")
                .register(registry);
        Gauge.builder("progress.feeds", delivery, Delivery::followed)
                .description("Tasks that are followed on this replica")
                .register(registry);
        FunctionCounter.builder(
                        "progress.notifications.unreadable",
                        notifications,
                        Notifications::unreadable)
                .description("Notifications dropped because they could not be read")
                .register(registry);
        Gauge.builder("progress.database.up", database, d -> d.up() ? 1 : 0)
                .description("1 while rows can be read and written")
                .register(registry);
    }

    private double backlog() {
        return journal.backlog() + delivery.backlog();
    }
}
