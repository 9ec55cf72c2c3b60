package org.kubenode.progress.journal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/** The statement of {@code write-progress} for PostgreSQL, with question marks for parameters. */
public final class WriteStatement {

    private WriteStatement() {}

    public static String sql() {
        try (InputStream in =
                WriteStatement.class.getResourceAsStream("/sql/postgres/write-progress.sql")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("--"))
                    .collect(Collectors.joining("\n"))
                    .replaceAll(":#\\w+", "?");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
