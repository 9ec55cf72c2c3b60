package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaContext;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * A replica hears that tasks wait: its own look, once a minute here, would come far too late. That
 * a call reaches the others by whichever transport is in {@code TransportContract}.
 */
class CalledReplicaTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String TOKEN = Tokens.user(1);

    private static final Servers.PostgresDatabase database = Servers.database();
    private static ReplicaContext small;
    private static ReplicaContext idle;

    @BeforeAll
    static void start() {
        List<String> options = new ArrayList<>(database.options());
        options.addAll(
                List.of(
                        "--progress.timing.claim=1m",
                        "--progress.shutdown_grace=0",
                        "--clusters[1].name=slow",
                        "--clusters[1].type=simulated",
                        "--clusters[1].nodes=20",
                        "--clusters[1].latency_ms=60000"));
        idle = ReplicaContext.start("idle", options);
        options.add("--progress.batch.max_running=1");
        small = ReplicaContext.start("small", options);
        for (ReplicaContext replica : List.of(small, idle)) {
            await().atMost(SOON).until(() -> replica.state().equals("REALTIME"));
            // Its first look, a second after its start, is over.
            await().atMost(SOON).until(() -> replica.camel().getUptime().toMillis() > 3_000);
        }
    }

    @AfterAll
    static void stop() {
        small.close();
        idle.close();
    }

    private static String post() {
        return small.api(TOKEN)
                .start(
                        "cordon",
                        ApiClient.batch("slow", ApiClient.nodes(20)).put("concurrency", 2));
    }

    private static void awaitOwner(String taskId, String owner) {
        await().atMost(SOON)
                .until(
                        () ->
                                database.number(
                                                "SELECT count(*) FROM progress_tasks WHERE task_id"
                                                        + " = '"
                                                        + taskId
                                                        + "' AND owner = '"
                                                        + owner
                                                        + "'")
                                        == 1);
    }

    @Test
    void takesWhatWaitsElsewhereForRoomAndWhatIsHandedOver() {
        String running = post();
        awaitOwner(running, "small");
        String waiting = post();
        awaitOwner(waiting, "idle");
        assertThat(small.bean(RunningBatches.class).count()).isEqualTo(1);

        small.close();
        awaitOwner(running, "idle");
        assertThat(idle.bean(RunningBatches.class).count()).isEqualTo(2);
    }
}
