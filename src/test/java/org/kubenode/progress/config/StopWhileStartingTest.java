package org.kubenode.progress.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.testing.ReplicaProcess;

/**
 * SIGTERM before the application is ready, whose servers all accept connections and say nothing.
 */
class StopWhileStartingTest {

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration START = Duration.ofMinutes(2);

    private final Duration moment =
            Duration.ofMillis(ThreadLocalRandom.current().nextLong(0, 1_000));

    @TempDir private Path folder;

    @Test
    void aStartThatIsAskedToStopEndsAtOnceInEachOfItsPhases() throws Exception {
        try (ServerSocket database = silent();
                ServerSocket redis = silent();
                ServerSocket apiServer = silent()) {
            ReplicaProcess.Builder builder =
                    ReplicaProcess.classes("asked-early")
                            .options(
                                    "--database.host=127.0.0.1",
                                    "--database.port=" + database.getLocalPort(),
                                    "--progress.notify_type=redis",
                                    "--progress.redis.addr=127.0.0.1:" + redis.getLocalPort(),
                                    "--clusters[0].name=mute",
                                    "--clusters[0].type=kubernetes",
                                    "--clusters[0].kubeconfig=" + kubeconfig(apiServer));
            List<CompletableFuture<Void>> phases =
                    List.of(
                            ends("before its first line", builder, replica -> {}),
                            ends("in the midst of it", builder, this::midst),
                            ends("while it migrates", builder, replica -> database.accept()));
            CompletableFuture.allOf(phases.toArray(CompletableFuture[]::new)).join();
        }
    }

    private void midst(ReplicaProcess replica) {
        await().atMost(START).until(() -> replica.log().contains("Starting KubeNodeProgress"));
        LockSupport.parkNanos(moment.toNanos());
    }

    private CompletableFuture<Void> ends(
            String phase, ReplicaProcess.Builder builder, Moment moment) {
        return CompletableFuture.runAsync(
                () -> {
                    try (ReplicaProcess replica = builder.launch()) {
                        moment.await(replica);
                        replica.signal("TERM");
                        assertThat(replica.exitCode(SOON))
                                .as("%s (%s)", phase, this.moment)
                                .isEqualTo(143);
                        assertThat(replica.log()).as(phase).doesNotContain("Started KubeNode");
                    } catch (Exception e) {
                        throw new IllegalStateException(phase + ", " + this.moment, e);
                    }
                });
    }

    private interface Moment {
        void await(ReplicaProcess replica) throws Exception;
    }

    private Path kubeconfig(ServerSocket apiServer) throws Exception {
        return Files.writeString(
                folder.resolve("kubeconfig"),
                """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: u, user: {token: t}}]
                contexts: [{name: x, context: {cluster: c, user: u}}]
                current-context: x
                """
                        .formatted(apiServer.getLocalPort()));
    }

    /** The system accepts for it; nobody reads. */
    private static ServerSocket silent() throws Exception {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        socket.setSoTimeout((int) START.toMillis());
        return socket;
    }
}
