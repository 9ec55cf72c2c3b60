package org.kubenode.progress.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.api.management.ManagedCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.store.Database;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Ends of tasks, posted by whole replicas to a real server. */
@ExtendWith(OutputCaptureExtension.class)
class NotifyEndsTest {

    private static final String SECRET = "for-tests-only-0123456789";

    @TempDir Path folder;

    private List<String> options(String store, Receiver receiver, String... more) {
        List<String> options =
                new ArrayList<>(
                        store.equals("postgres")
                                ? Servers.database().options()
                                : List.of(
                                        "--database.type=sqlite",
                                        "--database.path=" + folder.resolve("rows.db")));
        options.add("--progress.webhook_url=" + receiver.url());
        options.add("--progress.webhook.interval=100ms");
        options.add("--progress.webhook.timeout=1s");
        options.addAll(List.of(more));
        return options;
    }

    private static ReplicaContext start(String name, List<String> options) {
        ReplicaContext replica = ReplicaContext.start(name, options);
        await().atMost(Duration.ofSeconds(20)).until(() -> replica.bean(Database.class).up());
        // Who has the place: ends are noted from now on.
        await().atMost(Duration.ofSeconds(10)).until(() -> looked(replica) > 0);
        return replica;
    }

    private static long looked(ReplicaContext replica) throws Exception {
        return replica.camel()
                .getCamelContextExtension()
                .getContextPlugin(ManagedCamelContext.class)
                .getManagedRoute("post-next-end")
                .getExchangesTotal();
    }

    private static Set<String> runs(ReplicaContext replica, int count) {
        Set<String> tasks = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            tasks.add(replica.api(Tokens.user(i)).start("cordon", "test", 7));
        }
        return tasks;
    }

    private static void awaitPosted(Receiver receiver, Set<String> tasks) {
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(receiver.ids()).containsAll(tasks));
    }

    private static double metric(ReplicaContext replica, String name) {
        return replica.bean(MeterRegistry.class).get(name).gauge().value();
    }

    /**
     * Only one posts while both live, and the other goes on when it is gone, whoever wrote the end.
     */
    @ParameterizedTest
    @ValueSource(strings = {"postgres", "sqlite"})
    void eachEndIsPostedByOneReplicaAtATime(String store) throws Exception {
        try (Receiver receiver = new Receiver()) {
            List<String> options = options(store, receiver, "--progress.webhook.secret=" + SECRET);
            ReplicaContext first = start("first", options);
            try (first;
                    ReplicaContext second = start("second", options)) {
                Set<String> tasks = runs(first, 4);
                tasks.addAll(runs(second, 4));
                awaitPosted(receiver, tasks);
                assertThat(receiver.replicas()).hasSize(1);
                // Nothing waits, and nothing was posted twice.
                await().until(() -> metric(second, "progress.webhook.waiting") == 0);
                assertThat(receiver.posts()).hasSameSizeAs(tasks);

                Receiver.Post post = receiver.posts().get(0);
                assertThat(post.signature())
                        .isEqualTo(
                                Signature.of(
                                        SECRET,
                                        post.id(),
                                        Long.parseLong(post.timestamp()),
                                        post.body()));
                JsonNode data = new ObjectMapper().readTree(post.body()).path("data");
                assertThat(data.path("task_id").asText()).isEqualTo(post.id());
                assertThat(data.path("status").asText()).isEqualTo("completed");
                assertThat(data.path("outcome").asText()).isEqualTo("completed with failures");
                assertThat(data.path("failed_count").asInt()).isEqualTo(1);
                assertThat(data.at("/failed_nodes/0/node_name").asText()).isEqualTo("node-7");

                boolean firstPosts = receiver.replicas().contains("kube-node-progress/first");
                (firstPosts ? first : second).close();
                ReplicaContext left = firstPosts ? second : first;
                Set<String> later = runs(left, 2);
                awaitPosted(receiver, later);
                assertThat(receiver.replicas()).hasSize(2);
            }
        }
    }

    /** It died, or its link did, after the receiver had it and before the row was gone. */
    @Test
    void anEndWhoseAnswerIsLostIsPostedAgain() {
        try (Receiver receiver = new Receiver();
                ReplicaContext replica = start("lost", options("postgres", receiver))) {
            // Closed without an answer, twice.
            receiver.answering((exchange, post) -> receiver.posts().size() < 3 ? 0 : 204);
            String task = replica.api(Tokens.user(1)).start("cordon", "test", 3);
            await().atMost(Duration.ofSeconds(20)).until(() -> receiver.posts().size() == 3);
            assertThat(receiver.ids()).containsExactly(task);
            await().until(() -> metric(replica, "progress.webhook.waiting") == 0);
        }
    }

    /**
     * One that hangs, then is down, then is back: batches go on meanwhile, and every end arrives.
     */
    @Test
    void aReceiverThatHangsOrIsDownSlowsNobody(CapturedOutput output) throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        Receiver receiver =
                new Receiver()
                        .answering(
                                (exchange, post) -> {
                                    // The head comes, the answer never ends.
                                    exchange.sendResponseHeaders(200, 0);
                                    hang.await();
                                    return 0;
                                });
        int port = receiver.port();
        try (ReplicaContext replica = start("patient", options("postgres", receiver))) {
            Set<String> tasks = runs(replica, 5);
            await().atMost(Duration.ofSeconds(10)).until(() -> !receiver.posts().isEmpty());
            for (String task : tasks) {
                await().atMost(Duration.ofSeconds(5)).until(() -> ended(replica, task));
            }
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> output.getAll().contains("it took longer than 1000 ms"));
            assertThat(metric(replica, "progress.webhook.waiting")).isEqualTo(5);
            receiver.close();
            hang.countDown();
            try (Receiver back = new Receiver(port)) {
                awaitPosted(back, tasks);
            }
        } finally {
            hang.countDown();
            receiver.close();
        }
        assertThat(output.getAll()).doesNotContain("not-to-be-shown");
    }

    private static boolean ended(ReplicaContext replica, String task) {
        return !replica.api(Tokens.admin(0)).task(task).path("completed_at").isNull();
    }

    /** What one end is refused for does not keep the others back. */
    @Test
    void anEndThatIsRefusedWaitsForItselfAlone() {
        try (Receiver receiver = new Receiver();
                ReplicaContext replica = start("refused", options("postgres", receiver))) {
            String bad = replica.api(Tokens.user(1)).start("cordon", "test", 3);
            receiver.answering((exchange, post) -> post.id().equals(bad) ? 400 : 204);
            Set<String> good = runs(replica, 3);
            awaitPosted(receiver, good);
        }
    }

    @Test
    void ofTooManyTheOldestAreGivenUp() {
        try (Receiver receiver = new Receiver().answering((exchange, post) -> 503);
                ReplicaContext replica =
                        start(
                                "many",
                                options("sqlite", receiver, "--progress.webhook.max_waiting=2"))) {
            runs(replica, 5);
            MeterRegistry metrics = replica.bean(MeterRegistry.class);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> metrics.get("progress.webhook.dropped").counter().count() == 3);
            await().until(() -> metric(replica, "progress.webhook.waiting") == 2);
        }
    }

    /** Without an address nothing is noted: nobody would ever take it. */
    @Test
    void isOffUnlessAnAddressIsGiven() {
        List<String> options =
                List.of("--database.type=sqlite", "--database.path=" + folder.resolve("off.db"));
        try (ReplicaContext replica = ReplicaContext.start("off", options)) {
            await().atMost(Duration.ofSeconds(20)).until(() -> replica.bean(Database.class).up());
            String task = replica.api(Tokens.admin(0)).start("cordon", "test", 3);
            await().atMost(Duration.ofSeconds(10)).until(() -> ended(replica, task));
            assertThat(replica.camel().getRoute("notify-ends")).isNull();
            Object waiting =
                    replica.camel()
                            .createProducerTemplate()
                            .requestBody("sql:classpath:sql/sqlite/count-ends.sql", (Object) "");
            assertThat(waiting).asString().contains("waiting=0");
        }
    }
}
