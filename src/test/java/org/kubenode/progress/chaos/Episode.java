package org.kubenode.progress.chaos;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/** One run: servers, load, faults, quiet, judgement. Its history is left below target/chaos. */
final class Episode {

    private static final List<String> USERS = List.of("alice", "bob", "1");
    private static final Duration QUIET = Duration.ofSeconds(90);

    /** What comes after all ended comes by then: longer than any poll. */
    private static final Duration AFTERWARDS = Duration.ofSeconds(5);

    /**
     * What came of it.
     *
     * @param faults by kind, how many were caused
     */
    record Outcome(
            Scenario scenario,
            Map<String, Integer> faults,
            Duration length,
            Verdict verdict,
            Path history,
            long messages,
            long frames,
            long tasks) {

        int caused() {
            return faults.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    private final Scenario scenario;
    private final History history = new History();
    private final List<Operator> operators = new ArrayList<>();

    private Episode(Scenario scenario) {
        this.scenario = scenario;
    }

    static Outcome run(Scenario scenario) throws Exception {
        return new Episode(scenario).run();
    }

    private Outcome run() throws Exception {
        history.add(scenario.bounds());
        long length;
        try (Stage stage = new Stage(scenario)) {
            await("REALTIME everywhere")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> Watch.realtime(stage));
            Leftovers leftovers = new Leftovers(stage, history);
            try (Watch watch = new Watch(stage, history)) {
                connect(stage);
                long begun = System.nanoTime();
                try (Load load = new Load(stage, history, scenario, USERS)) {
                    new Faults(stage, operators, history).run(FaultPlan.of(scenario));
                }
                length = System.nanoTime() - begun;
                awaitAllSeen(stage);
                TimeUnit.MILLISECONDS.sleep(AFTERWARDS.toMillis());
                leftovers.paths();
            }
            Rows.collect(stage, history);
            for (Operator operator : operators) {
                operator.close();
            }
            leftovers.count();
            deadlocks(stage);
        }
        Path file =
                Path.of(
                        "target",
                        "chaos",
                        "%s-%s-%d.jsonl"
                                .formatted(scenario.name(), scenario.stage(), scenario.seed()));
        history.write(file);
        List<Event> events = history.events();
        Map<String, Integer> faults = new TreeMap<>();
        for (Event event : events) {
            if (event instanceof Event.Faulted fault) {
                faults.merge(fault.fault(), 1, Integer::sum);
            }
        }
        return new Outcome(
                scenario,
                faults,
                Duration.ofNanos(length),
                Checker.check(events),
                file,
                count(events, Event.Committed.class),
                count(events, Event.Framed.class),
                count(events, Event.Task.class));
    }

    private static long count(List<Event> events, Class<? extends Event> kind) {
        return events.stream().filter(kind::isInstance).count();
    }

    private void connect(Stage stage) throws IOException {
        int home = 0;
        for (String user : USERS) {
            for (String query : List.of("", "conflate=0")) {
                String name = user + (query.isEmpty() ? "" : "-whole");
                operators.add(new Operator(stage, history, name, user, false, query, home++ % 3));
            }
        }
        operators.add(new Operator(stage, history, "viewer", "viewer", true, "", 1));
    }

    /** Everything ended and was seen, as it should be; if not, the checker says what is missing. */
    private void awaitAllSeen(Stage stage) {
        try {
            await("the end of all tasks, at every client")
                    .atMost(QUIET)
                    .pollInterval(Duration.ofMillis(250))
                    .ignoreExceptions()
                    .until(() -> allSeen(stage));
        } catch (ConditionTimeoutException judgedLater) {
            // The rules say it better.
        }
    }

    private boolean allSeen(Stage stage) throws SQLException {
        try (Connection connection = stage.postgres().connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT task_id, user_id, epoch, last_seq, completed_at FROM"
                                        + " progress_tasks")) {
            while (row.next()) {
                if (row.getTimestamp("completed_at") == null) {
                    return false;
                }
                for (Operator operator : operators) {
                    if (operator.maySee(row.getString("user_id"))
                            && !operator.ended(
                                    row.getString("task_id"),
                                    row.getLong("epoch"),
                                    row.getLong("last_seq"))) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    private void deadlocks(Stage stage) throws IOException {
        try (Stream<String> lines = Files.lines(stage.postgres().log())) {
            history.add(
                    new Event.Counted(
                            History.now(),
                            "deadlocks",
                            lines.filter(line -> line.contains("deadlock detected")).count(),
                            0));
        }
    }
}
