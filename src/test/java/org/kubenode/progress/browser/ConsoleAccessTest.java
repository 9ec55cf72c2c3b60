package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Tokens;

/**
 * The console for everybody: axe has nothing to say of it, it fits its width, and what it costs
 * does not grow with the nodes. Screenshots: target/browser.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsoleAccessTest {

    /** Its findings, one a line. */
    private static final String FINDINGS =
            """
            async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
              .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`))
            """;

    private static ConsoleServer server;
    private static String axe;

    @BeforeAll
    static void start() throws Exception {
        server = new ConsoleServer();
        try (InputStream script =
                ConsoleAccessTest.class.getClassLoader().getResourceAsStream("axe.min.js")) {
            axe = new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"1440, LIGHT, en-GB", "375, DARK, zh-CN", "1440, DARK, zh-CN", "375, LIGHT, en-GB"})
    void axe_finds_nothing_and_nothing_is_wider_than_the_screen(
            int width, ColorScheme scheme, String language) {
        String user = Tokens.admin("access-" + width + scheme);
        ApiClient api = server.api(user);
        String failed = api.start("cordon", "test", 100);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> api.task(failed).hasNonNull("completed_at"));
        // Its pods come back with that.
        String uncordon =
                api.start(
                        "uncordon",
                        ApiClient.batch("tight", ApiClient.nodes(20)).put("concurrency", 20));
        await().until(() -> api.task(uncordon).hasNonNull("completed_at"));
        String drain =
                api.start(
                        "drain",
                        ApiClient.batch("tight", ApiClient.nodes(20)).put("concurrency", 20));
        Page page =
                server.open(
                        new Browser.NewContextOptions()
                                .setLocale(language)
                                .setColorScheme(scheme)
                                .setViewportSize(width, 900));
        page.navigate("http://localhost:" + server.port() + "/");
        assertThat(page.locator("#sign-in")).isVisible();
        check(page, width, scheme, "sign-in");

        ConsoleServer.signIn(page, "http://localhost:" + server.port() + "/", user);
        for (String part : new String[] {"#timeline", "#pods", "#history-search", "#notifier"}) {
            page.click(part + " > summary");
        }
        assertThat(page.locator("#way")).isVisible();
        check(page, width, scheme, "drain");
        page.click("#notifier > summary");

        page.evaluate("task => location.hash = 'task=' + task", failed);
        assertThat(page.locator("#failures")).isVisible();
        check(page, width, scheme, "failures");
        page.click("#node-history");
        assertThat(page.locator("#deed-rows tr").first()).isVisible();
        check(page, width, scheme, "history");
        page.click("#deeds-close");
        page.click("#again");
        assertThat(page.locator("#confirm-name")).isVisible();
        check(page, width, scheme, "question");
        page.context().close();
        api.post("/api/v1/tasks/" + drain + "/cancel", "");
    }

    private static void check(Page page, int width, ColorScheme scheme, String what) {
        page.screenshot(
                new Page.ScreenshotOptions()
                        .setPath(
                                Path.of(
                                        "target",
                                        "browser",
                                        what + "-" + width + "-" + scheme + ".png")));
        page.evaluate(axe);
        assertThat(page.evaluate(FINDINGS)).as(what).asList().isEmpty();
        assertThat(page.evaluate("() => document.documentElement.scrollWidth"))
                .as("width of " + what)
                .isEqualTo(width);
    }

    @Test
    void five_thousand_nodes_cost_a_page_of_rows_and_five_requests() {
        ApiClient api = server.api(Tokens.user(41));
        String task =
                api.start(
                        "cordon",
                        ApiClient.batch("fleet", ApiClient.nodes(5_000)).put("concurrency", 50));
        await().atMost(Duration.ofSeconds(240))
                .until(() -> api.task(task).hasNonNull("completed_at"));
        Page page = server.open(new Browser.NewContextOptions().setLocale("en-GB"));
        int[] read = {0};
        page.onRequest(request -> read[0] += request.url().contains("/nodes?limit=") ? 1 : 0);
        ConsoleServer.signIn(page, "http://localhost:" + server.port() + "/", Tokens.user(41));

        assertThat(page.locator("#table-count")).hasText("1–50 of 5,000 (5,000 in all)");
        assertThat(page.locator("#table-rows tr")).hasCount(50);
        assertThat(page.locator("#field"))
                .hasAttribute("aria-label", "5,000 nodes: 4,998 succeeded, 2 failed, 0 not done");
        assertThat(read[0]).as("requests for nodes").isLessThanOrEqualTo(10);
        assertThat(number(page, "() => document.querySelectorAll('*').length"))
                .as("elements of the page")
                .isLessThan(1_200);
        page.selectOption("#table-status", "failed");
        assertThat(page.locator("#table-rows tr")).hasCount(2);
        page.context().close();
    }

    private static int number(Page page, String expression) {
        return ((Number) page.evaluate(expression)).intValue();
    }
}
