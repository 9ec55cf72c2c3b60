package org.kubenode.progress.hostile;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.websocket.RawSocket;

/** One replica under attack, and one innocent user of it. */
final class Siege implements AutoCloseable {

    private static final Pattern LIVE = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final String INNOCENT = Tokens.user("innocent");

    private final HttpServer endless;
    private final ReplicaProcess replica;
    private final List<String> large = new ArrayList<>();

    /** What each client of an attack was told, most recent last. */
    private final Map<String, String> told = new ConcurrentHashMap<>();

    /** Times in milliseconds, sorted. */
    record Times(double[] request, double[] message, double[] batch) {

        static double quantile(double[] sorted, double q) {
            return sorted[(int) Math.min(sorted.length - 1L, Math.round(q * sorted.length))];
        }

        List<double[]> all() {
            return List.of(request, message, batch);
        }
    }

    /** What the replica holds: bytes after a full collection, threads, descriptors. */
    record Held(long bytes, int threads, int descriptors) {}

    /**
     * @param options where its rows are
     * @param largeTasks how many finished tasks of 5,000 nodes the attacker owns
     */
    Siege(Collection<String> options, int largeTasks) throws IOException {
        endless = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        endless.createContext("/", Siege::answerForEver);
        endless.setExecutor(Executors.newCachedThreadPool(Siege::daemon));
        endless.start();
        replica =
                ReplicaProcess.classes("hostile")
                        .jvm("-Xmx256m", "-XX:+UseSerialGC")
                        .options(options)
                        .options("--progress.batch.max_pending=200")
                        .cluster(0, "fast", 5_000, 0, "")
                        .cluster(1, "slow", 50, 2_000, "")
                        .options(
                                "--clusters[2].name=endless",
                                "--clusters[2].type=kubernetes",
                                "--clusters[2].kubeconfig=" + kubeconfig())
                        .start();
        ApiClient mallory = replica.api(Target.TOKEN);
        for (int i = 0; i < largeTasks; i++) {
            large.add(
                    mallory.start(
                            "cordon",
                            ApiClient.batch("fast", ApiClient.nodes(5_000))
                                    .put("concurrency", 100)));
        }
        Awaitility.await("large tasks")
                .atMost(Duration.ofMinutes(2))
                .until(
                        () ->
                                large.stream()
                                        .allMatch(
                                                task ->
                                                        mallory.task(task)
                                                                .path("status")
                                                                .asText()
                                                                .equals("completed")));
    }

    private String kubeconfig() throws IOException {
        Path file = Files.createTempFile("endless", ".yaml");
        file.toFile().deleteOnExit();
        return Files.writeString(
                        file,
                        """
                        apiVersion: v1
                        kind: Config
                        clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
                        users: [{name: u, user: {token: t}}]
                        contexts: [{name: x, context: {cluster: c, user: u}}]
                        current-context: x
                        """
                                .formatted(endless.getAddress().getPort()))
                .toString();
    }

    private static void answerForEver(com.sun.net.httpserver.HttpExchange exchange)
            throws IOException {
        byte[] part =
                ("{\"kind\":\"Node\",\"pad\":\"" + "x".repeat(60_000) + "\"},")
                        .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write("{\"kind\":\"NodeList\",\"items\":[".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 20_000; i++) {
                out.write(part);
            }
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "siege");
        thread.setDaemon(true);
        return thread;
    }

    /** Attacks until the innocent user has been measured so often, or for so long. */
    Times round(Attack attack, int samples, Duration atLeast) throws Exception {
        Target target = new Target(replica, large);
        ExecutorService clients = Executors.newFixedThreadPool(attack.clients(), Siege::daemon);
        for (int i = 0; i < attack.clients(); i++) {
            int client = i;
            clients.execute(() -> attackUntilOver(attack, target, client));
        }
        long end = System.nanoTime() + atLeast.toNanos();
        try {
            Times times = innocent(samples);
            while (System.nanoTime() < end && !wasRefused(attack)) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            return times;
        } finally {
            target.end();
            clients.shutdown();
            clients.awaitTermination(30, TimeUnit.SECONDS);
        }
    }

    private void attackUntilOver(Attack attack, Target target, int client) {
        while (!target.over()) {
            String answer;
            try {
                answer = attack.act().once(target, client);
            } catch (Exception e) {
                answer = e.toString();
            }
            if (!answer.isEmpty()) {
                boolean refusal = attack.refusal().matcher(answer).find();
                told.merge(
                        attack.name(),
                        answer,
                        (before, now) ->
                                refusal || !attack.refusal().matcher(before).find() ? now : before);
            }
        }
    }

    /** The refusal that an attack met, or what else it was told last. */
    String told(Attack attack) {
        return told.getOrDefault(attack.name(), "nothing");
    }

    boolean wasRefused(Attack attack) {
        return attack.refusal().matcher(told(attack)).find();
    }

    /** Each time a request, and a batch of two nodes whose messages a socket brings. */
    Times innocent(int samples) throws Exception {
        double[][] times = new double[3][samples];
        ApiClient api = replica.api(INNOCENT);
        try (RawSocket socket =
                RawSocket.webSocket(
                        replica.port(), Target.SOCKET, 0, "Authorization", "Bearer " + INNOCENT)) {
            String path = "/api/v1/tasks?limit=10";
            for (int i = 0; i < samples; i++) {
                long began = System.nanoTime();
                check(api.get(path).status() == 200, "request");
                times[0][i] = millisSince(began);
                began = System.nanoTime();
                String task = api.start("cordon", "fast", 2);
                String frame = "";
                while (!frame.contains(task)) {
                    frame = text(socket);
                }
                times[1][i] = millisSince(began);
                while (!frame.contains(task) || !frame.contains("\"type\":\"complete\"")) {
                    frame = text(socket);
                }
                times[2][i] = millisSince(began);
                path = "/api/v1/tasks/" + task;
            }
        }
        for (double[] of : times) {
            Arrays.sort(of);
        }
        return new Times(times[0], times[1], times[2]);
    }

    private static String text(RawSocket socket) throws IOException {
        RawSocket.Frame frame = socket.read();
        check(frame != null && frame.opcode() != RawSocket.CLOSE, "socket");
        if (frame.opcode() == RawSocket.PING) {
            socket.send(RawSocket.PONG, frame.payload());
            return "";
        }
        return frame.text();
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("the innocent user's " + what + " failed");
        }
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    Held held() {
        String pid = Long.toString(replica.pid());
        try {
            Process jcmd =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                            .toString(),
                                    pid,
                                    "GC.class_histogram")
                            .start();
            Matcher total =
                    LIVE.matcher(
                            new String(
                                    jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            check(total.find(), "histogram");
            return new Held(
                    Long.parseLong(total.group(1)),
                    entries("/proc/" + pid + "/task"),
                    entries("/proc/" + pid + "/fd"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int entries(String folder) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of(folder))) {
            return (int) entries.count();
        }
    }

    @Override
    public void close() {
        replica.close();
        endless.stop(0);
    }
}
