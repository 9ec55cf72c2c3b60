package org.kubenode.progress.store;

import com.zaxxer.hikari.HikariDataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** The pool, the migrations and what is known of the database. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

    @Bean
    StoreSettings storeSettings(Environment environment) {
        return StoreSettings.from(environment);
    }

    @Bean
    HikariDataSource dataSource(
            StoreSettings settings, @Value("${progress.replica:local}") String replica) {
        return DataSources.create(settings, replica);
    }

    /** An own bean, so that Spring Boot does not migrate while it starts. */
    @Bean
    Flyway flyway(StoreSettings settings, HikariDataSource dataSource) {
        FluentConfiguration flyway =
                Flyway.configure()
                        .dataSource(dataSource)
                        .locations("classpath:db/migration/" + settings.kind().folder())
                        .table("progress_schema_history")
                        .baselineOnMigrate(true)
                        .baselineVersion("0")
                        .connectRetries(0);
        return flyway.load();
    }

    @Bean
    Database database(StoreSettings settings) {
        return new Database(settings.kind() == StoreSettings.Kind.MEMORY, System::nanoTime);
    }

    @Bean
    Migrations migrations(Flyway flyway, Database database) {
        return new Migrations(flyway, database);
    }
}
