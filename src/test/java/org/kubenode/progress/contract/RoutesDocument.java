package org.kubenode.progress.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes {@code docs/routes.md} from the route files. */
final class RoutesDocument {

    private static final List<String> METHODS = List.of("get", "post", "put", "delete");
    private static final Pattern INSIDE = Pattern.compile("(direct|seda):.*");
    private static final Pattern OUTSIDE = Pattern.compile("(pgevent|spring-redis|websocket-).*");

    private final List<RouteFile> files;

    private RoutesDocument(List<RouteFile> files) {
        this.files = files;
    }

    static String write(List<RouteFile> files) {
        return new RoutesDocument(files).page();
    }

    private String page() {
        StringBuilder page = new StringBuilder();
        page.append(
                """
                # Routes

                <!-- Made by RoutesDocumentTest from routes/:
                     mvn test -Dtest=RoutesDocumentTest -Ddocs.rewrite=true -->

                Every route of every file, what starts it and what it calls, in the order of the files. A file in
                `progress.routes_dir` (`./routes`) replaces the packaged one of its name; how to add one stands in
                [extending.md](extending.md). Hawtio (`/actuator/hawtio`) shows the same ids with live counters.

                How the files call each other: an arrow is a `direct:` or `seda:` endpoint, a dotted one leaves or enters the
                replica.

                """);
        page.append("```mermaid\nflowchart TD\n");
        flow().forEach(line -> page.append("  ").append(line).append('\n'));
        page.append("```\n");
        for (RouteFile file : files) {
            if (file.routes().isEmpty() && file.entries("rest").isEmpty()) {
                continue;
            }
            page.append("\n## [%s](../routes/%s)\n".formatted(number(file), file));
            calls(page, file);
            routes(page, file);
        }
        return page.toString();
    }

    private static void calls(StringBuilder page, RouteFile file) {
        for (JsonNode rest : file.entries("rest")) {
            page.append("\n| call | does | route |\n|---|---|---|\n");
            for (String method : METHODS) {
                for (JsonNode call : rest.path(method)) {
                    page.append(
                            "| `%s %s%s` | %s | %s |\n"
                                    .formatted(
                                            method.toUpperCase(Locale.ROOT),
                                            rest.path("path").asText(),
                                            call.path("path").asText(),
                                            call.path("description").asText(),
                                            code(call.path("to").path("uri").asText())));
                }
            }
        }
    }

    private static void routes(StringBuilder page, RouteFile file) {
        if (file.routes().isEmpty()) {
            return;
        }
        page.append("\n| route | group | what it does | from | calls |\n|---|---|---|---|---|\n");
        for (JsonNode route : file.routes()) {
            page.append(
                    "| `%s` | %s | %s | %s | %s |\n"
                            .formatted(
                                    route.path("id").asText(),
                                    route.path("group").asText(),
                                    meaning(route),
                                    code(route.path("from").path("uri").asText()),
                                    sent(route).stream()
                                            .map(RoutesDocument::code)
                                            .collect(Collectors.joining("<br>"))));
        }
    }

    private static String meaning(JsonNode route) {
        StringBuilder meaning = new StringBuilder(cell(route.path("description").asText()));
        if (route.has("note")) {
            meaning.append("<br>*").append(cell(route.get("note").asText())).append('*');
        }
        if (route.has("precondition")) {
            meaning.append("<br>Only when ").append(code(route.get("precondition").asText()));
        }
        return meaning.toString();
    }

    /** The lines of the flow: a node for each file, an arrow for each file that calls another. */
    private List<String> flow() {
        Map<String, String> fileOf = new LinkedHashMap<>();
        Set<String> lines = new LinkedHashSet<>();
        for (RouteFile file : files) {
            if (!file.routes().isEmpty()) {
                lines.add("%s[%s]".formatted(node(file), number(file)));
            }
            // Several files may serve one endpoint; a precondition decides between them.
            for (JsonNode route : file.routes()) {
                fileOf.merge(
                        route.path("from").path("uri").asText(),
                        node(file),
                        (one, other) -> one + " & " + other);
            }
        }
        for (RouteFile file : files) {
            for (JsonNode rest : file.entries("rest")) {
                lines.add(
                        "http([HTTP %s]) -.-> %s"
                                .formatted(rest.path("path").asText(), node(file)));
            }
            for (JsonNode route : file.routes()) {
                String from = route.path("from").path("uri").asText();
                if (OUTSIDE.matcher(from).matches()) {
                    lines.add("%s -.-> %s".formatted(outside(from), node(file)));
                }
            }
            for (RouteFile.Sent sent : file.sent()) {
                String uri = sent.uri();
                if (OUTSIDE.matcher(uri).matches()) {
                    lines.add("%s -.-> %s".formatted(node(file), outside(uri)));
                } else if (INSIDE.matcher(uri).matches()) {
                    served(fileOf, uri).stream()
                            .filter(to -> !to.equals(node(file)))
                            .forEach(to -> lines.add("%s --> %s".formatted(node(file), to)));
                }
            }
        }
        return List.copyOf(lines);
    }

    /** Who serves an endpoint; one with an expression in it is served by all that fit. */
    private static Set<String> served(Map<String, String> fileOf, String uri) {
        Pattern name =
                Pattern.compile(
                        Arrays.stream(uri.split("\\$\\{[^}]*}", -1))
                                .map(Pattern::quote)
                                .collect(Collectors.joining("[\\w-]+")));
        return fileOf.entrySet().stream()
                .filter(route -> name.matcher(route.getKey()).matches())
                .map(Map.Entry::getValue)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String outside(String uri) {
        String scheme = uri.substring(0, uri.indexOf(':'));
        return switch (scheme) {
            case "pgevent" -> "listen([PostgreSQL LISTEN])";
            case "spring-redis" -> "pubsub([Redis Pub/Sub])";
            default -> "sockets([WebSockets and streams])";
        };
    }

    private static String node(RouteFile file) {
        return "f" + number(file);
    }

    private static String number(RouteFile file) {
        return file.path().getFileName().toString().replace(".camel.yaml", "");
    }

    private static List<String> sent(JsonNode route) {
        Set<String> sent = new LinkedHashSet<>();
        RouteFile.sent(route.path("from").path("steps")).forEach(step -> sent.add(step.uri()));
        return new ArrayList<>(sent);
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + cell(text) + "`";
    }

    private static String cell(String text) {
        return text.strip().replace("|", "\\|");
    }
}
