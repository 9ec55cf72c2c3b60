package org.kubenode.progress.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What one run measured: a table for people, {@code target/bench/<name>.json} for programs. */
final class Results {

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final String name;
    private final List<String> rows = new ArrayList<>();
    private final ObjectNode json = JSON.createObjectNode();
    private final ArrayNode latencies = json.putArray("latencies");
    private final ArrayNode figures = json.putArray("figures");

    Results(String name) {
        this.name = name;
        json.put("at", Instant.now().toString());
        ObjectNode machine = json.putObject("machine");
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("java", System.getProperty("java.version"));
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put(
                "load",
                java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                        .getSystemLoadAverage());
        rows.add(
                "%-58s %8s %8s %8s %8s %8s %8s"
                        .formatted("latency, ms", "count", "p50", "p90", "p99", "p99 c", "max"));
    }

    /** Latencies in nanoseconds that did not wait for one another: there is nothing to correct. */
    void latency(String what, Histogram nanos) {
        latency(what, nanos, Long.MAX_VALUE);
    }

    /**
     * Latencies in nanoseconds, as they were, and with the 99th percentile corrected for
     * coordinated omission: while one message is late, those that would have followed are not even
     * asked for.
     *
     * @param interval nanoseconds between two requests of one source, had nothing been late
     */
    void latency(String what, Histogram nanos, long interval) {
        double p50 = nanos.getValueAtPercentile(50) / 1e6;
        double p90 = nanos.getValueAtPercentile(90) / 1e6;
        double p99 = nanos.getValueAtPercentile(99) / 1e6;
        Histogram whole = nanos.copyCorrectedForCoordinatedOmission(interval);
        double corrected = whole.getValueAtPercentile(99) / 1e6;
        double max = nanos.getMaxValue() / 1e6;
        rows.add(
                "%-58s %8d %8.3f %8.3f %8.3f %8.3f %8.3f"
                        .formatted(what, nanos.getTotalCount(), p50, p90, p99, corrected, max));
        latencies
                .addObject()
                .put("what", what)
                .put("count", nanos.getTotalCount())
                .put("p50_ms", p50)
                .put("p90_ms", p90)
                .put("p99_ms", p99)
                .put("p99_corrected_ms", corrected)
                .put("max_ms", max);
    }

    /**
     * One number.
     *
     * @param aim what it should be, in words, or empty
     */
    void figure(String what, double value, String unit, String aim) {
        rows.add(
                "%-58s %12.3f %s%s"
                        .formatted(what, value, unit, aim.isEmpty() ? "" : " (aim: " + aim + ")"));
        figures.addObject().put("what", what).put("value", value).put("unit", unit).put("aim", aim);
    }

    void write(PrintStream out) throws IOException {
        Path file = Path.of("target", "bench", name + ".json");
        Files.createDirectories(file.getParent());
        JSON.writeValue(file.toFile(), json);
        rows.forEach(out::println);
        out.println(file);
    }
}
