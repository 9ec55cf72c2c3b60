package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.Tokens;

/** What the console shows of a task and of nodes, and what it asks before it does something. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OperatorViewsTest {

    private static ConsoleServer server;

    private Page page;

    @BeforeAll
    static void start() {
        server = new ConsoleServer("--progress.confirm_above=50%");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void closeTab() {
        page.context().close();
    }

    @Test
    void what_evicts_pods_is_confirmed_in_red_with_the_focus_on_the_way_back() {
        page = server.signedIn(Tokens.user(30));
        page.fill("#filter", "node-1*");
        page.click("#pick-all");
        for (String operation : List.of("drain", "roll")) {
            page.check("input[value=" + operation + "]");
            page.click("#review");
            assertThat(page.locator("#confirm-yes")).hasClass(Pattern.compile("grave"));
            assertThat(page.locator("#confirm [value=no]")).isFocused();
            assertThat(page.locator("#confirm-type")).isHidden();
            page.keyboard().press("Enter");
            assertThat(page.locator("#confirm")).isHidden();
        }
        page.check("input[value=cordon]");
        page.click("#review");
        assertThat(page.locator("#confirm-yes")).isFocused();
        page.keyboard().press("Escape");

        page.fill("#filter", "");
        page.click("#pick-all");
        page.click("#review");
        assertThat(page.locator("#confirm-yes")).isDisabled();
        page.fill("#confirm-name", "large");
        assertThat(page.locator("#confirm-yes")).isDisabled();
        page.keyboard().press("Enter");
        assertThat(page.locator("#confirm")).isVisible();
        page.fill("#confirm-name", "test");
        assertThat(page.locator("#confirm-yes")).isEnabled();
        page.keyboard().press("Escape");
        assertThat(page.locator("#history-rows tr")).hasCount(0);
    }

    @Test
    void the_table_has_the_order_of_the_request_in_every_tab_and_sorts_searches_and_groups() {
        ApiClient api = server.api(Tokens.user(31));
        ended(api, api.start("label", labels(ApiClient.nodes(40), "zone", "a")));
        ended(api, api.start("label", labels(List.of("node-3", "node-5"), "zone", "b")));
        List<String> names = new ArrayList<>(ApiClient.nodes(60));
        Collections.reverse(names);
        ended(api, api.start("cordon", ApiClient.batch("test", names)));
        page = server.signedIn(Tokens.user(31));

        assertThat(page.locator("#table-rows tr")).hasCount(50);
        assertThat(page.locator("#table-rows tr").first()).containsText("node-60");
        assertThat(page.locator("#field")).hasAttribute("aria-label", Pattern.compile("^60 nodes"));
        page.focus("#field");
        page.keyboard().press("Home");
        assertThat(page.locator("#field-tell")).hasText("node-60 · Succeeded");
        page.click("[data-sort=node]");
        assertThat(page.locator("#table-rows tr").first()).containsText("node-1");
        assertThat(page.locator("[aria-sort=ascending]")).hasText("Node");
        page.click("[data-sort=node]");
        assertThat(page.locator("#table-rows tr").first()).containsText("node-60");
        page.click("#table-on");
        assertThat(page.locator("#table-rows tr")).hasCount(10);
        page.focus("#table-group");
        page.selectOption("#table-group", "zone");
        assertThat(page.locator("#table-rows [data-kind=group]").first())
                .hasText("no value · 21 nodes: 20 succeeded, 1 failed");
        page.fill("#table-search", "node-3");
        assertThat(page.locator("#table-rows [data-kind=group]").last())
                .hasText("b · 1 nodes: 1 succeeded, 0 failed");
        page.click("#table-use");
        assertThat(page.locator("#picked")).containsText("11 picked");
    }

    @Test
    void every_message_is_listed_follows_live_and_is_saved() throws Exception {
        ApiClient api = server.api(Tokens.user(32));
        ended(api, api.start("cordon", "test", 100));
        page = server.signedIn(Tokens.user(32));
        page.click("#timeline summary");
        assertThat(page.locator("#timeline-rows tr")).hasCount(100);
        assertThat(page.locator("#timeline-count")).hasText("1–100 of 101 (101 in all)");
        page.selectOption("#timeline-kind", "failed");
        assertThat(page.locator("#timeline-rows tr")).hasCount(2);
        page.fill("#timeline-node", "node-70");
        assertThat(page.locator("#timeline-rows tr")).hasCount(1);
        Download saved = page.waitForDownload(() -> page.click("#timeline-json"));
        assertThat(
                        new JsonMapper()
                                .readTree(Files.readString(saved.path()))
                                .findValuesAsText("kind"))
                .containsExactly("failed");

        page.fill("#timeline-node", "");
        page.selectOption("#timeline-kind", "");
        page.click("#again");
        Confirmation.yes(page, "test");
        assertThat(page.locator("#timeline-count")).hasText("1–100 of 101 (101 in all)");
        assertThat(page.locator("#timeline-rows tr").first())
                .containsText("Completed: 98 succeeded");
    }

    @Test
    void the_list_of_nodes_is_true_after_a_batch_and_when_one_comes_back() {
        ApiClient api = server.api(Tokens.user(33));
        page = server.signedIn(Tokens.user(33));
        page.selectOption("#cluster", "large");
        page.fill("#filter", "node-999");
        assertThat(page.locator(".node")).hasCount(1);
        ended(
                api,
                api.start(
                        "cordon",
                        ApiClient.batch("large", List.of("node-999")).put("reason", "fan")));
        assertThat(page.locator(".node .held")).hasText("cordoned");
        page.click(".node");
        assertThat(page.locator("#node-facts")).containsText("fan (kubenode.org/reason)");
        page.selectOption("#filter-state", "schedulable");
        assertThat(page.locator(".node")).hasCount(0);
        page.selectOption("#filter-state", "");

        // By somebody whose messages do not come here.
        ApiClient other = server.api(Tokens.user(34));
        ended(other, other.start("uncordon", ApiClient.batch("large", List.of("node-999"))));
        assertThat(page.locator(".node .held")).hasText("cordoned");
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> {
                            page.evaluate("() => window.dispatchEvent(new Event('focus'))");
                            return page.locator(".node .held").count() == 0;
                        });
    }

    @Test
    void when_the_line_is_gone_it_says_as_of_when_and_claims_nothing() throws Exception {
        ApiClient api = server.api(Tokens.user(35));
        try (Relay relay = Relay.to("localhost", server.port())) {
            String task =
                    api.start(
                            "drain",
                            ApiClient.batch("tight", ApiClient.nodes(20)).put("concurrency", 2));
            page = server.signedIn(Tokens.user(35), relay.port());
            assertThat(page.locator("#done")).not().hasText("0 / 20");
            assertThat(page).hasTitle(Pattern.compile("^\\d+ % · Drain · tight$"));

            relay.refuse();

            assertThat(page.locator("#as-of-text"))
                    .hasText(Pattern.compile("As of \\d\\d:\\d\\d:\\d\\d: the line is gone.*"));
            assertThat(page.locator("#left")).hasText("–");
            assertThat(page.locator("#watch-title"))
                    .hasText(Pattern.compile(".*running at \\d\\d:.*"));
            assertThat(page.locator("#history-rows tr").first()).containsText("running at");
            assertThat(page).hasTitle(Pattern.compile("^\\? \\d+ % .*"));
            page.click("#cancel");
            assertThat(page.locator("#watch-problem")).isVisible();
            page.click("#watch-problem-seen");
            assertThat(page.locator("#watch-problem")).isHidden();

            relay.heal();
            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                if (page.locator("#as-of-retry").isVisible()) {
                                    page.evaluate(
                                            "() => document.getElementById('as-of-retry').click()");
                                }
                                return page.locator("#as-of").isHidden();
                            });
            assertThat(page.locator("#watch-title")).hasText("Drain · tight running");
            assertThat(page).hasTitle(Pattern.compile("^\\d+ % · Drain · tight$"));
            api.post("/api/v1/tasks/" + task + "/cancel", "");
        }
    }

    @Test
    void tasks_are_searched_and_a_link_to_somebody_elses_says_so() {
        ApiClient api = server.api(Tokens.user(36));
        ended(
                api,
                api.start(
                        "cordon",
                        ApiClient.batch("test", List.of("node-1")).put("reason", "first")));
        String second = api.start("uncordon", ApiClient.batch("test", List.of("node-7")));
        ended(api, second);
        page = server.signedIn(Tokens.user(36));
        page.click("#history-search summary");

        page.fill("#history-q", "FIRST");
        assertThat(page.locator("#history-rows tr")).hasCount(1);
        assertThat(page.locator("#history-rows")).containsText("user 36 · first");
        page.click("#history-clear");
        page.check("#history-failed");
        assertThat(page.locator("#history-rows tr")).hasCount(1);
        assertThat(page.locator("#history-rows")).containsText("Uncordon · test");
        page.fill("#history-to", "2020-01-01");
        assertThat(page.locator("#history-empty")).isVisible();
        page.click("#history-clear");
        page.fill("#history-node", "no node!");
        assertThat(page.locator("#history-problem")).containsText("node");
        page.context().close();

        page = server.signedIn(Tokens.user(37));
        page.evaluate("task => location.hash = 'task=' + task", second);
        assertThat(page.locator("#watch-empty"))
                .hasText("This task does not exist or is not yours.");
    }

    private static ObjectNode labels(List<String> nodes, String key, String value) {
        ObjectNode body = ApiClient.batch("test", nodes);
        body.putObject("labels").put(key, value);
        return body;
    }

    private static void ended(ApiClient api, String task) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> api.task(task).hasNonNull("completed_at"));
    }
}
