package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.cluster.Clusters;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.testing.WholeApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/** More batches than a replica can run: none is lost, none is favoured, and memory is bounded. */
class BusyReplicaTest {

    private static final String BATCHES = "/api/v1/nodes/batch/cordon";

    private final Servers.PostgresDatabase database = Servers.database();

    private ConfigurableApplicationContext start(String... more) {
        List<String> options = new ArrayList<>(database.options());
        options.addAll(
                List.of(
                        "--server.port=0",
                        "--jwt.secret=" + Tokens.SECRET,
                        "--progress.timing.claim=50",
                        "--clusters[0].name=test",
                        "--clusters[0].type=simulated",
                        "--clusters[0].nodes=20",
                        "--clusters[0].latency_ms=10",
                        "--clusters[1].name=slow",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=20",
                        "--clusters[1].latency_ms=60000",
                        "--clusters[2].name=middle",
                        "--clusters[2].type=simulated",
                        "--clusters[2].nodes=20",
                        "--clusters[2].latency_ms=400",
                        "--clusters[3].name=narrow",
                        "--clusters[3].type=simulated",
                        "--clusters[3].nodes=20",
                        "--clusters[3].latency_ms=60000",
                        "--clusters[3].concurrency=10",
                        "--progress.shutdown_grace=0",
                        "--logging.file.name="));
        options.addAll(List.of(more));
        ConfigurableApplicationContext replica =
                new SpringApplicationBuilder(WholeApplication.class)
                        .run(options.toArray(String[]::new));
        ApiClient api = api(replica, 1);
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                api.get("/api/v1/progress/status")
                                        .json()
                                        .get("database")
                                        .asText()
                                        .equals("up"));
        return replica;
    }

    private static ApiClient api(ConfigurableApplicationContext replica, int user) {
        int port = Integer.parseInt(replica.getEnvironment().getProperty("local.server.port"));
        return new ApiClient(port, Tokens.user(user));
    }

    private static String batch(String cluster, int nodes) {
        return ApiClient.batch(cluster, ApiClient.nodes(nodes)).toString();
    }

    /** Of two places one user gets one, and of ten to wait nine. */
    @Test
    void pastItsQueueARequestIsToldToComeAgainAndARepeatedOneIsNot() {
        try (ConfigurableApplicationContext replica =
                start("--progress.batch.max_running=2", "--progress.batch.max_pending=10")) {
            ApiClient api = api(replica, 1);
            for (int i = 0; i < 10; i++) {
                ApiClient.Answer answer =
                        api.post(BATCHES, batch("slow", 1), "Idempotency-Key", "key-" + i);
                assertThat(answer.status()).isEqualTo(202);
                assertThat(answer.json().get("status").asText())
                        .isEqualTo(i < 1 ? "running" : "pending");
            }
            assertRefused(api, "9 batches wait, 9 of them yours and 9 for cluster 'slow'");
            assertThat(api.post(BATCHES, batch("slow", 1), "Idempotency-Key", "key-4").status())
                    .isEqualTo(202);
            assertThat(database.number("SELECT count(*) FROM progress_tasks")).isEqualTo(10);
            for (String status : List.of("running", "pending")) {
                ApiClient.Answer newcomers = api(replica, 2).post(BATCHES, batch("slow", 1));
                assertThat(newcomers.json().get("status").asText()).isEqualTo(status);
            }
            assertRefused(api(replica, 3), "10 batches wait, and no more may");
        }
    }

    private static void assertRefused(ApiClient api, String why) {
        ApiClient.Answer refused = api.post(BATCHES, batch("slow", 1));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(refused.contentType()).hasValue("application/problem+json");
        assertThat(refused.json().get("detail").asText()).startsWith(why);
    }

    /** The places of a replica, and those of a cluster, are held by one user's slow batches. */
    @Test
    void whoHasAThousandSlowBatchesWaitingHoldsNobodyElseUp() {
        try (ConfigurableApplicationContext replica = start("--progress.batch.max_pending=1200")) {
            RunningBatches running = replica.getBean(RunningBatches.class);
            api(replica, 1).post(BATCHES, batch("narrow", 20));
            for (int i = 0; i < 20; i++) {
                api(replica, 1).post(BATCHES, batch("slow", 2));
            }
            database.execute(
                    "WITH copies AS (SELECT md5(n::text) AS task_id FROM generate_series(1, 1077) n),"
                            + " tasks AS (INSERT INTO progress_tasks (task_id, user_id, action,"
                            + " cluster_name, status, total, created_at, updated_at)"
                            + " SELECT task_id, '1', 'cordon', 'slow', 'pending', 2, now(), now()"
                            + " FROM copies) INSERT INTO progress_task_inputs (task_id, node_names,"
                            + " params, concurrency, request_hash)"
                            + " SELECT task_id, '[\"node-1\"]', '{}', 1, '' FROM copies");
            assertThat(waiting()).isEqualTo(1080);
            assertRefused(api(replica, 1), "1080 batches wait, 1080 of them yours");
            assertThat(running.count()).isEqualTo(18);
            Clusters clusters = replica.getBean(Clusters.class);
            await().until(() -> clusters.limiter("narrow").inUse() == 9);

            List<Double> seconds = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                seconds.add(secondsToEnd(replica, 2, "test"));
            }
            System.out.println("measured: two nodes beside 1,080 that wait, in s: " + seconds);
            assertThat(seconds).allMatch(took -> took < 3);
            // On the cluster that is full, too.
            api(replica, 2).post(BATCHES, batch("narrow", 1));
            await().atMost(Duration.ofSeconds(3))
                    .until(() -> clusters.limiter("narrow").inUse() == 10);
            secondsToEnd(replica, 3, "test");
        }
    }

    private double secondsToEnd(ConfigurableApplicationContext replica, int user, String cluster) {
        ApiClient api = api(replica, user);
        long began = System.nanoTime();
        String taskId = api.post(BATCHES, batch(cluster, 2)).json().get("task_id").asText();
        await().pollInterval(Duration.ofMillis(20))
                .until(
                        () ->
                                api.get("/api/v1/tasks/" + taskId)
                                        .json()
                                        .get("status")
                                        .asText()
                                        .equals("completed"));
        return (System.nanoTime() - began) / 1e9;
    }

    private long waiting() {
        return database.number("SELECT count(*) FROM progress_tasks WHERE status = 'pending'");
    }

    @Test
    void whatIsDoneIsSharedEvenlyOnceEachHadATurn() throws Exception {
        try (ConfigurableApplicationContext replica = start()) {
            RunningBatches running = replica.getBean(RunningBatches.class);
            for (int users : List.of(1, 2, 10)) {
                List<Integer> ids = IntStream.range(users * 100, users * 101).boxed().toList();
                List<Callable<Integer>> requests = new ArrayList<>();
                for (int i = 0; i < 12 * users; i++) {
                    ApiClient api = api(replica, ids.get(i % users));
                    requests.add(() -> api.post(BATCHES, batch("middle", 20)).status());
                }
                ExecutorService clients = Executors.newFixedThreadPool(10);
                clients.invokeAll(requests);
                clients.shutdown();
                Map<Object, Long> before =
                        await().until(() -> nodesDone(ids), done -> done.size() == users);
                long enough = sum(before) + 60L * users;
                Map<Object, Long> after =
                        await().atMost(Duration.ofSeconds(60))
                                .until(() -> nodesDone(ids), done -> sum(done) >= enough);
                after.replaceAll((user, done) -> done - before.get(user));
                System.out.println("measured: nodes done by " + users + " users: " + after);
                double share = (double) sum(after) / users;
                assertThat(after.values()).allMatch(done -> Math.abs(done - share) < share / 2);
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> users == 10 || waiting() == 0 && running.count() == 0);
            }
        }
    }

    private Map<Object, Long> nodesDone(List<Integer> users) {
        Map<Object, Long> done = new TreeMap<>();
        rows().queryForList(
                        "SELECT user_id, count(*) AS done FROM progress_messages WHERE node_final"
                                + " GROUP BY user_id")
                .forEach(row -> done.put(row.get("user_id"), (Long) row.get("done")));
        done.keySet().retainAll(users.stream().map(Object::toString).toList());
        return done;
    }

    private static long sum(Map<Object, Long> done) {
        return done.values().stream().mapToLong(Long::longValue).sum();
    }

    @Test
    void whoPostsMuchDoesNotHoldUpWhoPostsLittle() {
        try (ConfigurableApplicationContext replica = start("--progress.batch.max_running=2")) {
            for (int i = 0; i < 12; i++) {
                api(replica, 1).post(BATCHES, batch("middle", 10));
            }
            for (int i = 0; i < 3; i++) {
                api(replica, 2).post(BATCHES, batch("middle", 10));
            }
            awaitAllEnded(15, Duration.ofSeconds(30));
            List<String> users = usersInTheOrderTheyBegan();
            // Those of user 2 take turns with those of user 1 that were there before them.
            assertThat(users.lastIndexOf("2")).as(users.toString()).isLessThan(11);
            assertOldestFirstWithinAUser();
        }
    }

    private void awaitAllEnded(long tasks, Duration atMost) {
        await().atMost(atMost)
                .until(
                        () ->
                                database.number(
                                                "SELECT count(*) FROM progress_tasks WHERE status ="
                                                        + " 'completed'")
                                        == tasks);
    }

    private JdbcTemplate rows() {
        return new JdbcTemplate(
                new org.springframework.jdbc.datasource.DriverManagerDataSource(
                        database.jdbcUrl()));
    }

    private List<String> usersInTheOrderTheyBegan() {
        return rows().queryForList(
                        "SELECT user_id FROM progress_messages WHERE seq = 1 ORDER BY created_at",
                        String.class);
    }

    /** By when they ended their first node: a whole round apart at least is certain. */
    private void assertOldestFirstWithinAUser() {
        assertThat(
                        database.number(
                                "SELECT count(*) FROM progress_messages a JOIN progress_messages b"
                                        + " ON a.user_id = b.user_id AND a.seq = 1 AND b.seq = 1"
                                        + " AND a.task_id < b.task_id AND a.created_at >"
                                        + " b.created_at + interval '500 ms'"))
                .isZero();
    }

    @Test
    void twoHundredBatchesPostedAtOnceAllRunOnBoundedThreads() throws Exception {
        postAtOnce(200, 2, Duration.ofSeconds(60));
    }

    @Test
    @Tag("full")
    void aThousandBatchesPostedAtOnceAllRunOnBoundedThreads() throws Exception {
        postAtOnce(1_000, 5, Duration.ofMinutes(5));
    }

    private void postAtOnce(int batches, int users, Duration atMost) throws Exception {
        try (ConfigurableApplicationContext replica = start("--progress.batch.max_pending=1200")) {
            RunningBatches running = replica.getBean(RunningBatches.class);
            AtomicInteger most = new AtomicInteger();
            System.gc();
            long heapBefore = heap();
            ManagementFactory.getThreadMXBean().resetPeakThreadCount();
            int threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();
            long started = System.nanoTime();
            ExecutorService clients = Executors.newFixedThreadPool(50);
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < batches; i++) {
                ApiClient api = api(replica, 1 + i % users);
                answers.add(clients.submit(() -> api.post(BATCHES, batch("test", 20)).status()));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(202);
                most.accumulateAndGet(running.count(), Math::max);
            }
            clients.shutdown();
            double accepted = (System.nanoTime() - started) / 1e9;
            await().atMost(atMost)
                    .pollInterval(Duration.ofMillis(50))
                    .until(
                            () -> {
                                most.accumulateAndGet(running.count(), Math::max);
                                return database.number(
                                                "SELECT count(*) FROM progress_tasks WHERE"
                                                        + " completed_at IS NULL")
                                        == 0;
                            });
            double ended = (System.nanoTime() - started) / 1e9;
            awaitAllEnded(batches, Duration.ofSeconds(1));
            assertThat(database.number("SELECT count(*) FROM progress_messages WHERE node_final"))
                    .isEqualTo(batches * 20L);
            assertThat(most.get()).as("batches at once").isLessThanOrEqualTo(20);
            int peak = ManagementFactory.getThreadMXBean().getPeakThreadCount();
            System.gc();
            System.out.printf(
                    "measured: %d batches at once: accepted in %.1f s, ended in %.1f s, at most %d"
                            + " at once, threads %d -> peak %d, heap after gc %d -> %d MB%n",
                    batches,
                    accepted,
                    ended,
                    most.get(),
                    threadsBefore,
                    peak,
                    heapBefore >> 20,
                    heap() >> 20);
            // 20 batches, 200 operations, the server's own, and those of the clients here.
            assertThat(peak - threadsBefore).isLessThan(20 + 200 + 200 + 60 + 40);
            assertThat(replica.getBean(RunningBatches.class).any()).isFalse();
            for (int user = 1; user <= users; user++) {
                // A user's share of the first half of what began.
                String id = Integer.toString(user);
                List<String> order = usersInTheOrderTheyBegan();
                long share = order.subList(0, order.size() / 2).stream().filter(id::equals).count();
                assertThat(share)
                        .as("share of user " + id)
                        .isCloseTo(
                                batches / users / 2,
                                org.assertj.core.data.Percentage.withPercentage(30));
            }
        }
    }

    private static long heap() {
        return Stream.of(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage())
                .mapToLong(usage -> usage.getUsed())
                .sum();
    }

    @Test
    void aRequestThatFindsABrokenLinkIsStoredAllTheSame() {
        try (ConfigurableApplicationContext replica = start()) {
            ApiClient api = api(replica, 1);
            for (int i = 0; i < 10; i++) {
                database.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                                + " application_name LIKE 'kube-node-manager-%-pool'");
                ApiClient.Answer answer = api.post(BATCHES, batch("test", 1));
                assertThat(answer.status()).as(answer.body()).isEqualTo(202);
                assertThat(answer.json().get("durable").asBoolean()).isTrue();
            }
            awaitAllEnded(10, Duration.ofSeconds(20));
        }
    }
}
