package org.kubenode.progress.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;

/** The question before a batch. */
final class Confirmation {

    private Confirmation() {}

    /** Says yes, and types the cluster's name where that is asked for. */
    static void yes(Page page, String cluster) {
        assertThat(page.locator("#confirm-title")).isVisible();
        if (page.locator("#confirm-type").isVisible()) {
            assertThat(page.locator("#confirm-yes")).isDisabled();
            page.fill("#confirm-name", cluster);
        }
        page.click("#confirm-yes");
    }
}
