package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;
import static org.kubenode.progress.notify.NotifierState.POLLING;
import static org.kubenode.progress.notify.NotifierState.REALTIME;

import ch.qos.logback.classic.Level;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.pgevent.PgServer;
import org.kubenode.progress.store.Migrations;
import org.kubenode.progress.store.SqlFailure;
import org.kubenode.progress.testing.PgBouncerProcess;

/** Behind a pooler in transaction mode, which accepts LISTEN and forgets it: Debian's pgbouncer. */
@Tag("full")
class PgBouncerTest {

    private PgServer server;
    private PgBouncerProcess pooler;
    private NotifierApp app;

    @BeforeEach
    void pooler() throws Exception {
        server = PgServer.started();
        pooler = new PgBouncerProcess(server.port(), "postgres");
    }

    private void start(String... more) {
        List<String> settings = new ArrayList<>(List.of("database.pooler=true"));
        settings.addAll(Arrays.asList(more));
        settings.add("progress.replica=r1");
        settings.add("database.host=127.0.0.1");
        settings.add("database.port=" + pooler.port());
        settings.add("database.database=" + PgServer.DATABASE);
        settings.add("database.password=postgres");
        settings.add("database.ssl_mode=disable");
        app = NotifierApp.start(settings.toArray(String[]::new));
    }

    @AfterEach
    void stop() throws Exception {
        if (app != null) {
            app.close();
        }
        pooler.close();
        server.close();
    }

    @Test
    void endsInPollingWithItsReasonAndStaysThere() {
        start();
        app.awaitState(POLLING, Duration.ofSeconds(20));
        assertThat(app.circuit.snapshot().reason()).contains("no probe came back");
        Instant end = Instant.now().plusSeconds(12);
        await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(end));
        assertThat(app.circuit.state()).isEqualTo(POLLING);
        assertThat(
                        app.logged(
                                Level.ERROR,
                                "PostgreSQL notifier failed, falling back to polling: subscribed,"
                                        + " but no probe came back for 5 s"))
                .hasSize(1);
        // It was started anew at least twice more meanwhile, which is no news.
        assertThat(app.circuit.snapshot().attempts()).isGreaterThan(2);
        assertThat(app.logged(Level.INFO, "Started postgres notification subscription")).hasSize(1);
    }

    /** With nothing in its configuration that an operator would have to know of. */
    @Test
    void inSessionModeThePoolWorksAndTheListenerSaysWhatIsMissing() throws Exception {
        pooler.close();
        pooler = new PgBouncerProcess(server.port(), "postgres", "session", "");
        start("database.pooler=false");
        app.awaitState(POLLING);
        assertThat(app.circuit.snapshot().reason())
                .contains("unsupported startup parameter: extra_float_digits");
        try (Connection connection = app.spring.getBean(DataSource.class).getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW statement_timeout")) {
            row.next();
            assertThat(row.getString(1)).isEqualTo("4500ms");
        }
    }

    @Test
    void inSessionModeItIsRealtimeOnceThatIsAllowed() throws Exception {
        pooler.close();
        String allow = "ignore_startup_parameters = extra_float_digits";
        pooler = new PgBouncerProcess(server.port(), "postgres", "session", allow);
        start("database.pooler=false");
        app.awaitState(REALTIME);
    }

    @Test
    void statementModeIsRefusedByName() throws Exception {
        pooler.close();
        pooler = new PgBouncerProcess(server.port(), "postgres", "statement", "");
        start();
        assertThatThrownBy(() -> app.spring.getBean(Migrations.class).run())
                .extracting(SqlFailure::reason, STRING)
                .contains("statement pooling mode");
    }

    @Test
    void aDirectLineMakesItRealtime() {
        start("database.listen_host=127.0.0.1", "database.listen_port=" + server.port());
        app.awaitState(REALTIME);
        assertThat(app.circuit.snapshot().degradations()).isZero();
    }
}
