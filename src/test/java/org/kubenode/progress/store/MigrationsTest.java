package org.kubenode.progress.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MigrationsTest {

    @Test
    void severalReplicasMayMigrateAtOnce() throws Exception {
        StoreFixture first = StoreFixture.onPostgres();
        List<StoreFixture> replicas = new ArrayList<>(List.of(first));
        for (int i = 0; i < 2; i++) {
            replicas.add(
                    StoreFixture.onPostgres(StoreFixture.server().getPort(), first.databaseName()));
        }
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> migrations = new ArrayList<>();
            for (StoreFixture replica : replicas) {
                migrations.add(threads.submit(() -> replica.migrations().run()));
            }
            for (Future<?> migration : migrations) {
                migration.get(60, TimeUnit.SECONDS);
            }
            assertThat(
                            first.number(
                                    "SELECT count(*) FROM progress_schema_history WHERE success AND"
                                            + " version = '1'"))
                    .isEqualTo(1);
            assertThat(replicas).noneMatch(replica -> replica.migrations().due());
        } finally {
            threads.shutdown();
            replicas.forEach(StoreFixture::close);
        }
    }
}
