package org.kubenode.progress.store;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.kubenode.progress.config.DatabaseProperties;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.config.Replica;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The pool, the migrations and what is known of the database. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

    @Bean
    StoreSettings storeSettings(DatabaseProperties database, ProgressProperties progress) {
        return StoreSettings.from(database, progress);
    }

    @Bean
    HikariDataSource dataSource(StoreSettings settings, Replica replica) {
        return DataSources.create(settings, replica.id());
    }

    /** An own bean, so that Spring Boot does not migrate while it starts. */
    @Bean
    Flyway flyway(StoreSettings settings, HikariDataSource dataSource, Replica replica) {
        FluentConfiguration flyway =
                Flyway.configure()
                        .dataSource(DataSources.migrating(settings, replica.id(), dataSource))
                        .locations("classpath:db/migration/" + settings.kind().folder())
                        .table("progress_schema_history")
                        .baselineOnMigrate(true)
                        .baselineVersion("0")
                        .connectRetries(0);
        if (!settings.schema().isEmpty()) {
            flyway.defaultSchema(settings.schema());
        }
        if (settings.kind() == StoreSettings.Kind.POSTGRES && !settings.pooler()) {
            // Whoever waits for a lock has everybody else wait behind it.
            flyway.initSql("SET lock_timeout = 2000");
        }
        return flyway.load();
    }

    @Bean
    Database database(StoreSettings settings, HikariDataSource dataSource) {
        if (settings.kind() == StoreSettings.Kind.POSTGRES) {
            return new Database(false, System::nanoTime, () -> evict(dataSource));
        }
        return new Database(settings.kind() == StoreSettings.Kind.MEMORY, System::nanoTime);
    }

    private static void evict(HikariDataSource dataSource) {
        HikariPoolMXBean pool = dataSource.getHikariPoolMXBean();
        if (pool != null) {
            pool.softEvictConnections();
        }
    }

    @Bean
    Migrations migrations(StoreSettings settings, Flyway flyway, Database database) {
        return new Migrations(flyway, new ForeignTables(settings.schema()), database);
    }
}
