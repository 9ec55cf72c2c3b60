package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.WholeApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The console signs in by the code flow in a real browser. The provider is a stand-in of the test,
 * {@link OidcStandIn}, which knows this flow alone and lets everybody in.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsoleSignInTest {

    private static Chromium chromium;
    private static OidcStandIn provider;
    private static ConfigurableApplicationContext application;
    private static String url;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.start();
        provider = new OidcStandIn();
        application =
                new SpringApplicationBuilder(WholeApplication.class)
                        .run(
                                "--server.port=0",
                                "--progress.enable_database=false",
                                "--jwt.jwk_set_uri=" + provider.issuer() + "/keys",
                                "--jwt.issuer=" + provider.issuer(),
                                "--jwt.audience=progress",
                                "--jwt.user_claim=sub",
                                "--jwt.role_claim=realm_access.roles",
                                "--jwt.roles[kube_admins]=admin",
                                "--jwt.sign_in.client_id=console",
                                "--clusters[0].name=test",
                                "--clusters[0].type=simulated",
                                "--clusters[0].nodes=3");
        url =
                "http://localhost:"
                        + application.getEnvironment().getProperty("local.server.port")
                        + "/";
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
    }

    @AfterAll
    static void stop() {
        if (application != null) {
            application.close();
        }
        if (provider != null) {
            provider.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    @BeforeEach
    void openTab() {
        context = chromium.browser().newContext();
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
    void a_sign_in_at_the_provider_opens_the_console_and_is_renewed_in_time() {
        provider.next("kube_admins", Duration.ofSeconds(6));
        page.navigate(url + "#here");
        page.click("#sign-in-provider");

        assertThat(page.locator("#who")).hasText("alice");
        assertThat(page.locator("#link")).hasText("Live");
        assertThat(page.locator("#hawtio")).isVisible();
        assertThat(page.url()).doesNotContain("code=").doesNotContain("state=").endsWith("#here");
        String first = kept();

        page.waitForFunction("first => sessionStorage.getItem('token') !== first", first);
        assertThat(page.locator("#link")).hasText("Live");
        assertThat(provider.renewals()).isOne();
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_role_that_is_none_of_ours_is_named() {
        provider.next("offline_access", Duration.ofMinutes(5));
        page.navigate(url);
        page.click("#sign-in-provider");

        assertThat(page.locator("#sign-in-problem"))
                .containsText(
                        "The claim realm_access.roles is offline_access; allowed: kube_admins.");
    }

    @Test
    void an_answer_that_nobody_asked_for_signs_nobody_in() {
        page.navigate(url);
        page.evaluate(
                "() => sessionStorage.setItem('signing-in',"
                        + " JSON.stringify({state: 'mine', verifier: 'v', hash: ''}))");
        page.navigate(url + "?code=stolen&state=another");

        assertThat(page.locator("#sign-in-problem")).containsText("did not sign you in");
        assertThat(page.url()).doesNotContain("stolen");
        assertThat(kept()).isNull();
    }

    private String kept() {
        return (String) page.evaluate("() => sessionStorage.getItem('token')");
    }
}
