package org.kubenode.progress.journal;

import java.time.Clock;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.NotificationTrace;
import org.kubenode.progress.wire.WireCodec;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The journal of this replica. */
@Configuration(proxyBeanMethods = false)
class JournalConfiguration {

    @Bean
    JournalSettings journalSettings(
            @Value("${progress.store}") String store,
            @Value("${progress.transport}") String transport,
            ProgressProperties progress) {
        boolean inStatement = store.equals("postgres") && transport.equals("postgres");
        return new JournalSettings(
                progress.journal().capacity(),
                1_000,
                512 * 1024,
                16,
                progress.lease(),
                inStatement,
                !inStatement && !transport.equals("polling"));
    }

    @Bean
    HeldTasks heldTasks(JournalSettings settings) {
        return new HeldTasks(settings.lease(), System::nanoTime);
    }

    @Bean
    Journal journal(
            JournalSettings settings,
            Database database,
            HeldTasks heldTasks,
            ObjectProvider<NotificationTrace> trace) {
        return new Journal(
                settings,
                new WireCodec(),
                database,
                heldTasks,
                Clock.systemUTC(),
                System::nanoTime,
                trace.getIfAvailable(() -> NotificationTrace.NONE));
    }

    @Bean
    AcceptedTasks acceptedTasks(ProgressProperties progress, Journal journal) {
        return new AcceptedTasks(progress.batch().maxPending(), journal);
    }
}
