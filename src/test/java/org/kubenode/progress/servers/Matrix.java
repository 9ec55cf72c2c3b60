package org.kubenode.progress.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.kubenode.progress.servers.Cell.Seen;

/** The matrix as tables, one a server. */
final class Matrix {

    private Matrix() {}

    static void write(Path file, Map<Cell, Seen> seen, List<String> missing) throws IOException {
        StringBuilder text = new StringBuilder();
        String server = "";
        List<Map.Entry<Cell, Seen>> rows = new ArrayList<>(seen.entrySet());
        rows.sort(Comparator.comparing(row -> row.getKey().server()));
        for (Map.Entry<Cell, Seen> entry : rows) {
            Cell cell = entry.getKey();
            Seen what = entry.getValue();
            if (!cell.server().equals(server)) {
                server = cell.server();
                text.append("%n### %s%n%n".formatted(server));
                text.append(
                        "| scenario | notifier | database | reason shown | lines | well again after |\n");
                text.append("|---|---|---|---|---|---|\n");
            }
            text.append(
                    "| %s | `%s` | %s | %s | %d | %s |%n"
                            .formatted(
                                    cell.scenario(),
                                    what.state(),
                                    what.database(),
                                    reason(what),
                                    what.lines(),
                                    what.toRealtime() < 0
                                            ? ""
                                            : "%.1f s".formatted(what.toRealtime())));
        }
        if (!missing.isEmpty()) {
            text.append("%nLeft out, because it could not be had: %s.%n".formatted(missing));
        }
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /** Without the ports of this run. */
    private static String reason(Seen what) {
        String reason =
                what.reason().isEmpty() || what.reason().equals(what.databaseReason())
                        ? what.databaseReason()
                        : what.databaseReason().isEmpty()
                                ? what.reason()
                                : what.reason() + "; database: " + what.databaseReason();
        return reason.isEmpty()
                ? ""
                : "`" + reason.replaceAll(":\\d{5}\\b", ":…").replace("|", "\\|") + "`";
    }
}
