package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.testing.WholeApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** An application in memory with simulated clusters, and a browser that looks at it. */
final class ConsoleServer implements AutoCloseable {

    /** What pages complained of on their console, by any page of this server. */
    final List<String> complaints = new ArrayList<>();

    private final Chromium chromium = Chromium.start();
    private final ConfigurableApplicationContext application;

    /**
     * @param more options of the application beside those of its clusters
     */
    ConsoleServer(String... more) {
        List<String> options = new ArrayList<>(List.of(more));
        options.add("--server.port=0");
        options.add("--progress.enable_database=false");
        options.add("--jwt.secret=" + Tokens.SECRET);
        cluster(options, 0, "test", 100, 5, "node-7,node-70");
        cluster(options, 1, "large", 1_000, 1, "");
        cluster(options, 2, "tight", 20, 1_500, "");
        cluster(options, 3, "fleet", 5_000, 1, "node-77,node-4001");
        application =
                new SpringApplicationBuilder(WholeApplication.class)
                        .run(options.toArray(String[]::new));
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
    }

    private static void cluster(
            List<String> options, int i, String name, int nodes, int latencyMs, String failing) {
        Map.of("name", name, "type", "simulated", "nodes", nodes, "latency_ms", latencyMs)
                .forEach(
                        (key, value) ->
                                options.add("--clusters[%d].%s=%s".formatted(i, key, value)));
        if (!failing.isEmpty()) {
            options.add("--clusters[" + i + "].failing_nodes=" + failing);
        }
    }

    int port() {
        return Integer.parseInt(application.getEnvironment().getProperty("local.server.port"));
    }

    ApiClient api(String token) {
        return new ApiClient(port(), token);
    }

    /** A tab of its own: light, in English, 1,280 px wide unless the options say otherwise. */
    Page open(Browser.NewContextOptions options) {
        BrowserContext context = chromium.browser().newContext(options);
        Page page = context.newPage();
        page.onPageError(complaints::add);
        page.onConsoleMessage(
                message -> {
                    if ("error".equals(message.type())) {
                        complaints.add(message.text());
                    }
                });
        return page;
    }

    /** The console as somebody sees it who has just signed in. */
    Page signedIn(String token) {
        return signedIn(token, port());
    }

    /** The same by another way in. */
    Page signedIn(String token, int port) {
        Page page =
                open(
                        new Browser.NewContextOptions()
                                .setLocale("en-GB")
                                .setViewportSize(1280, 900)
                                .setColorScheme(ColorScheme.LIGHT));
        signIn(page, "http://localhost:" + port + "/", token);
        return page;
    }

    static void signIn(Page page, String url, String token) {
        page.navigate(url + "#token=" + token);
        assertThat(page.locator("#link-text")).hasText(Pattern.compile("Live|实时"));
        assertThat(page.locator(".node").first()).isVisible();
    }

    @Override
    public void close() {
        application.close();
        chromium.close();
    }
}
