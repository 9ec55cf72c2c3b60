package org.kubenode.progress.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * Proxies that cut connections on which nothing moves: Debian's nginx with the ready configuration
 * before the sockets, and a relay before PostgreSQL.
 */
@Tag("full")
class IdleConnectionsTest {

    private static final String TOKEN = Tokens.admin("operator");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir Path folder;
    private ReplicaProcess replica;
    private Process nginx;

    @AfterEach
    void end() throws InterruptedException {
        if (replica != null) {
            replica.close();
        }
        if (nginx != null) {
            nginx.destroy();
            assertThat(nginx.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void startReplica(Servers.PostgresDatabase database, String... options) {
        replica =
                ReplicaProcess.classes("idle")
                        .options(database.options())
                        .options(options)
                        .cluster(0, "test", 10, 5, "")
                        .cluster(1, "slow", 200, 200, "")
                        .start();
        replica.awaitStatus("state", "REALTIME", PATIENCE);
    }

    /** The ready configuration before the replica, with a read time-out of {@code seconds}. */
    private int startNginx(int seconds) throws Exception {
        int port = Servers.freePort();
        Path file = folder.resolve("nginx.conf");
        Files.writeString(
                file,
                Files.readString(Path.of("configs", "compose", "nginx.conf"))
                        .replace("listen 8080", "listen 127.0.0.1:" + port)
                        .replace("set $replicas replica;", "set $replicas 127.0.0.1;")
                        .replace("$replicas:8080", "$replicas:" + replica.port())
                        .replace("75s", seconds + "s")
                        .replace(" /tmp/", " " + folder + "/"));
        nginx =
                new ProcessBuilder("nginx", "-g", "daemon off;", "-c", file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        await("start of nginx").atMost(Duration.ofSeconds(10)).until(() -> Servers.accepts(port));
        return port;
    }

    /** The end of a stream is one too. */
    private static boolean ended(InputStream stream) {
        try {
            return stream.read(new byte[8_192]) < 0;
        } catch (IOException cut) {
            return true;
        }
    }

    private static InputStream stream(int port) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:"
                                                        + port
                                                        + "/api/v1/progress/stream"))
                                .header("Authorization", "Bearer " + TOKEN)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }

    @Test
    void aProxyThatWaitsLessThanThePingCutsIdleSocketsAndAClientResumes() throws Exception {
        startReplica(Servers.database());
        int proxy = startNginx(2);
        InputStream stream = stream(proxy);
        try (ProgressClient client = ProgressClient.connect(proxy, TOKEN, "scope=own")) {
            await().atMost(Duration.ofSeconds(10)).until(() -> client.closed() != null);
            await().atMost(Duration.ofSeconds(10)).until(() -> ended(stream));
            assertThat(client.closed()).startsWith("1006");

            String taskId = replica.api(TOKEN).start("cordon", "test", 10);
            client.reconnect(proxy);
            client.awaitEnd(taskId);
            assertThat(client.violations()).isEmpty();
        }
    }

    @Test
    void aProxyThatWaitsLongerThanThePingCutsNothing() throws Exception {
        startReplica(Servers.database(), "--progress.websocket.ping_interval=700ms");
        int proxy = startNginx(2);
        try (InputStream stream = stream(proxy);
                ProgressClient client = ProgressClient.connect(proxy, TOKEN, "scope=own")) {
            long until = System.nanoTime() + Duration.ofSeconds(7).toNanos();
            await().atMost(Duration.ofSeconds(20))
                    .until(
                            () -> {
                                assertThat(client.closed()).isNull();
                                assertThat(ended(stream)).isFalse();
                                return System.nanoTime() > until;
                            });

            String taskId = replica.api(TOKEN).start("cordon", "test", 10);
            client.awaitEnd(taskId);
            assertThat(client.violations()).isEmpty();
        }
    }

    /** A probe a second keeps LISTEN from being idle; the pool's connections are cut unnoticed. */
    @Test
    void aBalancerThatWaitsLongerThanAProbeIsNotNoticed() throws Exception {
        Servers.PostgresDatabase direct = Servers.database();
        try (Relay balancer = Relay.to("127.0.0.1", direct.port())) {
            balancer.cutIdle(Duration.ofSeconds(3));
            startReplica(direct.through(balancer));
            int before = replica.log().length();
            await().during(Duration.ofSeconds(10))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> degradations() == 0);

            assertEveryStepArrives();
            assertThat(replica.log().substring(before)).doesNotContain("WARN", "ERROR");
        }
    }

    /** While it proves itself a link is asked often enough to stand, and then it falls again. */
    @Test
    void aBalancerThatWaitsLessThanAProbeMakesAFlappingLinkThatLosesNothing() throws Exception {
        Servers.PostgresDatabase direct = Servers.database();
        try (Relay pool = Relay.to("127.0.0.1", direct.port());
                Relay listen = Relay.to("127.0.0.1", direct.port())) {
            startReplica(
                    direct.through(pool),
                    "--database.listen_host=127.0.0.1",
                    "--database.listen_port=" + listen.port());
            listen.cutIdle(Duration.ofMillis(700));
            listen.cut();

            await().atMost(PATIENCE).until(() -> degradations() >= 3);
            assertThat(replica.log()).contains("WARN", "The PostgreSQL notifier is interrupted: ");
            assertEveryStepArrives();

            listen.heal();
            listen.cut();
            replica.awaitStatus("state", "REALTIME", PATIENCE);
        }
    }

    private void assertEveryStepArrives() {
        try (ProgressClient client =
                ProgressClient.connect(replica.port(), TOKEN, "conflate=0&scope=own")) {
            String taskId = replica.api(TOKEN).start("cordon", "slow", 100);
            client.awaitEnd(taskId);
            assertThat(client.violations()).isEmpty();
            assertThat(client.task(taskId).count()).isEqualTo(101);
        }
    }

    private double degradations() {
        ApiClient.Answer exposition = replica.api(TOKEN).get("/actuator/prometheus");
        return exposition
                .body()
                .lines()
                .filter(line -> line.startsWith("progress_degradations_total "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
                .findFirst()
                .orElse(0);
    }
}
