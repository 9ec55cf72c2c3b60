package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;

class RefusalsTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000);

    @Test
    void anAddressThatIsToldHasATenthAndOthersTheRest() {
        Refusals refusals = new Refusals(20, true, now::get);
        assertThat(closedOf(refusals, "192.0.2.1", 100)).isEqualTo(4);
        assertThat(closedOf(refusals, "192.0.2.2", 100)).isEqualTo(4);
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(closedOf(refusals, "192.0.2.1", 100)).isEqualTo(2);
        now.addAndGet(TimeUnit.HOURS.toNanos(1));
        int all = 0;
        for (int i = 0; i < 100; i++) {
            all += closedOf(refusals, "192.0.2." + i, 1);
        }
        assertThat(all).isEqualTo(40);
    }

    /** Behind a proxy that is not asked for them all have its own. */
    @Test
    void withoutAddressesThereIsOneShareForAll() {
        Refusals refusals = new Refusals(20, false, now::get);
        assertThat(closedOf(refusals, "192.0.2.1", 100)).isEqualTo(40);
        assertThat(closedOf(refusals, "192.0.2.2", 1)).isZero();
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(closedOf(refusals, "192.0.2.2", 100)).isEqualTo(20);
    }

    private static int closedOf(Refusals refusals, String address, int tries) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setRemoteAddr(address);
        int closed = 0;
        for (int i = 0; i < tries; i++) {
            closed += refusals.mayClose(request) ? 1 : 0;
        }
        return closed;
    }
}
