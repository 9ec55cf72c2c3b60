package org.kubenode.progress.chaos;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What happened during a run. Thread-safe; kept as one JSON object a line. */
final class History {

    private static final JsonMapper JSON = new JsonMapper();

    private final List<Event> events = new ArrayList<>(100_000);

    static long now() {
        return System.currentTimeMillis();
    }

    void add(Event event) {
        synchronized (events) {
            events.add(event);
        }
    }

    List<Event> events() {
        synchronized (events) {
            return List.copyOf(events);
        }
    }

    void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (Event event : events()) {
                out.write(JSON.writeValueAsString(event));
                out.newLine();
            }
        }
    }

    static List<Event> read(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            List<Event> events = new ArrayList<>();
            for (String line : (Iterable<String>) lines::iterator) {
                events.add(JSON.readValue(line, Event.class));
            }
            return events;
        }
    }
}
