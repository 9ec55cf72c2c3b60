package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Tokens;

/**
 * What an operator comes for, in at most five steps each; docs/console.md names the same steps. A
 * step is what a hand does: a click, a choice, a word typed.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OperatorTasksTest {

    private static ConsoleServer server;

    @BeforeAll
    static void start() {
        server = new ConsoleServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void find_who_drained_node_17_and_why() {
        ended(server.api(Tokens.user(21)), "cordon", "test", List.of("node-17"), "fan is loud");
        ended(server.api(Tokens.user(22)), "drain", "test", List.of("node-17"), "kernel 6.9");
        Page page = server.signedIn(Tokens.admin(20));

        page.fill("#filter", "node-17");
        page.click(".node >> text=node-17");
        page.click("#node-history");

        assertThat(page.locator("#deed-rows tr").first())
                .containsText(Pattern.compile("Drain.*user 22.*kernel 6.9.*Succeeded"));
        assertThat(page.locator("#deed-rows tr").nth(1)).containsText("fan is loud");
        page.click("#deed-rows tr:first-child a");
        assertThat(page.locator("#watch-title")).hasText("Drain · test completed");
        assertThat(page.locator("#task-facts")).containsText("kernel 6.9");
        page.context().close();
    }

    @Test
    void find_what_blocks_a_drain() {
        ApiClient api = server.api(Tokens.user(23));
        String task =
                api.start(
                        "drain",
                        ApiClient.batch("tight", ApiClient.nodes(20)).put("concurrency", 12));
        Page page = server.signedIn(Tokens.user(23));

        page.click("#history-rows button");

        assertThat(page.locator("#way-rows tr").first())
                .containsText(
                        Pattern.compile(
                                "default/web-node-\\d+.*node-\\d+.*web.*\\d s.*Cannot evict pod"));
        assertThat(page.locator("#way-advice")).containsText("scale their owner up");
        api.post("/api/v1/tasks/" + task + "/cancel", "");
        assertThat(page.locator("#way")).isHidden();
        assertThat(page.locator("#watch-title")).containsText("cancelled");
        assertThat(page.locator("[data-fact=cancelledBy] dd")).hasText("user 23");
        // What had begun is not "waiting".
        assertThat(page.locator("#table-rows .node-interrupted").first()).hasText("Interrupted");
        assertThat(page.locator("#table-rows")).containsText("Not tried");
        page.context().close();
    }

    @Test
    void undo_a_cordon_of_300_nodes() {
        ApiClient api = server.api(Tokens.user(24));
        List<String> before = nodes(10, 1);
        ended(api, "cordon", "large", before, null);
        ended(api, "cordon", "large", nodes(300, 1), "wrong rack");
        ended(api, "uncordon", "large", List.of("node-300"), null);
        ended(api, "cordon", "large", List.of("node-300"), "somebody else's");
        Page page = server.signedIn(Tokens.user(24));

        page.click("#history-rows tr:has-text('wrong rack') button");
        page.click("#undo");
        assertThat(page.locator("#confirm-title")).hasText("Undo Cordon on 289 nodes of large?");
        assertThat(page.locator("#confirm-facts"))
                .containsText("1 nodes were changed by somebody since");
        assertThat(page.locator("#confirm-facts")).containsText("10 nodes cannot be put back");
        page.fill("#confirm-name", "large");
        page.click("#confirm-yes");

        assertThat(page.locator("#watch-title")).hasText("Uncordon · large completed");
        assertThat(page.locator("#done")).hasText("289 / 289");
        TreeSet<String> still = new TreeSet<>();
        for (JsonNode node : api.get("/api/v1/clusters/large/nodes").json().path("nodes")) {
            if (!node.path("schedulable").asBoolean()) {
                still.add(node.path("name").asText());
            }
        }
        TreeSet<String> wanted = new TreeSet<>(before);
        wanted.add("node-300");
        assertThat(still).isEqualTo(wanted);
        page.context().close();
    }

    /** The nodes of the one were asked for, and those of the other were there. */
    @Test
    void an_undo_is_dropped_when_another_task_is_opened_before_its_question() {
        ApiClient api = server.api(Tokens.user(26));
        ended(api, "uncordon", "fleet", List.of("node-5"), null);
        ended(api, "cordon", "fleet", List.of("node-5"), "the other");
        String first = ended(api, "cordon", "fleet", List.of("node-6"), "the first");
        Page page = server.signedIn(Tokens.user(26));
        page.click("#history-rows tr:has-text('the first') button");
        assertThat(page.locator("#table-rows")).containsText("node-6");
        Pattern nodes = Pattern.compile(".*/tasks/" + first + "/nodes.*");
        List<Route> held = new ArrayList<>();
        page.route(nodes, held::add);

        page.click("#undo");
        page.waitForCondition(() -> !held.isEmpty());
        page.click("#history-rows tr:has-text('the other') button");
        assertThat(page.locator("#table-rows")).containsText("node-5");
        page.waitForResponse(nodes, () -> held.forEach(Route::resume));

        assertThat(page.locator("#undo")).isEnabled();
        assertThat(page.locator("#confirm")).isHidden();
        page.context().close();
    }

    @Test
    void get_a_csv_of_failures() throws Exception {
        ended(server.api(Tokens.user(25)), "uncordon", "test", nodes(100, 1), "=1+1");
        Page page = server.signedIn(Tokens.user(25));

        page.click("#history-rows button");
        page.selectOption("#table-status", "failed");
        assertThat(page.locator("#table-rows tr")).hasCount(2);
        Download download = page.waitForDownload(() -> page.click("#table-csv"));

        assertThat(download.suggestedFilename()).matches("uncordon-test-.*-failed.csv");
        List<String> lines = Files.readAllLines(download.path());
        assertThat(lines.get(0)).startsWith("position,node_name,status,message,error,started_at");
        assertThat(lines.subList(1, 3).toString()).contains("node-7,failed", "node-70,failed");
        assertThat(lines).hasSize(3);
        page.context().close();
    }

    @Test
    void an_undo_is_what_a_task_changed_and_no_more() {
        Page page = server.signedIn(Tokens.user(38));
        Object undone =
                page.evaluate(
                        """
                        async () => {
                          const { undoing } = await import('/console/undo.js');
                          const node = (name, more) => ({ name, schedulable: true, labels: {}, taints: [], ...more });
                          const change = (node_name, change) => ({ node_name, change });
                          const { batches, changedSince, cannot } = undoing([
                            change('held', { unschedulable: { from: false, to: true }, reason: { from: null, to: 'x' } }),
                            change('freed', { unschedulable: { from: true, to: false }, reason: { from: 'disk', to: null } }),
                            change('labelled', { 'labels.a': { from: '1', to: '2' }, 'labels.b': { from: null, to: '3' } }),
                            change('tainted', { 'taints.k:NoSchedule': { from: null, to: 'v' } }),
                            change('others', { unschedulable: { from: false, to: true } }),
                            change('cut', { unschedulable: { from: false, to: true }, truncated: true }),
                            change('untouched', null),
                            change('gone', { unschedulable: { from: false, to: true } }),
                          ], [
                            node('held', { schedulable: false, cordon_annotation: 'kubenode.org/reason', cordon_reason: 'x' }),
                            node('freed'), node('labelled', { labels: { a: '2', b: '3', c: '4' } }),
                            node('tainted', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] }),
                            node('others'), node('cut', { schedulable: false }), node('untouched', { schedulable: false }),
                          ], 'why');
                          return [...batches.map(({ operation, names, params }) => `${operation} ${names} ${JSON.stringify(params)}`),
                            `left ${changedSince} ${cannot}`].join('\\n');
                        }
                        """);
        assertThat(undone)
                .isEqualTo(
                        """
                        uncordon held {"reason":"why"}
                        cordon freed {"reason":"disk"}
                        label labelled {"labels":{"a":"1","b":null},"reason":"why"}
                        taint tainted {"taints":[{"key":"k","effect":"NoSchedule","value":"v","remove":true}],"reason":"why"}
                        left others cut,gone""");
    }

    @Test
    void a_cell_of_csv_is_no_formula() {
        Page page = server.signedIn(Tokens.user(39));
        assertThat(
                        page.evaluate(
                                """
                                async () => {
                                  const { csv } = await import('/console/download.js');
                                  return csv(['a', 'b'], [...'=+-@\\t\\r'].map((c) => ({ a: c + '1', b: null })).concat([{ a: 'x,"y"', b: { n: 1 } }]));
                                }
                                """))
                .isEqualTo(
                        "a,b\r\n\"'=1\",\r\n\"'+1\",\r\n\"'-1\",\r\n\"'@1\",\r\n\"'\t1\",\r\n\"'\r1\",\r\n"
                                + "\"x,\"\"y\"\"\",\"{\"\"n\"\":1}\"\r\n");
    }

    private static List<String> nodes(int count, int first) {
        return IntStream.range(first, first + count).mapToObj(i -> "node-" + i).toList();
    }

    private static String ended(
            ApiClient api, String operation, String cluster, List<String> nodes, String reason) {
        String task = api.start(operation, ApiClient.batch(cluster, nodes).put("reason", reason));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> api.task(task).hasNonNull("completed_at"));
        return task;
    }
}
