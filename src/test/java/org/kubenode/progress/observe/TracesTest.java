package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.wire.NotificationTrace;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** One trace from the POST at one replica to the socket of another, sent to a real collector. */
@ExtendWith(OutputCaptureExtension.class)
class TracesTest {

    private static final String TOKEN = Tokens.user(1);

    @Test
    void oneTraceLeadsFromThePostAtOneReplicaToTheSocketOfAnother(CapturedOutput output)
            throws Exception {
        Servers.PostgresDatabase database = Servers.database();
        try (OtlpReceiver collector = new OtlpReceiver();
                ReplicaContext a = start("trace-a", database, tracing(collector));
                ReplicaContext b = start("trace-b", database, tracing(collector));
                Listener listener = new Listener(database);
                ProgressClient client = ProgressClient.connect(b.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", "test", 100);
            client.awaitEnd(taskId, Duration.ofSeconds(30));

            String trace = taskId.replace("-", "");
            await().atMost(Duration.ofSeconds(10))
                    .until(
                            () ->
                                    named(collector, trace, "POST").size() == 1
                                            && named(collector, trace, "run-batch").size() == 1
                                            && named(collector, trace, "deliver").size() >= 3);
            OtlpReceiver.Span post = named(collector, trace, "POST").get(0);
            OtlpReceiver.Span run = named(collector, trace, "run-batch").get(0);
            assertThat(post.name()).isEqualTo("POST /api/v1/nodes/batch/{operation}");
            assertThat(post.parent()).isEmpty();
            assertThat(post.replica()).isEqualTo("trace-a");
            assertThat(run.parent()).isEqualTo(post.id());
            assertThat(run.replica()).isEqualTo("trace-a");
            assertThat(named(collector, trace, "deliver"))
                    .allMatch(span -> span.parent().equals(run.id()))
                    .allMatch(span -> span.replica().equals("trace-b"))
                    // The first, those with a failed node, the last, and one a second.
                    .hasSizeLessThan(20);
            assertThat(collector.spans()).allMatch(span -> span.trace().equals(trace));

            assertThat(listener.payloads())
                    .anyMatch(
                            payload ->
                                    payload.contains(
                                            "\"traceparent\":\"00-%s-%s-01\""
                                                    .formatted(trace, run.id())));
            assertThat(client.frames()).noneMatch(frame -> frame.json().has("traceparent"));
            // The line that docs/operations.md names, and nothing else, is what its absence costs.
            collector.close();
            client.awaitEnd(a.api(TOKEN).start("cordon", "test", 100), Duration.ofSeconds(30));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(output.getOut()).contains("Failed to export spans"));
            assertThat(client.violations()).isEmpty();
        }
    }

    @Test
    void offTheNotificationHasNoFieldAndNothingOfTheSdkExists() throws Exception {
        Servers.PostgresDatabase database = Servers.database();
        try (ReplicaContext a = start("trace-off", database, List.of());
                Listener listener = new Listener(database);
                ProgressClient client = ProgressClient.connect(a.port(), TOKEN, "conflate=0")) {
            String taskId = a.api(TOKEN).start("cordon", "test", 20);
            client.awaitEnd(taskId, Duration.ofSeconds(30));

            await().until(() -> listener.payloads().stream().anyMatch(p -> p.contains(taskId)));
            assertThat(listener.payloads()).noneMatch(p -> p.contains("traceparent"));
            assertThat(a.camel().getRegistry().findByType(NotificationTrace.class)).isEmpty();
            assertThat(a.camel().getRegistry().findByType(TracedRoutes.class)).isEmpty();
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().contains("BatchSpanProcessor"));
        }
    }

    private static List<OtlpReceiver.Span> named(
            OtlpReceiver collector, String trace, String name) {
        return collector.spans(trace).stream()
                .filter(span -> span.name().startsWith(name))
                .toList();
    }

    private static List<String> tracing(OtlpReceiver collector) {
        return List.of(
                "--progress.tracing.enabled=true",
                "--otel.exporter.otlp.endpoint=" + collector.endpoint(),
                "--otel.java.exporter.otlp.retry.disabled=true",
                "--otel.bsp.schedule.delay=100");
    }

    private static ReplicaContext start(
            String name, Servers.PostgresDatabase database, List<String> more) {
        List<String> options = new ArrayList<>(database.options());
        options.addAll(more);
        ReplicaContext replica = ReplicaContext.start(name, options);
        await().atMost(Duration.ofSeconds(20)).until(() -> replica.state().equals("REALTIME"));
        return replica;
    }

    /** What goes over the channel. */
    private static final class Listener implements AutoCloseable {
        private final Connection connection;
        private final List<String> payloads = new ArrayList<>();

        Listener(Servers.PostgresDatabase database) throws SQLException {
            connection = database.connect();
            connection.createStatement().execute("LISTEN progress_update");
        }

        List<String> payloads() throws SQLException {
            for (PGNotification one : connection.unwrap(PGConnection.class).getNotifications(50)) {
                payloads.add(one.getParameter());
            }
            return payloads;
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
