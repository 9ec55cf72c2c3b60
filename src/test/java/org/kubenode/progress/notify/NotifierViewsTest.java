package org.kubenode.progress.notify;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.Status;

/** The circuit in metrics and health. */
class NotifierViewsTest {

    private final Circuit circuit =
            new Circuit(
                    "redis",
                    true,
                    new CircuitTimes(10_000, 500),
                    () -> 0,
                    InstantSource.system(),
                    () -> 0.5,
                    new NotifierLog());
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private double state(String state) {
        return registry.get("progress.notifier.state").tag("state", state).gauge().value();
    }

    @Test
    void metricsShowStateConnectionAndDegradations() {
        NotifierMetrics metrics = new NotifierMetrics(circuit);
        metrics.bindTo(registry);
        assertThat(state("reconnecting")).isEqualTo(1);

        circuit.attemptFailed("refused");
        metrics.sent(3);
        metrics.failed(1);

        assertThat(state("reconnecting")).isZero();
        assertThat(state("polling")).isEqualTo(1);
        assertThat(registry.get("progress.notifier.connected").tag("type", "redis").gauge().value())
                .isZero();
        assertThat(registry.get("progress.degradations").functionCounter().count()).isEqualTo(1);
        assertThat(
                        registry.get("progress.notifications")
                                .tag("result", "sent")
                                .functionCounter()
                                .count())
                .isEqualTo(3);
        assertThat(
                        registry.get("progress.notifications")
                                .tag("result", "failed")
                                .functionCounter()
                                .count())
                .isEqualTo(1);
    }

    @Test
    void healthStaysUpBecauseThePollDelivers() {
        circuit.attemptFailed("refused");
        Health health = new NotifierHealth(circuit).health();
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("state", NotifierState.POLLING)
                .containsEntry("reason", "refused");
    }
}
