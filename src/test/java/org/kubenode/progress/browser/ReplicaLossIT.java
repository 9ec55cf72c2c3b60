package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** The console behind a balancer whose replica is killed while it works and shows. */
@Tag("full")
class ReplicaLossIT {

    private static final LocatorAssertions.HasTextOptions WITHIN_A_MINUTE =
            new LocatorAssertions.HasTextOptions().setTimeout(60_000);

    @Test
    void aBatchIsWatchedToItsEndAlthoughItsReplicaIsKilled() throws IOException {
        try (Chromium chromium = Chromium.start()) {
            Servers.PostgresDatabase database = Servers.database();
            try (ReplicaProcess first = replica("first", database).launch();
                    ReplicaProcess second = replica("second", database).launch()) {
                first.awaitReady();
                second.awaitReady();
                try (Relay balancer = Relay.to("localhost", first.port())) {
                    watch(chromium, first, second, balancer);
                }
            }
        }
    }

    private static ReplicaProcess.Builder replica(String name, Servers.PostgresDatabase database) {
        return ReplicaProcess.jar("console-" + name)
                .options(database.options())
                .cluster(0, "test", 300, 200, "node-7,node-290");
    }

    private static void watch(
            Chromium chromium, ReplicaProcess first, ReplicaProcess second, Relay balancer) {
        Page page = chromium.browser().newPage();
        page.navigate("http://localhost:" + balancer.port() + "/#token=" + Tokens.user(1));
        assertThat(page.locator("#link")).hasText("Live", WITHIN_A_MINUTE);
        page.click("#pick-all");
        page.click("#review");
        Confirmation.yes(page, "test");
        assertThat(page.locator("#done")).not().hasText("0 / 300");

        balancer.redirect(second.port());
        first.kill();

        assertThat(page.locator("#link")).not().hasText("Live");
        assertThat(page.locator("#link")).hasText("Live", WITHIN_A_MINUTE);
        assertThat(page.locator("#watch-title")).containsText("running");
        assertThat(page.locator("#done")).hasText("300 / 300", WITHIN_A_MINUTE);
        assertThat(page.locator("#field"))
                .hasAttribute("aria-label", "300 nodes: 298 succeeded, 2 failed, 0 not done");
        assertThat(page.locator("#failure-groups")).containsText("node-290");
    }
}
