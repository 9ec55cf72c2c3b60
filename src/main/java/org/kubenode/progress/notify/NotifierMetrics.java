package org.kubenode.progress.notify;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** The notifier on {@code /actuator/prometheus}. */
public final class NotifierMetrics implements MeterBinder {

    private final LongAdder sent = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Circuit circuit;
    private volatile LongSupplier sentWithWrites = () -> 0;
    private volatile LongSupplier failedWithWrites = () -> 0;

    public NotifierMetrics(Circuit circuit) {
        this.circuit = circuit;
    }

    /** Has those counted, too, that the write itself sends: on PostgreSQL nearly all. */
    public void addWrites(LongSupplier sent, LongSupplier failed) {
        this.sentWithWrites = sent;
        this.failedWithWrites = failed;
    }

    /** So many notifications more were handed over. */
    public void sent(long notifications) {
        sent.add(notifications);
    }

    /** So many notifications more were not. */
    public void failed(long notifications) {
        failed.add(notifications);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        result(registry, "sent", () -> sent.sum() + sentWithWrites.getAsLong());
        result(registry, "failed", () -> failed.sum() + failedWithWrites.getAsLong());
        FunctionCounter.builder("progress.degradations", circuit, c -> c.snapshot().degradations())
                .description("Times that the fast path was given up")
                .register(registry);
        Gauge.builder("progress.notifier.connected", circuit, c -> c.snapshot().connected() ? 1 : 0)
                .description("1 while the notifier claims to be subscribed")
                .tag("type", circuit.snapshot().type())
                .register(registry);
        for (NotifierState state : NotifierState.values()) {
            Gauge.builder("progress.notifier.state", circuit, c -> c.state() == state ? 1 : 0)
                    .description("1 for the present state")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
    }

    private void result(MeterRegistry registry, String result, LongSupplier count) {
        FunctionCounter.builder("progress.notifications", this, metrics -> count.getAsLong())
                .description("Notifications handed to the transport")
                .tag("result", result)
                .register(registry);
    }
}
