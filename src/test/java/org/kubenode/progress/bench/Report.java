package org.kubenode.progress.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What the benchmarks left in {@code target/bench}: with {@code -Dbench.docs} it becomes the tables
 * and pictures of docs/benchmarks.md, with {@code -Dbench.compare=<folder of an earlier run>} it is
 * printed beside that, pair by pair.
 */
public final class Report {

    private static final Path RUN = Path.of("target", "bench");
    private static final Path DOCUMENT = Path.of("docs", "benchmarks.md");
    private static final ObjectMapper JSON = new ObjectMapper();

    private Report() {}

    public static void main(String[] args) throws IOException {
        Map<String, JsonNode> run = read(RUN);
        String earlier = System.getProperty("bench.compare", "");
        if (!earlier.isEmpty()) {
            compare(read(Path.of(earlier)), run);
        }
        if (Boolean.getBoolean("bench.docs")) {
            document(run);
            if (run.containsKey("latency")) {
                picture("latency", latencies(run));
            }
            if (run.containsKey("cost")) {
                picture("throughput", throughput(run));
            }
        }
    }

    private static Map<String, JsonNode> read(Path folder) throws IOException {
        Map<String, JsonNode> files = new TreeMap<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : found) {
                JsonNode results = JSON.readTree(file.toFile());
                if (results.has("figures")) {
                    files.put(file.getFileName().toString().replace(".json", ""), results);
                }
            }
        }
        return files;
    }

    private static void compare(Map<String, JsonNode> before, Map<String, JsonNode> after) {
        Map<String, Double> old = values(before);
        System.out.printf("%-90s %12s %12s %8s%n", "old against new", "old", "new", "new/old");
        values(after)
                .forEach(
                        (what, value) -> {
                            Double was = old.get(what);
                            if (was != null) {
                                System.out.printf(
                                        "%-90s %12.3f %12.3f %8.2f%n",
                                        what, was, value, value / was);
                            }
                        });
    }

    private static Map<String, Double> values(Map<String, JsonNode> files) {
        Map<String, Double> values = new LinkedHashMap<>();
        files.forEach(
                (name, results) -> {
                    for (JsonNode latency : results.path("latencies")) {
                        String what = name + ": " + latency.path("what").asText();
                        values.put(what + ", p50 ms", latency.path("p50_ms").asDouble());
                        values.put(what + ", p99 ms", latency.path("p99_ms").asDouble());
                    }
                    for (JsonNode figure : results.path("figures")) {
                        values.put(
                                name + ": " + figure.path("what").asText(),
                                figure.path("value").asDouble());
                    }
                });
        return values;
    }

    /** Replaces what stands between the marks of each file that was measured. */
    private static void document(Map<String, JsonNode> run) throws IOException {
        String text = Files.readString(DOCUMENT);
        for (Map.Entry<String, JsonNode> file : run.entrySet()) {
            String begin = "<!-- begin " + file.getKey() + " -->";
            String end = "<!-- end " + file.getKey() + " -->";
            text =
                    Pattern.compile(
                                    Pattern.quote(begin) + ".*?" + Pattern.quote(end),
                                    Pattern.DOTALL)
                            .matcher(text)
                            .replaceFirst(
                                    java.util.regex.Matcher.quoteReplacement(
                                            begin + "\n" + tables(file.getValue()) + end));
        }
        Files.writeString(DOCUMENT, text);
    }

    private static String tables(JsonNode results) {
        StringBuilder tables = new StringBuilder();
        JsonNode machine = results.path("machine");
        tables.append(
                "Measured %s: %d processors, Java %s, %s, load %.1f at the start.%n%n"
                        .formatted(
                                results.path("at").asText().substring(0, 10),
                                machine.path("processors").asInt(),
                                machine.path("java").asText(),
                                machine.path("os").asText(),
                                machine.path("load").asDouble()));
        if (!results.path("latencies").isEmpty()) {
            tables.append(
                    """
                    | latency, ms | count | p50 | p90 | p99 | p99 corrected | max |
                    |---|---|---|---|---|---|---|
                    """);
            for (JsonNode row : results.path("latencies")) {
                tables.append(
                        "| %s | %d | %.2f | %.2f | %.2f | %.2f | %.1f |%n"
                                .formatted(
                                        row.path("what").asText(),
                                        row.path("count").asLong(),
                                        row.path("p50_ms").asDouble(),
                                        row.path("p90_ms").asDouble(),
                                        row.path("p99_ms").asDouble(),
                                        row.path("p99_corrected_ms").asDouble(),
                                        row.path("max_ms").asDouble()));
            }
            tables.append('\n');
        }
        if (!results.path("figures").isEmpty()) {
            tables.append("| figure | value | aim |\n|---|---|---|\n");
            for (JsonNode row : results.path("figures")) {
                double value = row.path("value").asDouble();
                String pattern = value >= 1_000 ? "%,.0f" : value >= 10 ? "%.1f" : "%.2f";
                tables.append(
                        "| %s | %s %s | %s |%n"
                                .formatted(
                                        row.path("what").asText(),
                                        pattern.formatted(value),
                                        row.path("unit").asText(),
                                        row.path("aim").asText()));
            }
        }
        return tables.toString();
    }

    private static Chart latencies(Map<String, JsonNode> run) {
        Chart chart = new Chart("From the statement to the frame, p50 to p99", "ms", 0.01, 1_000);
        for (JsonNode row : run.get("latency").path("latencies")) {
            String what = row.path("what").asText();
            if (what.startsWith("floor") || what.contains("100 nodes, 5 ms: each")) {
                chart.range(
                        what.replace(", 100 nodes, 5 ms: each message", ""),
                        row.path("p50_ms").asDouble(),
                        row.path("p99_ms").asDouble());
            }
        }
        return chart;
    }

    private static Chart throughput(Map<String, JsonNode> run) {
        Chart chart = new Chart("Node results a second, durable", "per second", 100, 100_000);
        List<JsonNode> rows = new ArrayList<>();
        run.get("cost").path("figures").forEach(rows::add);
        for (JsonNode row : rows) {
            String what = row.path("what").asText();
            if (what.endsWith("node results a second, durable")) {
                chart.bar(
                        what.substring(0, what.indexOf(" at once")), row.path("value").asDouble());
            }
        }
        return chart;
    }

    private static void picture(String name, Chart chart) throws IOException {
        Files.writeString(Path.of("docs", "images", name + ".svg"), chart.svg());
    }
}
