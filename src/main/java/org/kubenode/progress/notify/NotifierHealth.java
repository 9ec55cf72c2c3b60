package org.kubenode.progress.notify;

import org.kubenode.progress.wire.WireCodec;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/** The circuit in {@code /actuator/health}: always up, because the poll delivers without it. */
final class NotifierHealth implements HealthIndicator {

    private final Circuit circuit;

    NotifierHealth(Circuit circuit) {
        this.circuit = circuit;
    }

    @Override
    public Health health() {
        CircuitSnapshot now = circuit.snapshot();
        Health.Builder health =
                Health.up()
                        .withDetail("type", now.type())
                        .withDetail("state", now.state())
                        .withDetail("since", WireCodec.timestamp(now.since()))
                        .withDetail("attempts", now.attempts())
                        .withDetail("degradations", now.degradations());
        if (now.reason() != null) {
            health.withDetail("reason", now.reason());
        }
        return health.build();
    }
}
