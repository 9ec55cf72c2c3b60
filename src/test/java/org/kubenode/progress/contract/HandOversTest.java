package org.kubenode.progress.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every step of the routes that hands something to another thread, and what leads on when that is
 * refused, fails or is dropped. A new one is to be declared here, with the test that shows it.
 */
class HandOversTest {

    /** The hand-over; what leaves its state again; the test of it. */
    private static final Map<String, String> DECLARED =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(
                                    "seda:fill-from-rows",
                                    "timer read-again: bean reads holds what waits. ReadAgainTest"),
                            Map.entry(
                                    "seda:claim-soon",
                                    "timer look-for-tasks: the rows hold what waits. RefusedHandOversTest"),
                            Map.entry(
                                    "seda:tell-wishes",
                                    "timer watch-wishes: the rows hold the wishes. PausedTaskTest"),
                            Map.entry(
                                    "seda:call-for-replicas",
                                    "timer look-for-tasks of each replica. RefusedHandOversTest"),
                            Map.entry(
                                    "seda:continue-writing",
                                    "timer retry-writing: the journal holds the rows."
                                            + " RefusedHandOversTest"),
                            Map.entry(
                                    "seda:notify-committed",
                                    "timer poll-progress: the rows are committed. RefusedHandOversTest"),
                            Map.entry(
                                    "seda:show-provisional",
                                    "timer retry-writing: the journal holds what was not shown."
                                            + " RefusedHandOversTest"),
                            Map.entry(
                                    "wireTap direct:run-batch on batchThreads",
                                    "give-back: its lease is given up, or the task ends."
                                            + " RefusedHandOversTest"),
                            Map.entry(
                                    "split each-node on operationThreads",
                                    "the pool waits for a thread, as long as the batch may run."
                                            + " RefusedHandOversTest"),
                            Map.entry(
                                    "delay until-the-next-flush",
                                    "bean politeStop: a deadline. PoliteStopTest"),
                            Map.entry(
                                    "delay until-the-last-steps-came",
                                    "bean politeStop: a deadline. PoliteStopTest"),
                            Map.entry(
                                    "delay until-the-next-step-is-shown",
                                    "bean politeStop: a deadline. PoliteStopTest"),
                            Map.entry(
                                    "delay until-the-next-look",
                                    "bean politeStop: a deadline. PoliteStopTest")));

    @Test
    void eachHasADeclaredWayOn() {
        assertThat(handOvers()).isEqualTo(DECLARED.keySet());
    }

    /** A test that is named is there. */
    @Test
    void theTestsExist() {
        Set<String> tests = new TreeSet<>();
        DECLARED.values().forEach(way -> tests.add(way.substring(way.lastIndexOf(' ') + 1)));
        assertThat(tests)
                .allSatisfy(
                        test ->
                                assertThat(RouteFile.testClass(test))
                                        .as("the test %s", test)
                                        .isPresent());
    }

    /** What finds no room is dropped at once: whoever hands over neither waits nor fails. */
    @Test
    void aFullQueueNeitherStopsNorFailsWhoCalls() {
        for (RouteFile file : RouteFile.all()) {
            for (RouteFile.Sent sent : file.sent()) {
                if (sent.uri().startsWith("seda:")) {
                    JsonNode parameters = sent.step().path("parameters");
                    assertThat(parameters.path("discardWhenFull").asBoolean())
                            .as("%s: discardWhenFull of %s", file, sent.step())
                            .isTrue();
                    assertThat(parameters.path("waitForTaskToComplete").asText())
                            .as("%s: waitForTaskToComplete of %s", file, sent.step())
                            .isEqualTo("Never");
                    assertThat(parameters.path("size").asInt())
                            .as("%s: size of %s", file, sent.step())
                            .isPositive();
                }
            }
        }
    }

    private static Set<String> handOvers() {
        Set<String> found = new TreeSet<>();
        for (RouteFile file : RouteFile.all()) {
            RouteFile.walk(
                    file.content(),
                    (name, node) -> {
                        String uri = node.isTextual() ? node.asText() : node.path("uri").asText();
                        String id = node.path("id").asText();
                        boolean parallel =
                                node.path("parallelProcessing").asBoolean()
                                        || node.has("executorService");
                        if (uri.startsWith("seda:")) {
                            found.add(uri);
                        } else if (name.equals("wireTap")) {
                            found.add(
                                    "wireTap "
                                            + uri
                                            + " on "
                                            + node.path("executorService").asText());
                        } else if (parallel) {
                            found.add(
                                    name
                                            + " "
                                            + id
                                            + " on "
                                            + node.path("executorService").asText());
                        } else if (Set.of("threads", "resequence", "aggregate", "delayer")
                                        .contains(name)
                                || name.equals("delay") && node.isObject()) {
                            found.add(name + " " + id);
                        }
                    });
        }
        return found;
    }
}
