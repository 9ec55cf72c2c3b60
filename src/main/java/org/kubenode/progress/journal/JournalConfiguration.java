package org.kubenode.progress.journal;

import java.time.Clock;
import java.time.Duration;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.wire.WireCodec;
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
            @Value("${progress.lease}") long leaseMs,
            @Value("${progress.journal.capacity}") int capacity) {
        boolean inStatement = store.equals("postgres") && transport.equals("postgres");
        boolean afterCommit = !inStatement && !transport.equals("polling");
        return new JournalSettings(
                capacity,
                1_000,
                512 * 1024,
                16,
                Duration.ofMillis(leaseMs),
                inStatement,
                afterCommit);
    }

    @Bean
    Journal journal(JournalSettings settings, Database database) {
        return new Journal(
                settings, new WireCodec(), database, Clock.systemUTC(), System::nanoTime);
    }
}
