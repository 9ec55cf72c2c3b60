package org.kubenode.progress.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * Sockets that open while their batch runs or ends, on replicas whose reads are slowed at random
 * before and after their statement: the lists of a frame are what its counts say.
 */
class ListsAgreeIT {

    private static final int NODES = 60;
    private static final int FAILING = 3;

    /** A batch takes about as long: its socket opens somewhere in it, or just after. */
    private static final int LONGEST_MS = 700;

    private static final int AT_ONCE = 12;
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private static Servers.PostgresDatabase database;
    private static List<ReplicaProcess> postgres = List.of();
    private static List<ReplicaProcess> sqlite = List.of();

    @BeforeAll
    static void start() throws IOException {
        database = Servers.database();
        database.execute("CREATE EXTENSION pg_stat_statements");
        Path routes = Files.createDirectories(Path.of("target", "lists-agree")).toAbsolutePath();
        slowReads(routes);
        postgres =
                List.of(
                        replica("lists-a", routes).options(database.options()).launch(),
                        replica("lists-b", routes).options(database.options()).launch());
        Path file = Files.createTempDirectory("lists-agree").resolve("progress.db");
        sqlite =
                List.of(
                        replica("lists-sqlite", routes)
                                .options("--database.type=sqlite", "--database.path=" + file)
                                .launch());
        postgres.forEach(ReplicaProcess::awaitReady);
        postgres.forEach(Fleet::awaitRealtime);
        sqlite.forEach(ReplicaProcess::awaitReady);
    }

    private static ReplicaProcess.Builder replica(String name, Path routes) {
        return ReplicaProcess.jar(name)
                .options("--progress.routes_dir=" + routes, "--progress.poll_interval=500ms")
                .options("--progress.batch.max_running=100")
                .cluster(0, "test", NODES, 20, "node-7,node-8,node-60");
    }

    /** The routes as packaged, but each read of a task waits, and feeds are swept early. */
    private static void slowReads(Path folder) throws IOException {
        String reads = "51-read-task.camel.yaml";
        JsonNode routes = YAML.readTree(Path.of("routes", reads).toFile());
        for (JsonNode steps : routes.findValues("steps")) {
            ArrayNode list = (ArrayNode) steps;
            for (int i = list.size() - 1; i >= 0; i--) {
                if (list.get(i).path("to").path("uri").asText().startsWith("sql:")) {
                    list.insert(i + 1, delay());
                    list.insert(i, delay());
                }
            }
        }
        assertThat(routes.findValues("delay")).hasSize(2);
        YAML.writeValue(folder.resolve(reads).toFile(), routes);

        String sockets = "52-progress-sockets.camel.yaml";
        routes = YAML.readTree(Path.of("routes", sockets).toFile());
        for (JsonNode route : routes) {
            if (route.at("/route/id").asText().equals("sweep-feeds")) {
                ((ObjectNode) route.at("/route/from/parameters")).put("period", "100");
            }
        }
        YAML.writeValue(folder.resolve(sockets).toFile(), routes);
    }

    private static ObjectNode delay() {
        ObjectNode step = YAML.createObjectNode();
        step.putObject("delay").put("simple", "${random(0,100)}").put("asyncDelayed", "false");
        return step;
    }

    @AfterAll
    static void end() {
        postgres.forEach(ReplicaProcess::close);
        sqlite.forEach(ReplicaProcess::close);
    }

    @ParameterizedTest
    @CsvSource({"postgres, ''", "postgres, conflate=0", "sqlite, ''"})
    void listsAgreeWithCountsWheneverASocketOpens(String store, String query) throws Exception {
        manyBatches(30, store, query);
    }

    @ParameterizedTest
    @CsvSource({"postgres, ''", "postgres, conflate=0", "sqlite, ''"})
    @Tag("full")
    void listsAgreeWithCountsFiveHundredTimes(String store, String query) throws Exception {
        manyBatches(Integer.getInteger("lists.batches", 500), store, query);
    }

    /** What came over all sockets, for people to see that the hard moments were met. */
    private record Seen(int snapshots, int partial, int terminal, int frames) {

        Seen plus(Seen other) {
            return new Seen(
                    snapshots + other.snapshots,
                    partial + other.partial,
                    terminal + other.terminal,
                    frames + other.frames);
        }
    }

    private static void manyBatches(int batches, String store, String query) throws Exception {
        long seed = ThreadLocalRandom.current().nextLong(1_000_000);
        Random random = new Random(seed);
        List<ReplicaProcess> replicas = store.equals("sqlite") ? sqlite : postgres;
        long began = System.nanoTime();
        List<Callable<Seen>> all = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            String user = "%s-%s-%d".formatted(store, seed, i);
            ReplicaProcess works = replicas.get(random.nextInt(replicas.size()));
            List<Integer> opens = new ArrayList<>();
            List<ReplicaProcess> at = new ArrayList<>();
            // One replica has no other one to be late: more of its sockets read at once.
            for (int socket = 0; socket < (replicas.size() == 1 ? 2 : 1); socket++) {
                opens.add(random.nextInt(LONGEST_MS));
                at.add(replicas.get(random.nextInt(replicas.size())));
            }
            all.add(() -> oneBatch(works, Tokens.user(user), at, opens, query));
        }
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        Seen seen = new Seen(0, 0, 0, 0);
        try {
            for (Future<Seen> batch : threads.invokeAll(all)) {
                seen = seen.plus(batch.get());
            }
        } catch (ExecutionException e) {
            throw new AssertionError("seed " + seed, e.getCause());
        } finally {
            threads.shutdownNow();
        }
        System.out.printf(
                "%d batches on %s %s (seed %d): %s, %.1f s%n",
                batches, store, query, seed, seen, (System.nanoTime() - began) / 1e9);
        assertThat(seen.terminal()).isGreaterThanOrEqualTo(batches);
        assertThat(seen.partial()).as("sockets that opened in mid batch").isPositive();
    }

    private static Seen oneBatch(
            ReplicaProcess works,
            String token,
            List<ReplicaProcess> at,
            List<Integer> opens,
            String query)
            throws InterruptedException {
        String taskId =
                works.api(token)
                        .start(
                                "cordon",
                                ApiClient.batch("test", ApiClient.nodes(NODES))
                                        .put("concurrency", 4));
        long started = System.nanoTime();
        Seen seen = new Seen(0, 0, 0, 0);
        List<ProgressClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < opens.size(); i++) {
                Fleet.awaitSince(started, Duration.ofMillis(opens.get(i)));
                clients.add(ProgressClient.connect(at.get(i).port(), token, query));
            }
            for (ProgressClient client : clients) {
                JsonNode end = client.awaitEnd(taskId);
                assertThat(end.get("type").asText()).isEqualTo("complete");
                assertThat(end.get("total").asInt()).isEqualTo(NODES);
                assertThat(end.get("failed_count").asInt()).isEqualTo(FAILING);
                assertThat(end.get("success_count").asInt()).isEqualTo(NODES - FAILING);
                assertThat(client.violations()).isEmpty();
                seen = seen.plus(check(client.frames()));
            }
        } finally {
            clients.forEach(ProgressClient::close);
        }
        assertAgrees(works.api(token).task(taskId));
        return seen;
    }

    private static Seen check(Collection<ProgressClient.Received> frames) {
        Seen seen = new Seen(0, 0, 0, 0);
        for (ProgressClient.Received frame : frames) {
            if (frame.snapshot() || frame.terminal()) {
                assertAgrees(frame.json());
                int current = frame.json().path("current").asInt();
                boolean partial = frame.snapshot() && current > 0 && current < NODES;
                seen =
                        seen.plus(
                                new Seen(
                                        frame.snapshot() ? 1 : 0,
                                        partial ? 1 : 0,
                                        frame.terminal() ? 1 : 0,
                                        0));
            }
        }
        return seen.plus(new Seen(0, 0, 0, frames.size()));
    }

    private static void assertAgrees(JsonNode frame) {
        assertThat(frame.has("success_count")).as("%s", frame).isTrue();
        if (!frame.path("truncated").asBoolean()) {
            assertThat(frame.get("success_nodes"))
                    .as("%s", frame)
                    .hasSize(frame.get("success_count").asInt());
            assertThat(frame.get("failed_nodes"))
                    .as("%s", frame)
                    .hasSize(frame.get("failed_count").asInt());
        }
    }

    /** Two are acknowledged, the socket is gone, a third ends: the next sockets get that alone. */
    @Test
    void whatWasAcknowledgedDoesNotComeAgain() {
        ReplicaProcess a = postgres.get(0);
        ReplicaProcess b = postgres.get(1);
        String token = Tokens.user("acknowledges");
        List<String> acknowledged = new ArrayList<>();
        try (ProgressClient client = ProgressClient.connect(a.port(), token, "conflate=0")) {
            for (ReplicaProcess works : List.of(a, b)) {
                String taskId = works.api(token).start("cordon", "test", NODES);
                client.awaitEnd(taskId);
                client.ack(taskId);
                acknowledged.add(taskId);
            }
            await().until(() -> unacknowledged() == 0);
        }
        String third = b.api(token).start("cordon", "test", NODES);
        await().until(() -> unacknowledged() == 1);
        database.execute(
                """
                UPDATE progress_tasks SET created_at = created_at - interval '25 s',
                  started_at = started_at - interval '25 s', updated_at = updated_at - interval '25 s',
                  completed_at = completed_at - interval '25 s'
                WHERE user_id = 'acknowledges' AND acknowledged_seq > 0""");

        for (ReplicaProcess replica : List.of(a, b)) {
            try (ProgressClient client = ProgressClient.connect(replica.port(), token)) {
                JsonNode end = client.awaitEnd(third);
                assertThat(end.path("snapshot").asBoolean()).isTrue();
                assertAgrees(end);
                // Only a replica with a socket polls, and this is the only one.
                long polls = polls();
                await().atMost(Duration.ofSeconds(20)).until(() -> polls() >= polls + 3);
                for (String taskId : acknowledged) {
                    assertThat(client.frames(taskId)).isEmpty();
                }
                assertThat(client.frames(third)).hasSize(1);
            }
        }
    }

    private static long unacknowledged() {
        return database.number(
                "SELECT count(*) FROM progress_tasks WHERE user_id = 'acknowledges'"
                        + " AND completed_at IS NOT NULL AND acknowledged_seq < last_seq");
    }

    private static long polls() {
        return database.number(
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
                        + " WHERE query LIKE '%jsonb_array_elements_text(users)%'"
                        + " AND dbid = (SELECT oid FROM pg_database"
                        + " WHERE datname = current_database())");
    }
}
