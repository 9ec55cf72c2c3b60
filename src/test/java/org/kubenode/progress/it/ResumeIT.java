package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** Clients that are cut off again and again, each time going on at another replica. */
class ResumeIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = Tokens.user(1);

    private static final List<ReplicaProcess> REPLICAS = new ArrayList<>();

    @BeforeAll
    static void start() {
        Servers.PostgresDatabase database = Servers.database();
        for (String name : List.of("a", "b", "c")) {
            REPLICAS.add(
                    ReplicaProcess.jar("resume-" + name)
                            .options(database.options())
                            .options("--progress.websocket.max_sessions_per_user=1000")
                            .cluster(0, "quick", 5_000, 50, "node-7")
                            .cluster(1, "test", 5_000, 200, "node-7")
                            .launch());
        }
        REPLICAS.forEach(ReplicaProcess::awaitReady);
        for (ReplicaProcess replica : REPLICAS) {
            replica.awaitStatus("state", "REALTIME", Duration.ofSeconds(20));
        }
    }

    @AfterAll
    static void end() {
        REPLICAS.forEach(ReplicaProcess::close);
    }

    @Test
    void clientsThatAreCutAgainAndAgainGetEverySeqOnce() throws Exception {
        cutAgainAndAgain(20, "quick", 800, 400, 5);
    }

    @Test
    @Tag("full")
    void oneClientThatIsCutEveryTwoSecondsGetsEverySeqOnce() throws Exception {
        cutAgainAndAgain(1, "test", 2_000, 2_000, 10);
    }

    @Test
    @Tag("full")
    void twoHundredClientsThatAreCutEveryTwoSecondsGetEverySeqOnce() throws Exception {
        cutAgainAndAgain(200, "test", 2_000, 2_000, 10);
    }

    /** A stream goes on after its Last-Event-ID, at another replica. */
    @Test
    void aStreamGoesOnWhereItWas() throws Exception {
        String taskId = REPLICAS.get(0).api(TOKEN).start("cordon", "quick", 300);
        AtomicReference<String> cursor = new AtomicReference<>();
        List<Long> first = read(REPLICAS.get(1), null, taskId, 40, cursor);
        List<Long> second = read(REPLICAS.get(2), cursor.get(), taskId, Integer.MAX_VALUE, cursor);

        long at = first.get(first.size() - 1);
        assertThat(second)
                .containsExactlyElementsOf(LongStream.rangeClosed(at + 1, 301).boxed().toList());
    }

    private static void cutAgainAndAgain(
            int clients, String cluster, int nodes, int everyMs, int leastCuts) throws Exception {
        Random random = new Random(7);
        // A user without earlier tasks: of much that is sent right after the handshake the JDK's
        // client loses bytes, once in some thousand connections.
        String token = Tokens.user(1_000 + clients);
        List<ProgressClient> all = new ArrayList<>();
        ScheduledExecutorService cutter = Executors.newScheduledThreadPool(8);
        try {
            for (int i = 0; i < clients; i++) {
                all.add(ProgressClient.connect(anyPort(random), token, "conflate=0"));
            }
            String taskId =
                    REPLICAS.get(0)
                            .api(token)
                            .start(
                                    "cordon",
                                    ApiClient.batch(cluster, ApiClient.nodes(nodes))
                                            .put("concurrency", 10));
            AtomicInteger cuts = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            for (ProgressClient client : all) {
                cutter.scheduleWithFixedDelay(
                        () -> {
                            try {
                                // One that has heard nothing of the task yet would get a snapshot.
                                if (client.task(taskId) != null && !client.task(taskId).ended()) {
                                    client.reconnect(anyPort(random));
                                    cuts.incrementAndGet();
                                }
                            } catch (RuntimeException e) {
                                failure.compareAndSet(null, e);
                            }
                        },
                        random.nextInt(everyMs),
                        everyMs,
                        TimeUnit.MILLISECONDS);
            }
            for (ProgressClient client : all) {
                client.awaitEnd(taskId, Duration.ofSeconds(180));
            }
            cutter.shutdown();
            assertThat(cutter.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            assertThat(failure.get()).isNull();
            System.out.printf(
                    "%d clients, %d nodes: %d cuts inside the batch%n", clients, nodes, cuts.get());
            assertThat(cuts.get()).isGreaterThanOrEqualTo(clients * leastCuts);
            for (ProgressClient client : all) {
                assertThat(client.violations()).isEmpty();
                assertThat(client.frames(taskId).stream().map(f -> f.json().get("seq").asLong()))
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(1, nodes + 1L).boxed().toList());
            }
        } finally {
            cutter.shutdownNow();
            all.forEach(ProgressClient::close);
        }
    }

    private static synchronized int anyPort(Random random) {
        return REPLICAS.get(random.nextInt(REPLICAS.size())).port();
    }

    /** Reads the task's seqs from a stream until its end, or until so many came. */
    private static List<Long> read(
            ReplicaProcess replica,
            String lastEventId,
            String taskId,
            int most,
            AtomicReference<String> cursor)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:"
                                                + replica.port()
                                                + "/api/v1/progress/stream"))
                        .header("Authorization", "Bearer " + TOKEN)
                        .timeout(Duration.ofSeconds(60));
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<Stream<String>> answer =
                HttpClient.newHttpClient()
                        .send(request.build(), HttpResponse.BodyHandlers.ofLines());
        List<Long> seqs = new ArrayList<>();
        String id = null;
        try (Stream<String> lines = answer.body()) {
            for (String line : (Iterable<String>) lines::iterator) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("data: ")) {
                    JsonNode frame = JSON.readTree(line.substring(6));
                    if (taskId.equals(frame.path("task_id").asText())) {
                        seqs.add(frame.get("seq").asLong());
                        cursor.set(id);
                        if (seqs.size() == most || !frame.get("type").asText().equals("progress")) {
                            break;
                        }
                    }
                }
            }
        }
        return seqs;
    }
}
