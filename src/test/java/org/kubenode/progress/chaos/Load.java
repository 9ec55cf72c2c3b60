package org.kubenode.progress.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Tokens;

/** Users who start one batch after the other, on whichever replica takes it. */
final class Load implements AutoCloseable {

    /** Which batches they start. */
    enum Batches {
        /** Of all sizes, every fifth a quick one. */
        MIXED,
        /** Quick ones of 300 nodes. */
        BURSTS,
        /** Slow ones, so that many run at once. */
        CROWD
    }

    private final Stage stage;
    private final History history;
    private final List<Thread> users = new ArrayList<>();
    private final Batches batches;
    private volatile boolean over;

    Load(Stage stage, History history, Scenario scenario, List<String> names) {
        this.batches = scenario.batches();
        this.stage = stage;
        this.history = history;
        for (String name : names) {
            Random random = new Random(scenario.seed() * 31 + name.hashCode());
            Thread user = new Thread(() -> work(name, random), "load-" + name);
            user.setDaemon(true);
            users.add(user);
            user.start();
        }
    }

    private void work(String user, Random random) {
        String token = Tokens.of(user, "user", java.time.Duration.ofHours(12), Tokens.SECRET);
        for (int batch = 0; !over; batch++) {
            boolean quick = batches == Batches.BURSTS || batches == Batches.MIXED && batch % 5 == 4;
            boolean slow = batches == Batches.CROWD;
            String action = batch % 3 == 2 ? "drain" : "cordon";
            int nodes = quick ? 300 : slow ? Stage.NODES : 10 + random.nextInt(Stage.NODES - 10);
            ObjectNode body =
                    ApiClient.batch(quick ? "quick" : "test", ApiClient.nodes(nodes))
                            .put("concurrency", quick ? 20 : slow ? 1 : 3);
            String key = user + "-" + batch + "-" + random.nextInt(Integer.MAX_VALUE);
            start(user, token, action, body, key, random);
            // As much again is under way of the batches before.
            pause(
                    switch (batches) {
                        case MIXED -> 1_500 + random.nextInt(2_000);
                        case BURSTS -> 500;
                        case CROWD -> 1_000;
                    });
        }
    }

    private void start(
            String user, String token, String action, ObjectNode body, String key, Random random) {
        while (!over) {
            int replica = random.nextInt(stage.replicas());
            try {
                ApiClient.Answer answer =
                        new ApiClient(stage.port(replica), token)
                                .post(
                                        "/api/v1/nodes/batch/" + action,
                                        body.toString(),
                                        "Idempotency-Key",
                                        key);
                if (answer.status() == 202) {
                    JsonNode task = answer.json();
                    history.add(
                            new Event.Accepted(
                                    History.now(),
                                    user,
                                    task.get("task_id").asText(),
                                    stage.replica(replica).name(),
                                    action,
                                    task.path("durable").asBoolean(true)));
                    return;
                }
            } catch (RuntimeException unknownOutcome) {
                // With the same key it is one batch all the same.
            }
            pause(200);
        }
    }

    private void pause(int millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!over && System.nanoTime() < until) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    @Override
    public void close() {
        over = true;
        for (Thread user : users) {
            try {
                user.join(40_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
