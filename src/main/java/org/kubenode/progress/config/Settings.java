package org.kubenode.progress.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;

/** All groups of keys together, as rules across them need it. */
record Settings(
        DatabaseProperties database,
        JwtProperties jwt,
        ProgressProperties progress,
        ClustersProperties clusters,
        GrantsProperties grants) {

    static Settings bind(ConfigurableEnvironment environment) {
        Binder binder = Binder.get(environment);
        return new Settings(
                binder.bindOrCreate("database", DatabaseProperties.class),
                binder.bindOrCreate("jwt", JwtProperties.class),
                binder.bindOrCreate("progress", ProgressProperties.class),
                Checks.clusters(binder),
                new GrantsProperties(
                        binder.bind("grants", Bindable.listOf(GrantsProperties.Entry.class))
                                .orElse(List.of())));
    }

    /** Whose SQL files are used. Memory is an SQLite database without a file. */
    String store() {
        return progress.enableDatabase()
                ? database.type().name().toLowerCase(Locale.ROOT)
                : DatabaseProperties.Type.SQLITE.name().toLowerCase(Locale.ROOT);
    }

    /** How often a replica tells which clusters it knows: far oftener than that is forgotten. */
    Duration presencePeriod() {
        return progress.batch().unrunnableAfter().dividedBy(60);
    }

    /** Whether ends of tasks are posted. */
    boolean postsEnds() {
        return !progress.webhookUrl().isEmpty();
    }

    /** Which route file carries the notifications. */
    String transport() {
        return progress.enableDatabase() ? progress.notifyType() : "memory";
    }
}
