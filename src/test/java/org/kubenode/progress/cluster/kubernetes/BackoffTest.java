package org.kubenode.progress.cluster.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void doublesUpToTenSeconds() {
        Backoff longest = new Backoff(() -> 1);
        assertThat(longest.delay(0, null)).isEqualTo(Duration.ofMillis(200));
        assertThat(longest.delay(3, null)).isEqualTo(Duration.ofMillis(1_600));
        assertThat(longest.delay(100, null)).isEqualTo(Duration.ofSeconds(10));
        assertThat(new Backoff(() -> 0).delay(0, null)).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void theServersWishCountsWhereItIsLongerUpToAMinute() {
        Backoff backoff = new Backoff(() -> 1);
        assertThat(backoff.delay(0, Duration.ofSeconds(3))).isEqualTo(Duration.ofSeconds(3));
        assertThat(backoff.delay(5, Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(6_400));
        assertThat(backoff.delay(0, Duration.ofHours(1))).isEqualTo(Duration.ofMinutes(1));
    }
}
