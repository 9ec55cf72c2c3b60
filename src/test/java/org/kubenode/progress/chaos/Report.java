package org.kubenode.progress.chaos;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** Says what a run was and what came of it. */
final class Report {

    private Report() {}

    /** Without what an embedded server says at its start. */
    static void quiet() {
        ((Logger) LoggerFactory.getLogger("io.zonky")).setLevel(Level.WARN);
    }

    static void print(Episode.Outcome outcome) {
        System.out.printf(
                "chaos: %s on %s, seed %d: %d faults in %d s, %d tasks, %d messages, %d frames, %d"
                        + " violations%n",
                outcome.scenario().name(),
                outcome.scenario().stage(),
                outcome.scenario().seed(),
                outcome.caused(),
                outcome.length().toSeconds(),
                outcome.tasks(),
                outcome.messages(),
                outcome.frames(),
                outcome.verdict().violations().size());
        System.out.println("chaos:   faults " + outcome.faults());
        outcome.verdict()
                .counts()
                .forEach((what, n) -> System.out.println("chaos:   " + what + ": " + n));
        outcome.verdict().violations().stream()
                .limit(20)
                .forEach(violation -> System.out.println("chaos:   ! " + violation));
    }

    /** The table for docs/chaos.md, below target/chaos. */
    static void write(String name, List<Episode.Outcome> outcomes) throws IOException {
        StringBuilder table = new StringBuilder();
        table.append(
                "| stage | seed | seconds | faults | tasks | messages | frames | violations |\n");
        table.append("|---|---|---|---|---|---|---|---|\n");
        Map<String, Integer> faults = new TreeMap<>();
        Map<String, Long> counts = new TreeMap<>();
        long[] sum = new long[6];
        for (Episode.Outcome outcome : outcomes) {
            long[] figures = {
                outcome.length().toSeconds(),
                outcome.caused(),
                outcome.tasks(),
                outcome.messages(),
                outcome.frames(),
                outcome.verdict().violations().size()
            };
            row(
                    table,
                    outcome.scenario().stage().name().toLowerCase(),
                    "" + outcome.scenario().seed(),
                    figures);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += figures[i];
            }
            outcome.faults().forEach((kind, n) -> faults.merge(kind, n, Integer::sum));
            outcome.verdict()
                    .counts()
                    .forEach(
                            (what, n) ->
                                    counts.merge(
                                            what,
                                            n,
                                            what.startsWith("worst") ? Math::max : Long::sum));
        }
        row(table, "all", "", sum);
        table.append("\n| fault | times |\n|---|---|\n");
        faults.forEach((kind, n) -> table.append("| %s | %d |%n".formatted(kind, n)));
        table.append("\n| counted | |\n|---|---|\n");
        counts.forEach((what, n) -> table.append("| %s | %d |%n".formatted(what, n)));
        Path file = Path.of("target", "chaos", name + ".md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, table);
        System.out.println("chaos: " + file);
    }

    private static void row(StringBuilder table, String stage, String seed, long[] figures) {
        table.append("| ").append(stage).append(" | ").append(seed).append(" |");
        for (long figure : figures) {
            table.append(' ').append(figure).append(" |");
        }
        table.append('\n');
    }
}
