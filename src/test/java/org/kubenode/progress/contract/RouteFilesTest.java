package org.kubenode.progress.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The house rules of the route files and of the SQL they name. */
class RouteFilesTest {

    private static final Path SQL = Path.of("src", "main", "resources", "sql");
    private static final List<String> STORES = List.of("postgres", "sqlite");
    private static final Pattern KEBAB = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^}]*)}}");
    private static final Pattern SECRET =
            Pattern.compile("(?i)passw|secret|credential|token=|pass=|apikey");

    private static final Pattern BEAN_CALL = Pattern.compile("method[:=] ?\"?\\w+\\((.+)\\)");

    /** Properties that hold what a client, a cluster or a configuration wrote. */
    private static final Pattern TEXT_PARAMETER =
            Pattern.compile(
                    "\\$\\{(header\\..*|exchangeProperty\\.(task_id|user_id|node|cluster|operation))}");

    private static JsonSchema schema;

    static List<RouteFile> files() {
        return RouteFile.all();
    }

    private static synchronized JsonSchema schema() {
        if (schema == null) {
            try (InputStream in =
                    RouteFilesTest.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
                schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return schema;
    }

    @ParameterizedTest
    @MethodSource("files")
    void fileFollowsTheSchemaOfTheYamlDsl(RouteFile file) {
        JsonNode content = file.content().deepCopy();
        // The schema wants a boolean where Camel also takes a placeholder.
        RouteFile.walk(
                content,
                (name, node) -> {
                    if (node instanceof ObjectNode object
                            && object.path("autoStartup").isTextual()) {
                        object.set("autoStartup", BooleanNode.TRUE);
                    }
                });
        assertThat(schema().validate(content)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("files")
    void fileIsNamedAfterItsMainRouteAndSaysWhatItTakesAndGives(RouteFile file) {
        Set<String> names = new TreeSet<>();
        file.entries("route")
                .forEach(
                        route -> {
                            names.add(route.path("id").asText());
                            names.add(route.path("group").asText());
                        });
        file.entries("rest").forEach(rest -> names.add(rest.path("id").asText()));
        if (!file.name().equals("errors")) {
            assertThat(names).contains(file.name());
        }
        assertThat(file.text()).startsWith("# ");
        assertThat(file.text()).as("no tabs").doesNotContain("\t");
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyRouteHasIdDescriptionAndGroup(RouteFile file) {
        for (JsonNode route : file.routes()) {
            String id = route.path("id").asText();
            assertThat(id).matches(KEBAB);
            assertThat(route.path("description").asText())
                    .as("description of " + id)
                    .matches("(?s)[A-Z].*\\.");
            assertThat(route.path("group").asText()).as("group of " + id).matches(KEBAB);
        }
    }

    @Test
    void everyIdIsKebabCaseAndThereOnce() {
        Map<String, String> seen = new HashMap<>();
        List<String> wrong = new ArrayList<>();
        for (RouteFile file : files()) {
            for (String kind : List.of("route", "routeConfiguration", "rest")) {
                for (JsonNode entry : file.entries(kind)) {
                    List<String> ids = new ArrayList<>();
                    ids.add(entry.path("id").asText());
                    RouteFile.walk(
                            entry,
                            (name, node) -> {
                                if (node.isObject() && node.path("id").isTextual()) {
                                    ids.add(node.get("id").textValue());
                                } else if (node.isArray()) {
                                    node.forEach(
                                            item -> {
                                                if (item.path("id").isTextual()) {
                                                    ids.add(item.get("id").textValue());
                                                }
                                            });
                                }
                            });
                    for (String id : ids) {
                        String before = seen.put(id, file.toString());
                        if (before != null) {
                            wrong.add(id + " in " + before + " and " + file);
                        } else if (!KEBAB.matcher(id).matches()) {
                            wrong.add(id + " in " + file);
                        }
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyEndpointThatIsSentToHasAnIdAndItsOptionsBesidesItsPath(RouteFile file) {
        List<String> wrong = new ArrayList<>();
        for (String kind : List.of("route", "routeConfiguration")) {
            for (JsonNode entry : file.entries(kind)) {
                RouteFile.walk(
                        entry,
                        (name, node) -> {
                            if (Set.of("to", "toD", "wireTap").contains(name)) {
                                if (!node.path("id").isTextual()) {
                                    wrong.add("no id: " + node);
                                }
                                if (node.path("uri").asText().contains("?")) {
                                    wrong.add("options in the path: " + node);
                                }
                            }
                        });
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyDirectAndSedaHasItsPartner() {
        Map<String, Set<String>> consumers = new HashMap<>();
        Set<String> sent = new TreeSet<>();
        List<String> prefixes = new ArrayList<>();
        for (RouteFile file : files()) {
            for (JsonNode route : file.routes()) {
                String uri = route.at("/from/uri").asText();
                if (uri.startsWith("direct:") || uri.startsWith("seda:")) {
                    consumers
                            .computeIfAbsent(path(uri), key -> new TreeSet<>())
                            .add(route.get("id").asText());
                }
            }
            for (RouteFile.Sent to : file.sent()) {
                String uri = to.uri();
                if (!uri.startsWith("direct:") && !uri.startsWith("seda:")) {
                    continue;
                }
                if (uri.contains("${")) {
                    prefixes.add(uri.substring(0, uri.indexOf("${")));
                } else {
                    sent.add(path(uri));
                }
            }
        }
        assertThat(consumers.keySet()).as("sent to, and nobody listens").containsAll(sent);
        Set<String> idle = new TreeSet<>(consumers.keySet());
        idle.removeAll(sent);
        idle.removeIf(uri -> prefixes.stream().anyMatch(uri::startsWith));
        idle.removeIf(RouteFilesTest::calledFromJava);
        assertThat(idle).as("listens, and nobody sends").isEmpty();
        consumers.forEach(
                (uri, routes) -> {
                    String name = uri.substring(uri.indexOf(':') + 1);
                    if (!name.equals("notify")) {
                        assertThat(routes).as(uri).containsExactly(name);
                    } else {
                        assertThat(routes).allMatch(id -> id.startsWith("notify-"));
                    }
                });
    }

    /**
     * A route that waits for itself is read in circles. What goes to another thread - a queue, a
     * wire tap - ends there; an endpoint with an expression in it leads to all that fit, but the
     * step of a roll to none of these, since it is refused unless it is one of one's own.
     */
    @Test
    void noRouteCallsBackUp() {
        Map<String, Set<String>> calls = new TreeMap<>();
        for (RouteFile file : files()) {
            for (JsonNode route : file.routes()) {
                Set<String> called = new TreeSet<>();
                for (RouteFile.Sent sent : RouteFile.sent(route)) {
                    boolean ownStep = sent.uri().equals("direct:node-${exchangeProperty.step}");
                    if (!sent.kind().equals("wireTap")
                            && !ownStep
                            && sent.uri().startsWith("direct:")) {
                        called.add(sent.uri().replaceAll("\\$\\{[^}]*}", ".+"));
                    }
                }
                // Each transport has a route of its own there: what any of them calls counts.
                calls.computeIfAbsent(route.at("/from/uri").asText(), none -> new TreeSet<>())
                        .addAll(called);
            }
        }
        Set<String> circles = new TreeSet<>();
        for (String start : calls.keySet()) {
            Set<String> reached = new TreeSet<>();
            List<String> open = new ArrayList<>(calls.get(start));
            while (!open.isEmpty()) {
                String call = open.remove(0);
                for (String route : calls.keySet()) {
                    if (route.matches(call) && reached.add(route)) {
                        open.addAll(calls.get(route));
                    }
                }
            }
            if (reached.contains(start)) {
                circles.add(start);
            }
        }
        assertThat(circles).isEmpty();
    }

    private static String path(String uri) {
        int options = uri.indexOf('?');
        return options < 0 ? uri : uri.substring(0, options);
    }

    private static boolean calledFromJava(String uri) {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .anyMatch(file -> read(file).contains('"' + uri + '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyPlaceholderIsInKebabCaseHasNoDefaultOfItsOwnAndIsDocumented() {
        String documentation = read(Path.of("docs", "configuration.md"));
        Set<String> wrong = new TreeSet<>();
        for (RouteFile file : files()) {
            Matcher placeholder = PLACEHOLDER.matcher(file.text());
            while (placeholder.find()) {
                String name = placeholder.group(1);
                boolean documented =
                        documentation.contains("{{" + name + "}}")
                                || documentation.contains("`" + name.replace('-', '_') + "`");
                if (!name.matches("[a-z0-9]+([.-][a-z0-9]+)*") || !documented) {
                    wrong.add(name + " in " + file);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** Else Camel's own handler writes sixty lines for each statement that fails in an outage. */
    @Test
    void everyRouteThatAsksTheRowsSaysWhatBecomesOfItsErrors() {
        List<String> wrong = new ArrayList<>();
        for (RouteFile file : files()) {
            for (JsonNode route : file.routes()) {
                boolean asks =
                        RouteFile.sent(route).stream()
                                .anyMatch(sent -> sent.uri().startsWith("sql:"));
                boolean catches =
                        route.findValue("doCatch") != null || route.findValue("onFallback") != null;
                if (asks && !catches && !route.has("routeConfigurationId")) {
                    wrong.add(file + ": " + route.path("id").textValue());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /**
     * Without the option a breaker asks the wall clock how long it has been open: one that is put
     * back by two minutes keeps it open as long. No wall clock can be moved in a test of one JVM;
     * the chaos suite moves it.
     */
    @Test
    void noBreakerWaitsByTheWallClock() {
        List<String> wrong = new ArrayList<>();
        int breakers = 0;
        for (RouteFile file : files()) {
            for (JsonNode breaker : file.content().findValues("circuitBreaker")) {
                breakers++;
                if (!breaker.path("resilience4jConfiguration")
                        .path("automaticTransitionFromOpenToHalfOpenEnabled")
                        .booleanValue()) {
                    wrong.add(file + ": " + breaker.path("id").textValue());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(breakers).isPositive();
    }

    /**
     * While the steps of an onException run, Camel keeps that in the exchange, and copies share it:
     * one that was queued there and fails before they are through is taken for an endless loop and
     * dropped. What goes on after an error stands after a doTry.
     */
    @Test
    void noErrorHandlerSendsAnExchangeOn() {
        List<String> wrong = new ArrayList<>();
        int handlers = 0;
        for (RouteFile file : files()) {
            for (JsonNode handler : file.content().findValues("onException")) {
                handlers++;
                for (JsonNode to : handler.findValues("to")) {
                    if (!to.path("uri").asText().equals("direct:answer-problem")) {
                        wrong.add(file + ": " + to.path("id").textValue());
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(handlers).isPositive();
    }

    /**
     * What Camel binds to a parameter goes through an expression: a later {@code *} is null, and a
     * text {@code null} is none, quotes are taken off. So a text is a bean's body, {@code *} its
     * first parameter, and what stands beside it is an object.
     */
    @Test
    void noTextGoesToABeanThroughAnExpression() {
        List<String> wrong = new ArrayList<>();
        int calls = 0;
        for (RouteFile file : files()) {
            Matcher call = BEAN_CALL.matcher(file.text());
            while (call.find()) {
                calls++;
                List<String> parameters = List.of(call.group(1).split(", *"));
                boolean starLater = parameters.lastIndexOf("*") > 0;
                boolean text = parameters.stream().anyMatch(TEXT_PARAMETER.asMatchPredicate());
                if (starLater || text && file.path().getFileName().toString().matches("[234].*")) {
                    wrong.add(file + ": " + call.group());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(calls).isPositive();
    }

    /** Simple joins them from left to right: {@code a || b && c} is {@code (a || b) && c}. */
    @Test
    void noConditionMixesAndWithOr() {
        List<String> wrong = new ArrayList<>();
        for (RouteFile file : files()) {
            RouteFile.walk(
                    file.content(),
                    (name, node) -> {
                        String text = node.asText();
                        if (text.contains("&&") && text.contains("||")) {
                            wrong.add(file + ": " + text);
                        }
                    });
        }
        assertThat(wrong).isEmpty();
    }

    /** The fallback gets the exchange as it was before the breaker. */
    @Test
    void noFallbackReadsWhatTheStepsOfItsBreakerSet() {
        List<String> wrong = new ArrayList<>();
        int breakers = 0;
        for (RouteFile file : files()) {
            for (JsonNode breaker : file.content().findValues("circuitBreaker")) {
                breakers++;
                String fallback = breaker.path("onFallback").toString();
                for (String step : List.of("setProperty", "setHeader")) {
                    for (JsonNode set : breaker.path("steps").findValues(step)) {
                        String name = set.path("name").asText();
                        if (fallback.contains("exchangeProperty." + name)
                                || fallback.contains("header." + name)) {
                            wrong.add(file + ": " + name);
                        }
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(breakers).isPositive();
    }

    @Test
    void noUriOrOptionHoldsASecret() {
        List<String> wrong = new ArrayList<>();
        for (RouteFile file : files()) {
            RouteFile.walk(
                    file.content(),
                    (name, node) -> {
                        if (name.equals("uri") && SECRET.matcher(node.asText()).find()) {
                            wrong.add(file + ": " + node);
                        }
                        if (name.equals("parameters") && node.isObject()) {
                            node.properties()
                                    .forEach(
                                            option -> {
                                                if (SECRET.matcher(option.getKey() + "=").find()
                                                        || SECRET.matcher(
                                                                        option.getValue().asText())
                                                                .find()) {
                                                    wrong.add(file + ": " + option.getKey());
                                                }
                                            });
                        }
                    });
        }
        assertThat(wrong).isEmpty();
    }

    /**
     * Camel takes the quotes off a text that a parameter of a bean's method is given, and a text
     * {@code null} for none. So what a client sent is read as Received, at the door.
     */
    @Test
    void noTextOfAClientPassesThroughAnExpression() {
        Map<String, String> firstSteps = new HashMap<>();
        List<String> wrong = new ArrayList<>();
        for (RouteFile file : files()) {
            for (JsonNode route : file.routes()) {
                firstSteps.put(
                        route.at("/from/uri").asText(), route.at("/from/steps/0/to/uri").asText());
                if (route.path("group").asText().equals("http")
                        && route.toString().contains("${header.")) {
                    wrong.add(file + ": " + route.path("id").asText());
                }
            }
        }
        int calls = 0;
        for (RouteFile file : files()) {
            for (JsonNode rest : file.content().findValues("rest")) {
                for (JsonNode to : rest.findValues("to")) {
                    calls++;
                    if (!"direct:receive-request".equals(firstSteps.get(to.path("uri").asText()))) {
                        wrong.add(file + ": " + to);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(calls).isGreaterThan(12);
    }

    @Test
    void everySqlStepNamesAFileOfEachStoreAndTheNumberOfItsParameters() {
        List<String> wrong = new ArrayList<>();
        Set<Path> used = new TreeSet<>();
        for (RouteFile file : files()) {
            for (RouteFile.Sent to : file.sent()) {
                if (!to.uri().startsWith("sql:")) {
                    continue;
                }
                Matcher uri =
                        Pattern.compile("sql:classpath:sql/([^/]+)/([a-z-]+\\.sql)")
                                .matcher(to.uri());
                if (!uri.matches()) {
                    wrong.add(file + ": " + to.uri() + " is no file");
                    continue;
                }
                List<String> stores =
                        uri.group(1).equals("{{progress.store}}") ? STORES : List.of(uri.group(1));
                for (String store : stores) {
                    Path sql = SQL.resolve(store).resolve(uri.group(2));
                    if (!Files.exists(sql)) {
                        wrong.add(file + ": there is no " + sql);
                        continue;
                    }
                    used.add(sql);
                    int count = parameters(sql);
                    JsonNode set = to.step().path("parameters").path("parametersCount");
                    // Without parameters camel-sql needs no count and takes none.
                    if (count > 0 ? set.asInt() != count : set.asInt() != 0) {
                        wrong.add(file + ": " + sql + " has " + count + ", the step says " + set);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        Set<Path> unused = new TreeSet<>(sqlFiles());
        unused.removeAll(used);
        assertThat(unused).as("named by no step").isEmpty();
    }

    @Test
    void everySqlFileIsOneStatementWithNamedParametersOnly() {
        for (Path sql : sqlFiles()) {
            String text = read(sql);
            String statement = statement(text);
            assertThat(text).as(sql + " says what goes in").startsWith("-- ");
            assertThat(statement).as(sql.toString()).doesNotContain(";").doesNotContain("?");
            text.lines()
                    .filter(line -> line.startsWith("--"))
                    .forEach(
                            comment ->
                                    assertThat(comment)
                                            .as(sql.toString())
                                            .doesNotContain(":#")
                                            .doesNotContain("?"));
            assertThat(statement)
                    .as(sql + " reads properties or a body's map, never a bare header")
                    .doesNotContain("${header")
                    .doesNotContain("${headers");
        }
    }

    private static int parameters(Path sql) {
        Matcher parameter = Pattern.compile(":#").matcher(statement(read(sql)));
        int count = 0;
        while (parameter.find()) {
            count++;
        }
        return count;
    }

    private static String statement(String text) {
        return text.lines()
                .filter(line -> !line.startsWith("--"))
                .collect(Collectors.joining("\n"));
    }

    private static List<Path> sqlFiles() {
        try (Stream<Path> files = Files.walk(SQL)) {
            return files.filter(file -> file.toString().endsWith(".sql")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
