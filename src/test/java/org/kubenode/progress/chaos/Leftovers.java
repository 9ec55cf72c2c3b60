package org.kubenode.progress.chaos;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.kubenode.progress.testing.ReplicaProcess;

/** What replicas hold when nobody is connected and nothing runs: connections, sockets, threads. */
final class Leftovers {

    /** Pool, subscription, the bouncer's or Redis' two, what HTTP keeps alive, and what listens. */
    private static final int SOCKETS = 40;

    /** More than at its start: the 60 of the operations, and other pools that grew under load. */
    private static final int THREADS = 100;

    private static final Pattern SAMPLE = Pattern.compile("(?m)^(\\w+)(\\{[^}]*})? ([-+.\\dE]+)$");
    private static final Pattern PATH = Pattern.compile("path=\"(\\w+)\"");

    private final Stage stage;
    private final History history;
    private final Map<Long, Integer> threadsAtStart = new TreeMap<>();

    Leftovers(Stage stage, History history) {
        this.stage = stage;
        this.history = history;
        stage.all().forEach(replica -> threadsAtStart.put(replica.pid(), threads(replica)));
    }

    /** Once every client has left. */
    void count() {
        int usual = threadsAtStart.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        for (ReplicaProcess replica : stage.all()) {
            String name = replica.name();
            counted("sockets of clients on " + name, 0, () -> sessions(replica));
            counted("sockets of " + name, SOCKETS, () -> sockets(replica));
            counted("threads of " + name, usual + THREADS, () -> threads(replica));
            counted(
                    "subscriptions of " + name,
                    1,
                    () -> connections("kube-node-manager-" + name + "-listen"));
            counted(
                    "pooled connections of " + name,
                    stage.bouncer() == null ? 10 : 30,
                    () -> connections("kube-node-manager-" + name + "-pool"));
            if (stage.redis() != null) {
                counted(
                        "connections to Redis of " + name,
                        2,
                        () -> (int) stage.redis().connectionsOf("kube-node-manager-" + name));
            }
        }
    }

    /** Waits a while for what is still going. */
    private void counted(String what, int allowed, Callable<Integer> now) {
        int[] last = {-1};
        try {
            await(what)
                    .atMost(Duration.ofSeconds(20))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(250))
                    .ignoreExceptions()
                    .until(() -> (last[0] = now.call()) <= allowed);
        } catch (ConditionTimeoutException stays) {
            // The rule that reads it judges.
            last[0] = last[0] < 0 ? Integer.MAX_VALUE : last[0];
        }
        history.add(new Event.Counted(History.now(), what, last[0], allowed));
    }

    /** How many messages went by which path, by the replicas' own count since their last start. */
    void paths() {
        for (ReplicaProcess replica : stage.all()) {
            Matcher sample = SAMPLE.matcher(metrics(replica));
            while (sample.find()) {
                if (sample.group(1).equals("progress_notification_latency_seconds_count")) {
                    Matcher path = PATH.matcher(sample.group(2));
                    history.add(
                            new Event.Delivered(
                                    History.now(),
                                    replica.name(),
                                    path.find() ? path.group(1) : "?",
                                    (long) Double.parseDouble(sample.group(3))));
                }
            }
        }
    }

    private static int sessions(ReplicaProcess replica) {
        Matcher sample = SAMPLE.matcher(metrics(replica));
        while (sample.find()) {
            if (sample.group(1).equals("websocket_sessions")) {
                return (int) Double.parseDouble(sample.group(3));
            }
        }
        throw new IllegalStateException("no websocket_sessions");
    }

    private static String metrics(ReplicaProcess replica) {
        return replica.api(null).get("/actuator/prometheus").body();
    }

    private int connections(String application) {
        return (int)
                stage.postgres()
                        .number(
                                "SELECT count(*) FROM pg_stat_activity WHERE application_name = '"
                                        + application
                                        + "'");
    }

    private static int threads(ReplicaProcess replica) {
        return entries(Path.of("/proc/" + replica.pid() + "/task"), file -> true);
    }

    private static int sockets(ReplicaProcess replica) {
        return entries(
                Path.of("/proc/" + replica.pid() + "/fd"),
                file -> {
                    try {
                        return Files.readSymbolicLink(file).toString().startsWith("socket:");
                    } catch (IOException closedMeanwhile) {
                        return false;
                    }
                });
    }

    private static int entries(Path folder, java.util.function.Predicate<Path> which) {
        try (Stream<Path> files = Files.list(folder)) {
            return (int) files.filter(which).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
