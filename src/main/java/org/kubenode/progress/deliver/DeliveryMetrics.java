package org.kubenode.progress.deliver;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.kubenode.progress.wire.Frame;

/** Counts and times what delivery does. */
public final class DeliveryMetrics implements DeliveryListener {

    private final MeterRegistry registry;
    private final Clock clock;
    private final Map<String, Timer> latency = new ConcurrentHashMap<>();
    private final Counter duplicates;
    private final Counter gaps;

    public DeliveryMetrics(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
        this.duplicates = registry.counter("progress.duplicates.dropped");
        this.gaps = registry.counter("progress.gaps.filled");
    }

    /**
     * A frame's timestamp is its hand-over to the journal; replicas' clocks are assumed to agree.
     */
    @Override
    public void delivered(Frame frame, String path) {
        Duration age = Duration.between(frame.timestamp(), clock.instant());
        latency.computeIfAbsent(path == null ? "unknown" : path, this::timer)
                .record(age.isNegative() ? Duration.ZERO : age);
    }

    @Override
    public void duplicatesDropped(int messages) {
        duplicates.increment(messages);
    }

    @Override
    public void gapFilled() {
        gaps.increment();
    }

    private Timer timer(String path) {
        return Timer.builder("progress.notification.latency")
                .description("From handing a write to the database to the socket write")
                .tag("path", path)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(30))
                .register(registry);
    }
}
