package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.testing.WholeApplication;
import org.kubenode.progress.websocket.SocketSession;
import org.kubenode.progress.websocket.WebSocketComponent;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The console in a real browser, against the application in memory. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsoleTest {

    private static final String SOCKETS = "/api/v1/progress/ws";
    private static final LocatorAssertions.ContainsTextOptions PATIENTLY =
            new LocatorAssertions.ContainsTextOptions().setTimeout(60_000);

    private static final Page.GetByTextOptions EXACTLY = new Page.GetByTextOptions().setExact(true);

    /** Hawtio first reads what there is, 8 MB, and asks of each operation whether it may. */
    private static final Locator.ClickOptions SOON = new Locator.ClickOptions().setTimeout(120_000);

    /** Hawtio reads those of every route, and in turn: it takes long where the CPU is short. */
    private static final Duration STATISTICS = Duration.ofMinutes(3);

    /** How many points of the field have the colour of a state. */
    private static final String POINTS =
            """
            (state) => {
              const field = document.getElementById('field');
              const pen = document.createElement('canvas').getContext('2d');
              pen.fillStyle = getComputedStyle(field).getPropertyValue(`--cell-${state}`).trim();
              pen.fillRect(0, 0, 1, 1);
              const colour = pen.getImageData(0, 0, 1, 1).data;
              const points = field.getContext('2d').getImageData(0, 0, field.width, field.height).data;
              let count = 0;
              for (let i = 0; i < points.length; i += 4) {
                count += colour.every((part, n) => points[i + n] === part);
              }
              return count;
            }
            """;

    private static Chromium chromium;
    private static ConfigurableApplicationContext application;
    private static String url;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() {
        chromium = Chromium.start();
        application =
                new SpringApplicationBuilder(WholeApplication.class)
                        .run(
                                "--server.port=0",
                                "--progress.enable_database=false",
                                "--jwt.secret=" + Tokens.SECRET,
                                "--clusters[0].name=test",
                                "--clusters[0].type=simulated",
                                "--clusters[0].nodes=100",
                                "--clusters[0].latency_ms=20",
                                "--clusters[0].failing_nodes=node-7,node-70",
                                "--clusters[1].name=slow",
                                "--clusters[1].type=simulated",
                                "--clusters[1].nodes=200",
                                "--clusters[1].latency_ms=300",
                                "--clusters[2].name=fleet",
                                "--clusters[2].type=simulated",
                                "--clusters[2].nodes=5000",
                                "--clusters[2].latency_ms=5",
                                "--clusters[2].failing_nodes=node-77,node-4001",
                                "--clusters[3].name=tight",
                                "--clusters[3].type=simulated",
                                "--clusters[3].nodes=20",
                                "--clusters[3].latency_ms=300");
        url = "http://localhost:" + port() + "/";
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
    }

    @AfterAll
    static void stop() {
        if (application != null) {
            application.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    @BeforeEach
    void openTab() {
        context =
                chromium.browser()
                        .newContext(
                                new Browser.NewContextOptions()
                                        .setLocale("en-GB")
                                        .setViewportSize(1280, 900)
                                        .setColorScheme(ColorScheme.LIGHT));
        page = context.newPage();
        page.onPageError(complaints::add);
        page.onConsoleMessage(
                message -> {
                    if ("error".equals(message.type())) {
                        complaints.add(message.text());
                    }
                });
    }

    @AfterEach
    void closeTab() {
        context.close();
    }

    @Test
    void the_link_of_the_first_run_signs_in_and_the_token_leaves_the_address() {
        signIn("admin");

        assertThat(page.url()).doesNotContain("token");
        assertThat(page.evaluate("() => history.length")).isEqualTo(2);
        assertThat(page.locator("#who")).hasText("user 1");
        assertThat(page.locator("#link")).hasText("Live");
        assertThat(page.locator("#notifier-text")).containsText("memory");
        assertThat(page.locator("#hawtio")).isVisible();
        page.reload();
        assertThat(page.locator("#link")).hasText("Live");
        page.click("#sign-out");
        page.reload();
        assertThat(page.locator("#sign-in")).isVisible();
        assertThat(complaints).isEmpty();
    }

    @Test
    void hawtio_opens_for_an_admin_draws_a_route_and_counts() {
        Page hawtio = runNodeInHawtio(new AtomicBoolean());
        assertThat(recordNode(hawtio)).isVisible();
        hawtio.screenshot(
                new Page.ScreenshotOptions().setPath(Path.of("target", "browser", "hawtio.png")));
        hawtio.getByText("Attributes", EXACTLY).first().click(SOON);
        assertThat(hawtio.locator("tr").filter(byText("ExchangesTotal")))
                .containsText(Pattern.compile("\\d{2}"), PATIENTLY);
        // Its requests repeat the CSRF cookie, which must outlive each of them.
        assertThat(context.cookies()).anyMatch(cookie -> cookie.name.equals("XSRF-TOKEN"));

        hawtio.navigate(url + "actuator/hawtio/auth/logout");

        assertThat(hawtio.url()).isEqualTo(url);
        assertThat(context.cookies()).noneMatch(cookie -> cookie.name.equals("progress-session"));
        assertThat(hawtio.navigate(url + "actuator/hawtio").status()).isEqualTo(401);
    }

    /** The numbers at the steps: an answer with those of all routes, seconds of the processor. */
    @Test
    @Tag("full")
    void hawtios_diagram_counts() {
        AtomicBoolean mayCount = new AtomicBoolean();
        Page hawtio = runNodeInHawtio(mayCount);
        mayCount.set(true);
        await().atMost(STATISTICS).until(() -> passed(recordNode(hawtio)) >= 10);
    }

    /** Hawtio's diagram of the route run-node, which has passed ten nodes. */
    private Page runNodeInHawtio(AtomicBoolean mayCount) {
        ApiClient api = new ApiClient(port(), Tokens.admin(2));
        String ten = api.start("uncordon", "fleet", 10);
        await().until(() -> api.task(ten).hasNonNull("completed_at"));
        signIn("admin");
        Page hawtio = context.waitForPage(() -> page.click("#hawtio"));
        hawtio.waitForURL("**/actuator/hawtio/");
        oneCountAtATime(hawtio, mayCount);
        hawtio.navigate(url + "actuator/hawtio/camel/routeDiagram?nid=root");
        hawtio.getByText("batch", EXACTLY).first().click(SOON);
        hawtio.getByText("run-node", EXACTLY).first().click(SOON);
        return hawtio;
    }

    private static Locator recordNode(Page hawtio) {
        return hawtio.locator(".react-flow__node").filter(byText("record-node"));
    }

    @Test
    void hawtio_is_refused_to_a_user_even_with_a_session() {
        signIn("user");
        assertThat(page.locator("#hawtio")).isHidden();
        Object begun =
                page.evaluate(
                        "() => fetch('/api/v1/session', {method: 'POST', headers: {Authorization:"
                                + " 'Bearer ' + sessionStorage.getItem('token')}}).then(r => r.status)");
        assertThat(begun).isEqualTo(204);

        for (String path : List.of("hawtio", "hawtio/camel/routes", "jolokia")) {
            assertThat(context.newPage().navigate(url + "actuator/" + path).status())
                    .isEqualTo(403);
        }
    }

    @Test
    void a_token_that_does_not_count_is_refused_in_words() {
        page.navigate(url);
        page.fill("#token", "abc");
        page.click("#sign-in-form button");
        assertThat(page.locator("#sign-in-problem")).containsText("not a token");

        page.fill("#token", Tokens.of(1, "user", Duration.ofMinutes(-5), Tokens.SECRET));
        page.click("#sign-in-form button");
        assertThat(page.locator("#sign-in-problem")).containsText("does not take this token");

        page.fill("#token", Tokens.user(1));
        page.click("#sign-in-form button");
        assertThat(page.locator("#link")).hasText("Live");
        assertThat(page.locator("#hawtio")).isHidden();
    }

    @Test
    void a_viewer_watches_and_starts_nothing() {
        signIn("viewer");

        page.click("#pick-all");
        assertThat(page.locator("#review")).isDisabled();
        assertThat(page.locator("#history-scope")).hasValue("all");
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_batch_of_100_with_2_failures_is_watched_to_its_end_and_its_failed_nodes_retried() {
        signIn("user");
        page.click("#pick-all");
        startBatch("cordon", "Cordon 100 nodes of test?");

        assertThat(page.locator("#watch-title")).containsText("with failures", PATIENTLY);
        assertThat(page.locator("#done")).hasText("100 / 100");
        assertThat(page.locator("#succeeded")).hasText("98");
        assertThat(page.locator("#failed")).hasText("2");
        assertThat(page.locator("#meter")).hasAttribute("aria-valuenow", "100");
        assertThat(page.locator("#field"))
                .hasAttribute("aria-label", "100 nodes: 98 succeeded, 2 failed, 0 not done");
        assertThat(page.locator("#failure-groups")).containsText("node-7");
        assertThat(page.locator("#failure-groups")).containsText("node-70");
        assertThat(page.locator("#failure-groups")).containsText("context deadline exceeded");
        assertThat(page.locator("#history-rows tr").first()).containsText("100 / 100");

        page.click("#retry");
        assertThat(page.locator("#confirm-what")).containsText("2 failed and 0 untried nodes");
        Confirmation.yes(page, "test");

        assertThat(page.locator("#watch-sub")).containsText("retry of", PATIENTLY);
        assertThat(page.locator("#done")).hasText("2 / 2");
        assertThat(page.locator("#failed")).hasText("2");
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_batch_is_cancelled() {
        signIn("user");
        choose("slow");
        page.click("#pick-all");
        startBatch("cordon", "Cordon 200 nodes of slow?");
        assertThat(page.locator("#watch-title")).containsText("running");
        assertThat(page.locator("#done")).not().hasText("0 / 200");

        page.click("#cancel");

        assertThat(page.locator("#watch-title")).containsText("cancelled", PATIENTLY);
        assertThat(page.locator("#cancel")).isHidden();
        assertThat(page.locator("#retry")).containsText(Pattern.compile("Retry \\d+ nodes"));
        assertThat(done()).isBetween(1, 199);
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_batch_is_paused_and_goes_on() {
        signIn("user");
        choose("slow");
        page.click("#pick-all");
        startBatch("cordon", "Cordon 200 nodes of slow?");
        assertThat(page.locator("#done")).not().hasText("0 / 200");

        page.click("#pause");

        assertThat(page.locator("#watch-title")).containsText("paused", PATIENTLY);
        assertThat(page.locator("#pause")).hasText("Resume");
        assertThat(page.locator("#history-rows .marked")).containsText("paused", PATIENTLY);
        page.click("#language");
        assertThat(page.locator("#watch-title")).containsText("已暂停");
        assertThat(page.locator("#pause")).hasText("继续");
        page.click("#language");

        // By somebody else.
        String task = page.locator("#watch-id").textContent();
        ApiClient api = new ApiClient(port(), Tokens.admin(2));
        assertThat(api.post("/api/v1/tasks/" + task + "/resume", "").status()).isEqualTo(202);
        assertThat(page.locator("#pause")).hasText("Pause");
        assertThat(page.locator("#watch-title")).containsText("running");
        page.click("#cancel");
        assertThat(page.locator("#watch-title")).containsText("cancelled", PATIENTLY);
        assertThat(page.locator("#pause")).isHidden();
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_reload_in_mid_batch_shows_the_state_at_once_and_goes_on() {
        signIn("user");
        choose("slow");
        page.click("#pick-all");
        startBatch("uncordon", "Uncordon 200 nodes of slow?");
        assertThat(page.locator("#done")).not().hasText("0 / 200");

        page.reload();

        assertThat(page.locator("#watch-title")).containsText("Uncordon · slow running");
        int afterReload = done();
        assertThat(afterReload).isBetween(1, 199);
        await().atMost(Duration.ofSeconds(20)).until(() -> done() > afterReload);
        assertThat(page.locator("#watch-title")).containsText("completed", PATIENTLY);
        assertThat(page.locator("#done")).hasText("200 / 200");
        assertThat(page.locator("#field"))
                .hasAttribute("aria-label", "200 nodes: 200 succeeded, 0 failed, 0 not done");
    }

    @Test
    void sockets_that_are_closed_by_a_restart_come_back_and_resume() {
        List<String> resumes = new ArrayList<>();
        page.onWebSocket(
                socket ->
                        socket.onFrameSent(
                                frame -> {
                                    if (frame.text().contains("\"resume\"")) {
                                        resumes.add(frame.text());
                                    }
                                }));
        signIn("user");
        choose("slow");
        page.click("#pick-all");
        startBatch("cordon", "Cordon 200 nodes of slow?");
        for (int cut = 1; cut <= 3; cut++) {
            int before = done();
            await().atMost(Duration.ofSeconds(20)).until(() -> done() > before);
            int resumed = resumes.size();
            closeSockets(1012);
            // The line may be back before anybody has seen on the page that it was gone.
            page.waitForCondition(() -> resumes.size() > resumed);
            assertThat(page.locator("#link")).hasText("Live");
        }

        assertThat(page.locator("#watch-title")).containsText("completed", PATIENTLY);
        assertThat(page.locator("#done")).hasText("200 / 200");
        assertThat(resumes).hasSizeGreaterThanOrEqualTo(3);
    }

    /** The page's clock is moved; the heartbeats, their absence and the line are real. */
    @Test
    void a_line_that_dies_in_silence_is_left_after_45_seconds_and_resumed() throws Exception {
        try (Relay relay = Relay.to("localhost", port())) {
            page.clock().install();
            page.navigate("http://localhost:" + relay.port() + "/#token=" + Tokens.user(1));
            assertThat(page.locator("#link")).hasText("Live");
            choose("slow");
            page.click("#pick-all");
            startBatch("cordon", "Cordon 200 nodes of slow?");
            assertThat(page.locator("#done")).not().hasText("0 / 200");

            relay.blackHole();
            // What was on its way by then has come.
            int[] seen = {-1};
            await().during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> seen[0] == (seen[0] = done()));
            page.clock().fastForward(35_000);
            assertThat(page.locator("#link")).hasText("Live");
            page.clock().fastForward(10_000);
            assertThat(page.locator("#link"))
                    .hasText(
                            Pattern.compile(
                                    "Line silent since \\d\\d:\\d\\d:\\d\\d, reconnecting"));

            relay.heal();
            assertThat(page.locator("#link")).hasText("Live");
            assertThat(page.locator("#watch-title")).containsText("completed", PATIENTLY);
            assertThat(page.locator("#done")).hasText("200 / 200");
        }
    }

    @Test
    void a_proxy_that_refuses_web_sockets_leaves_the_event_stream() {
        page.addInitScript(
                "window.WebSocket = class { constructor() { this.readyState = 3;"
                        + " setTimeout(() => this.onclose({code: 1006, reason: ''})); }"
                        + " close() {} send() {} };");
        signIn("user");
        assertThat(page.locator("#link")).hasText("Live (SSE)");

        page.click("#pick-all");
        startBatch("uncordon", "Uncordon 100 nodes of test?");

        assertThat(page.locator("#watch-title")).containsText("with failures", PATIENTLY);
        assertThat(page.locator("#done")).hasText("100 / 100");
    }

    @Test
    void five_thousand_nodes_stay_smooth() {
        signIn("user");
        choose("fleet");
        assertThat(page.locator("#picked")).containsText("5,000 of 5,000 shown");
        page.click("#pick-all");
        page.evaluate(
                "() => { window.painted = 0; window.changed = 0;"
                        + " const paint = () => { painted++; requestAnimationFrame(paint); };"
                        + " requestAnimationFrame(paint);"
                        + " new MutationObserver(() => changed++).observe(document.body,"
                        + " {subtree: true, childList: true, attributes: true, characterData: true}); }");
        startBatch("cordon", "Cordon 5,000 nodes of fleet?");

        assertThat(page.locator("#watch-title"))
                .containsText(
                        "with failures",
                        new LocatorAssertions.ContainsTextOptions().setTimeout(180_000));

        assertThat(page.locator("#done")).hasText("5,000 / 5,000");
        assertThat(page.locator("#failed")).hasText("2");
        assertThat(page.locator("#field"))
                .hasAttribute("aria-label", "5,000 nodes: 4,998 succeeded, 2 failed, 0 not done");
        // By the picture, not by the message: what it costs does not grow with what comes.
        int painted = ((Number) page.evaluate("() => painted")).intValue();
        int changed = ((Number) page.evaluate("() => changed")).intValue();
        assertThat(changed)
                .as("changes of the page in %d pictures", painted)
                .isLessThan(5 * painted);
        assertThat(
                        ((Number) page.evaluate("() => document.querySelectorAll('*').length"))
                                .intValue())
                .as("elements of the page")
                .isLessThan(1_200);
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_confirmation_that_is_opened_again_at_once_still_starts_the_batch() {
        signIn("user");
        page.fill("#filter", "node-33");
        assertThat(page.locator("#picked")).containsText("1 of 100 shown");
        page.click("#pick-all");
        // In one turn of the page, so that the first close is told only when the second stands.
        page.evaluate(
                "() => { const review = document.getElementById('review'); review.click();"
                        + " document.getElementById('confirm').close('no'); review.click(); }");
        assertThat(page.locator("#confirm-title")).isVisible();

        page.click("#confirm-yes");

        assertThat(page.locator("#done")).hasText("1 / 1");
        assertThat(page.locator("#history-rows tr").first()).containsText("1 / 1");
        assertThat(complaints).isEmpty();
    }

    @Test
    void the_keyboard_alone_is_enough() {
        signIn("user");
        page.focus("#filter");
        page.keyboard().type("node-2*");
        assertThat(page.locator("#picked")).containsText("11 of 100 shown");
        page.focus("#nodes");
        page.keyboard().press("Space");
        page.keyboard().press("Shift+ArrowDown");
        page.keyboard().press("Shift+ArrowDown");
        assertThat(page.locator("#picked")).containsText("3 picked");
        assertThat(page.locator("#nodes [aria-selected=true]")).hasCount(3);
        page.keyboard().press("Tab");
        assertThat(page.locator("#node-history")).isFocused();
        page.keyboard().press("Tab");
        page.keyboard().press("ArrowRight");
        assertThat(page.locator("input[value=uncordon]")).isChecked();
        page.focus("#review");
        page.keyboard().press("Enter");
        assertThat(page.locator("#confirm-title")).hasText("Uncordon 3 nodes of test?");
        page.keyboard().press("Escape");
        assertThat(page.locator("#confirm")).isHidden();
        page.keyboard().press("Enter");
        assertThat(page.locator("#confirm-title")).isVisible();
        page.keyboard().press("Enter");

        assertThat(page.locator("#done")).hasText("3 / 3");
        assertThat(page.locator("#watch-title")).isFocused();
        page.focus("#field");
        page.keyboard().press("End");
        assertThat(page.locator("#tip")).hasText("node-21 · Succeeded");
        assertThat(complaints).isEmpty();
    }

    @Test
    void options_that_the_server_refuses_are_named_at_their_field() {
        signIn("user");
        page.click("#pick-all");
        page.check("input[value=label]");
        page.click("#review");
        assertThat(page.locator("#batch-problem")).containsText("Needed: Labels");

        page.fill("#option-labels", "env=-wrong-");
        page.click("#review");
        Confirmation.yes(page, "test");
        assertThat(page.locator("#batch-problem")).containsText("labels.env");
        assertThat(page.locator("#option-labels")).hasAttribute("aria-invalid", "true");

        page.fill("#option-labels", "env=prod\nold-");
        page.click("#review");
        assertThat(page.locator("#confirm-what")).containsText("env=prod, old-");
        Confirmation.yes(page, "test");
        assertThat(page.locator("#watch-title")).containsText("with failures", PATIENTLY);
    }

    @Test
    void the_page_speaks_chinese_and_fits_a_phone() {
        signIn("user");
        page.setViewportSize(390, 844);
        page.click("#language");

        assertThat(page.locator("#plan-title")).hasText("新建批次");
        assertThat(page.locator("html")).hasAttribute("lang", "zh-CN");
        assertThat(page.evaluate("() => document.documentElement.scrollWidth")).isEqualTo(390);
        page.reload();
        assertThat(page.locator("#plan-title")).hasText("新建批次");
        page.click("#language");
        assertThat(page.locator("#plan-title")).hasText("New batch");
    }

    @Test
    void the_client_applies_a_frame_once_and_a_snapshot_in_place_of_all() {
        page.navigate(url);
        Object result =
                page.evaluate(
                        """
                        async () => {
                          const { TaskState } = await import('/progress-client.js');
                          const task = new TaskState('t');
                          const frame = (epoch, seq, more) => ({ task_id: 't', type: 'progress', epoch, seq,
                            current: seq, total: 9, success_count: seq, failed_count: 0,
                            current_node: 'n' + seq, node_status: 'succeeded', ...more });
                          const applied = [
                            task.apply(frame(1, 1)),
                            task.apply(frame(1, 1)),
                            task.apply(frame(1, 4, { skipped_from: 2 })),
                            task.apply(frame(1, 3)),
                            task.apply(frame(1, 5, { durable: false })),
                            task.apply(frame(2, 5, { snapshot: true, success_nodes: ['a'], failed_nodes: [{ node_name: 'b', error: 'x' }] })),
                            task.apply(frame(1, 6)),
                          ];
                          return [applied.map(Number).join(''), task.epoch, task.seq, task.durableSeq,
                            [...task.nodes.keys()].join(), String(task.missingFrom)].join(' ');
                        }
                        """);
        assertThat(result).isEqualTo("1010110 2 5 5 a,b,n5 null");
    }

    @Test
    void the_client_names_a_thousand_tasks_in_frames_of_4_kib_and_spreads_its_attempts() {
        page.navigate(url);
        Object result =
                page.evaluate(
                        """
                        async () => {
                          const { backOff, resumeFrames } = await import('/progress-client.js');
                          const tasks = Array.from({ length: 1000 }, (_, i) =>
                            ['0192f3a4-1111-7222-8333-' + String(i).padStart(12, '0'), i]);
                          const frames = resumeFrames(tasks);
                          const named = frames.flatMap((text) => Object.keys(JSON.parse(text).tasks));
                          return [
                            frames.every((text) => new TextEncoder().encode(text).length <= 4096),
                            named.length === 1000 && new Set(named).size === 1000,
                            frames.slice(0, -1).every((text) => JSON.parse(text).more === true),
                            JSON.parse(frames.at(-1)).more === undefined,
                            resumeFrames([]).join() === '{"type":"resume","tasks":{}}',
                            backOff(0, 500, 15000, () => 1) === 500,
                            backOff(3, 500, 15000, () => 1) === 4000,
                            backOff(99, 500, 15000, () => 1) === 15000,
                            backOff(99, 500, 15000, () => 0) === 0,
                          ].map(Number).join('');
                        }
                        """);
        assertThat(result).isEqualTo("111111111");
    }

    @Test
    void what_frames_left_out_of_a_task_is_read_to_the_last_page() {
        ApiClient api = new ApiClient(port(), Tokens.user(11));
        String task = api.start("cordon", "test", 100);
        await().until(() -> api.task(task).hasNonNull("completed_at"));
        page.route(
                Pattern.compile("/tasks/.*limit=1000"),
                route ->
                        route.resume(
                                new Route.ResumeOptions()
                                        .setUrl(
                                                route.request()
                                                        .url()
                                                        .replace("limit=1000", "limit=30"))));
        page.navigate(url);
        Object result =
                page.evaluate(
                        """
                        async ([id, token]) => {
                          const { ProgressClient, TaskState } = await import('/progress-client.js');
                          const client = new ProgressClient({ token: () => token });
                          const known = [];
                          for (const lack of [{ cut: true }, { missingFrom: 1 }, { missingFrom: 51 }]) {
                            const task = Object.assign(new TaskState(id), lack);
                            await client.complete(task);
                            known.push(task.nodes.size, task.incomplete);
                          }
                          return known.join(' ');
                        }
                        """,
                        List.of(task, Tokens.user(11)));
        assertThat(result).isEqualTo("100 false 100 false 50 false");
    }

    /**
     * Nothing reaches the page while the batch runs, so that what comes then skips frames; long
     * names that are not in the cluster make lists that are cut.
     */
    @Test
    void of_5_000_nodes_whose_frames_were_skipped_and_lists_were_cut_none_is_missing()
            throws Exception {
        page.addInitScript(
                """
                window.seen = new Set();
                window.WebSocket = class extends WebSocket {
                  constructor(...how) {
                    super(...how);
                    this.addEventListener('message', ({ data }) => ['skipped_from', 'truncated']
                      .filter((word) => data.includes(`"${word}"`)).forEach((word) => seen.add(word)));
                  }
                };
                """);
        try (Relay relay = Relay.narrow("localhost", port())) {
            page.navigate("http://localhost:" + relay.port() + "/#token=" + Tokens.user(9));
            assertThat(page.locator("#link")).hasText("Live");
            relay.blackHole(Relay.Direction.DOWN);
            ApiClient api = new ApiClient(port(), Tokens.user(9));
            List<String> names = new ArrayList<>(ApiClient.nodes(4_300));
            names.addAll(absent(700));
            String task = api.start("cordon", ApiClient.batch("fleet", names));
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> api.task(task).hasNonNull("completed_at"));
            relay.heal();
            page.evaluate("task => location.hash = 'task=' + task", task);

            assertThat(page.locator("#failed")).hasText("702");
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(points("pending")).isZero());
            assertThat(points("ok")).isGreaterThan(4_300);
            assertThat(page.evaluate("() => [...seen].sort().join()"))
                    .isEqualTo("skipped_from,truncated");

            // All it has now is a snapshot whose lists were cut.
            page.reload();
            assertThat(page.locator("#failed")).hasText("702");
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(points("pending")).isZero());
            assertThat(points("ok")).isGreaterThan(4_300);
        }
    }

    @Test
    void a_drain_that_waits_names_the_pod_and_the_budget() {
        String token = Tokens.user(10);
        ApiClient api = new ApiClient(port(), token);
        String task = api.start("drain", ApiClient.batch("tight", ApiClient.nodes(20)));
        page.navigate(url + "#token=" + token);
        page.evaluate("task => location.hash = 'task=' + task", task);
        // Looked for at each frame that is painted: it does not stand there for long.
        page.waitForFunction(
                "() => /^node-\\d+: .*default.web-\\S+ waits: Cannot evict pod as it would violate the"
                        + " pod's disruption budget. The disruption budget web needs \\d+/.test("
                        + "document.getElementById('message').textContent)");
        api.post("/api/v1/tasks/" + task + "/cancel", "");
    }

    @Test
    void what_becomes_of_the_pods_is_read_node_by_node() {
        String token = Tokens.user(11);
        ApiClient api = new ApiClient(port(), token);
        ObjectNode dry = ApiClient.batch("fleet", ApiClient.nodes(120)).put("dry_run", true);
        String task = api.start("drain", dry);
        page.navigate(url + "#token=" + token);
        page.evaluate("task => location.hash = 'task=' + task", task);
        assertThat(page.locator("#watch-title")).containsText("with failures");
        page.click("#pods summary");
        assertThat(page.locator("#pod-rows tr")).hasCount(100);
        assertThat(page.locator("#pod-rows tr").first()).containsText("node-1");
        assertThat(page.locator("#pod-rows tr:nth-child(100) td:nth-child(3)")).hasText("3");
        page.click("#more-pods");
        assertThat(page.locator("#pod-rows tr")).hasCount(120);
        page.click("#language");
        assertThat(page.locator("#pods summary")).hasText("Pod 的去向");
    }

    @Test
    void texts_of_others_are_shown_with_hidden_characters_written_out() {
        page.route(
                "**/clusters/test/nodes*",
                route ->
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setContentType("application/json")
                                        .setBody("{\"nodes\":[{\"name\":\"no\u202ede\"}]}")));
        page.navigate(url + "#token=" + Tokens.with(1, "user", Map.of("username", "ad\u2066min")));

        assertThat(page.locator("#who")).hasText("ad\\u2066min");
        assertThat(page.locator(".node-name")).hasText("no\\u202ede");
        page.evaluate("() => { document.getElementById('who').title = 'ti\u202etle'; }");
        assertThat(page.locator("#who")).hasAttribute("title", "ti\\u202etle");
    }

    private int points(String state) {
        return (Integer) page.evaluate(POINTS, state);
    }

    private static List<String> absent(int nodes) {
        String domain = ".%1$s.%1$s.%1$s".formatted("x".repeat(60));
        return IntStream.range(0, nodes).mapToObj(i -> "absent-" + i + domain).toList();
    }

    private void signIn(String role) {
        page.navigate(url + "#token=" + Tokens.of(1, role));
        assertThat(page.locator("#link")).hasText("Live" + (hasSockets() ? "" : " (SSE)"));
        assertThat(page.locator(".node").first()).isVisible();
    }

    private boolean hasSockets() {
        return (Boolean) page.evaluate("() => WebSocket.toString().includes('[native code]')");
    }

    private void choose(String cluster) {
        page.selectOption("#cluster", cluster);
        assertThat(page.locator("#picked")).not().containsText("of 100 shown");
    }

    private void startBatch(String operation, String question) {
        page.check("input[value=" + operation + "]");
        page.click("#review");
        assertThat(page.locator("#confirm-title")).hasText(question);
        Confirmation.yes(page, page.locator("#cluster").inputValue());
        assertThat(page.locator("#watch-title")).isFocused();
    }

    private static int port() {
        return Integer.parseInt(application.getEnvironment().getProperty("local.server.port"));
    }

    /**
     * At each click and every 2 s Hawtio asks for the statistics of all routes, whether it was
     * answered or not, and each answer costs seconds: here it waits for the one before, and for the
     * flag.
     */
    private static void oneCountAtATime(Page hawtio, AtomicBoolean may) {
        hawtio.route(
                "**/hawtio/jolokia/**",
                route -> {
                    if (!counts(route.request()) || may.getAndSet(false)) {
                        route.resume();
                    }
                });
        hawtio.onRequestFinished(request -> may.compareAndSet(false, counts(request)));
    }

    private static boolean counts(Request request) {
        String body = request.postData();
        return body != null && body.contains("\"operation\":\"dumpRoutesStatsAsXml");
    }

    /** How much has passed a step of Hawtio's diagram; 0 while something is in it. */
    private static int passed(Locator step) {
        // Its text begins with what is in flight, then the total, then the step's name.
        Matcher counts = Pattern.compile("0(\\d+)\\D.*").matcher(step.textContent());
        return counts.matches() ? Integer.parseInt(counts.group(1)) : 0;
    }

    private static Locator.FilterOptions byText(String text) {
        return new Locator.FilterOptions().setHasText(text);
    }

    private int done() {
        String text = page.locator("#done").textContent();
        return Integer.parseInt(text.substring(0, text.indexOf(" /")).replace(",", ""));
    }

    private static void closeSockets(int code) {
        WebSocketComponent sockets =
                application.getBean("websocket-jsr356", WebSocketComponent.class);
        for (SocketSession session : List.copyOf(sockets.sessions(SOCKETS).all())) {
            session.close(code, "service restart");
        }
    }
}
