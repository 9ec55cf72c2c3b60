package org.kubenode.progress.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ProgressClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/**
 * An hour with every server away: PostgreSQL, Redis, the API server of a cluster, and the issuer's
 * keys. One replica is refused, one finds lines that stand and say nothing, one cannot verify a
 * token. Every minute an operator opens a socket and asks; every fifth one starts a batch. The log
 * stays short, and threads, connections and heap flat. {@code -Dservers.minutes=} makes it shorter.
 */
@Tag("servers")
class EverythingAwayIT {

    private static final int MINUTES = Integer.getInteger("servers.minutes", 60);
    private static final int MOST_LINES = 300;

    /** After it a replica has loaded and opened what it works with. */
    private static final int SETTLED = Math.min(10, MINUTES / 3);

    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    @TempDir private Path folder;
    private final List<ServerSocket> holes = new ArrayList<>();
    private final List<Watched> watched = new ArrayList<>();

    /** What a replica takes after a minute. */
    private record Sample(long lines, int threads, long sockets, long heapKb) {}

    private record Watched(
            String what, ReplicaProcess replica, String token, List<Sample> samples) {}

    @BeforeEach
    void start() throws Exception {
        String secret = Tokens.of("operator", "admin", Duration.ofHours(4), Tokens.SECRET);
        watch("refused", secret, Servers.freePort(), Servers.freePort(), Servers.freePort());
        watch("silent", secret, silent(), silent(), silent());
        watch(
                "refused, the issuer's keys too",
                tokenOfAnIssuer(),
                Servers.freePort(),
                Servers.freePort(),
                Servers.freePort(),
                "--jwt.secret=",
                "--jwt.jwk_set_uri=http://127.0.0.1:" + Servers.freePort() + "/keys");
    }

    /** Nobody takes its connections: the first stand and say nothing, later ones find no end. */
    private int silent() throws IOException {
        ServerSocket hole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        holes.add(hole);
        return hole.getLocalPort();
    }

    private void watch(
            String what, String token, int postgres, int redis, int apiServer, String... more)
            throws IOException {
        Path kubeconfig = folder.resolve("kubeconfig-" + watched.size());
        Files.writeString(
                kubeconfig,
                """
                apiVersion: v1
                kind: Config
                clusters: [{name: prod, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: me, user: {token: t}}]
                contexts: [{name: prod, context: {cluster: prod, user: me}}]
                current-context: prod
                """
                        .formatted(apiServer));
        ReplicaProcess replica =
                ReplicaProcess.classes("away")
                        .options(
                                "--database.host=127.0.0.1",
                                "--database.port=" + postgres,
                                "--progress.notify_type=redis",
                                "--progress.redis.addr=127.0.0.1:" + redis,
                                "--clusters[1].name=prod",
                                "--clusters[1].type=kubernetes",
                                "--clusters[1].kubeconfig=" + kubeconfig)
                        .cluster(0, "test", 5, 0, "")
                        .options(more)
                        .start();
        watched.add(new Watched(what, replica, token, new ArrayList<>()));
    }

    private static String tokenOfAnIssuer() throws JOSEException {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
                        new JWTClaimsSet.Builder()
                                .claim("user_id", "operator")
                                .claim("role", "admin")
                                .claim("type", "access")
                                .expirationTime(
                                        new Date(
                                                System.currentTimeMillis()
                                                        + Duration.ofHours(4).toMillis()))
                                .build());
        token.sign(new RSASSASigner(new RSAKeyGenerator(2048).keyID("k").generate()));
        return token.serialize();
    }

    @AfterEach
    void end() throws IOException {
        watched.forEach(one -> one.replica().close());
        for (ServerSocket hole : holes) {
            hole.close();
        }
    }

    @Test
    void theLogStaysShortAndNothingGrows() throws Exception {
        long begun = System.nanoTime();
        for (int minute = 1; minute <= MINUTES; minute++) {
            for (Watched one : watched) {
                use(one, minute);
            }
            long next = begun + TimeUnit.MINUTES.toNanos(minute);
            await().atMost(Duration.ofMinutes(2)).until(() -> System.nanoTime() >= next);
            for (Watched one : watched) {
                one.samples().add(sample(one.replica()));
            }
            System.out.printf("servers: minute %d: %s%n", minute, last());
            report();
        }
        for (Watched one : watched) {
            assertThat(one.replica().isAlive()).isTrue();
            List<Sample> all = one.samples();
            List<Sample> early = all.subList(SETTLED / 2, SETTLED + SETTLED / 2);
            List<Sample> late = all.subList(all.size() - SETTLED, all.size());
            assertThat(late.get(late.size() - 1).lines())
                    .as("lines of " + one.what())
                    .isLessThan(MOST_LINES);
            assertThat(late.stream().mapToInt(Sample::threads).max().orElseThrow())
                    .as("threads of " + one.what())
                    .isLessThanOrEqualTo(
                            early.stream().mapToInt(Sample::threads).max().orElseThrow() + 5);
            assertThat(late.stream().mapToLong(Sample::sockets).max().orElseThrow())
                    .as("sockets of " + one.what())
                    .isLessThanOrEqualTo(
                            early.stream().mapToLong(Sample::sockets).max().orElseThrow() + 5);
            assertThat(late.stream().mapToLong(Sample::heapKb).average().orElseThrow())
                    .as("heap of " + one.what())
                    .isLessThan(
                            early.stream().mapToLong(Sample::heapKb).average().orElseThrow()
                                    + 4_096);
        }
    }

    /** What an operator does who does not know yet. */
    private void use(Watched one, int minute) {
        ApiClient api = one.replica().api(one.token());
        boolean known = api.get("/api/v1/progress/status").status() == 200;
        assertThat(api.get("/api/v1/clusters/prod/nodes").status()).isGreaterThanOrEqualTo(500);
        assertThat(api.get("/api/v1/tasks").status()).isGreaterThanOrEqualTo(500);
        if (known) {
            try (ProgressClient socket =
                    ProgressClient.connect(one.replica().port(), one.token())) {
                if (minute % 5 == 0) {
                    String task = api.start("cordon", "test", 5);
                    socket.awaitEnd(task);
                }
            }
        }
    }

    private List<Sample> last() {
        return watched.stream().map(one -> one.samples().get(one.samples().size() - 1)).toList();
    }

    /** Its heap is what a collection leaves. */
    private static Sample sample(ReplicaProcess replica) throws Exception {
        Path process = Path.of("/proc", Long.toString(replica.pid()));
        String threads =
                Files.readAllLines(process.resolve("status")).stream()
                        .filter(line -> line.startsWith("Threads:"))
                        .findFirst()
                        .orElseThrow();
        long sockets;
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            sockets = files.filter(EverythingAwayIT::isSocket).count();
        }
        jcmd(replica, "GC.run");
        long heapKb = 0;
        Matcher used = USED.matcher(jcmd(replica, "GC.heap_info").split("Metaspace")[0]);
        while (used.find()) {
            heapKb += Long.parseLong(used.group(1));
        }
        return new Sample(
                replica.log().lines().count(),
                Integer.parseInt(threads.replaceAll("\\D", "")),
                sockets,
                heapKb);
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    private static String jcmd(ReplicaProcess replica, String command) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(replica.pid()),
                                command)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }

    private void report() throws IOException {
        StringBuilder table =
                new StringBuilder(
                        "| every server | minute | lines of the log | threads | sockets | heap after"
                                + " a collection |\n|---|---|---|---|---|---|\n");
        for (Watched one : watched) {
            for (int minute = 1; minute <= one.samples().size(); minute++) {
                if (minute == 1 || minute % 10 == 0 || minute == one.samples().size()) {
                    Sample sample = one.samples().get(minute - 1);
                    table.append(
                            "| %s | %d | %d | %d | %d | %.1f MB |%n"
                                    .formatted(
                                            one.what(),
                                            minute,
                                            sample.lines(),
                                            sample.threads(),
                                            sample.sockets(),
                                            sample.heapKb() / 1024.0));
                }
            }
        }
        Path target = Files.createDirectories(Path.of("target", "servers"));
        Files.writeString(target.resolve("away.md"), table);
    }
}
