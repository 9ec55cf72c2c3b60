package org.kubenode.progress.observe;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.IdGenerator;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.kubenode.progress.journal.TaskRun;
import org.kubenode.progress.store.NewTask;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.NotificationTrace;

/**
 * One trace for each task: its request, each owner's run, and deliveries to sockets. Not every
 * delivery: those of a run's first message, of failed nodes' and the last, and one a second.
 *
 * <p>Thread-safe. What it remembers is bounded; past that, spans are left out.
 */
final class Tracing implements NotificationTrace {

    /** Tasks, and notifications on their way, that are remembered. */
    static final int MOST = 1_000;

    private static final long BETWEEN_MS = 1_000;
    private static final Pattern TRACEPARENT =
            Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private static final AttributeKey<String> TASK = AttributeKey.stringKey("progress.task_id");
    private static final AttributeKey<String> ACTION = AttributeKey.stringKey("progress.action");
    private static final AttributeKey<String> CLUSTER = AttributeKey.stringKey("progress.cluster");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("progress.path");
    private static final AttributeKey<Long> EPOCH = AttributeKey.longKey("progress.epoch");
    private static final AttributeKey<Long> SEQ = AttributeKey.longKey("progress.seq");
    private static final AttributeKey<Long> NODES = AttributeKey.longKey("progress.nodes");
    private static final AttributeKey<Long> STATUS =
            AttributeKey.longKey("http.response.status_code");

    private final Tracer tracer;
    private final Ids ids;
    private final double ratio;
    private final Clock clock;
    private final Map<String, Long> told = bounded();
    private final Map<Place, Arrival> arrivals = bounded();
    private final Map<String, Boolean> ended = bounded();

    private record Place(String taskId, long seq) {}

    private record Arrival(SpanContext parent, Instant at) {}

    /**
     * @param ids the generator that the tracer uses
     * @param ratio of tasks that are traced, 0 to 1
     */
    Tracing(Tracer tracer, Ids ids, double ratio, Clock clock) {
        this.tracer = tracer;
        this.ids = ids;
        this.ratio = ratio;
        this.clock = clock;
    }

    /** Gives a span the id that was chosen for it, and the others random ones. */
    static final class Ids implements IdGenerator {
        private final ThreadLocal<String> trace = new ThreadLocal<>();
        private final ThreadLocal<String> span = new ThreadLocal<>();

        @Override
        public String generateTraceId() {
            String chosen = trace.get();
            return chosen == null ? IdGenerator.random().generateTraceId() : chosen;
        }

        @Override
        public String generateSpanId() {
            String chosen = span.get();
            return chosen == null ? IdGenerator.random().generateSpanId() : chosen;
        }

        Span start(SpanBuilder builder, String traceId, String spanId) {
            trace.set(traceId);
            span.set(spanId);
            try {
                return builder.startSpan();
            } finally {
                trace.remove();
                span.remove();
            }
        }
    }

    /**
     * A request for a new task was answered.
     *
     * @param taskId of the task that the answer names: not the new one where its key was known
     * @param status the HTTP status
     */
    void requested(NewTask task, String taskId, int status, Instant start, Instant end) {
        String route =
                task.retryOf() == null
                        ? "POST /api/v1/nodes/batch/{operation}"
                        : "POST /api/v1/tasks/{task_id}/retry";
        SpanBuilder builder =
                tracer.spanBuilder(route)
                        .setNoParent()
                        .setSpanKind(SpanKind.SERVER)
                        .setStartTimestamp(start)
                        .setAttribute(TASK, taskId)
                        .setAttribute(ACTION, task.action())
                        .setAttribute(CLUSTER, task.clusterName())
                        .setAttribute(NODES, (long) task.nodeNames().size())
                        .setAttribute(STATUS, (long) status);
        Span span =
                ids.start(builder, TraceIds.trace(task.taskId()), TraceIds.request(task.taskId()));
        if (status >= 500) {
            span.setStatus(StatusCode.ERROR);
        }
        span.end(end);
    }

    /** This replica's run of a task is over, whatever ended it. */
    void ran(TaskRun run, Instant start, Instant end) {
        String taskId = run.taskId();
        SpanBuilder builder =
                tracer.spanBuilder("run-batch")
                        .setParent(in(context(taskId, TraceIds.request(taskId))))
                        .setStartTimestamp(start)
                        .setAttribute(TASK, taskId)
                        .setAttribute(ACTION, run.action())
                        .setAttribute(CLUSTER, run.clusterName())
                        .setAttribute(NODES, (long) run.total())
                        .setAttribute(EPOCH, run.epoch());
        Span span = ids.start(builder, TraceIds.trace(taskId), TraceIds.run(taskId, run.epoch()));
        if (!run.ended()) {
            span.addEvent("goes on elsewhere", end);
        }
        span.end(end);
    }

    @Override
    public Notification sent(Notification notification) {
        String taskId = notification.taskId();
        if (!TraceIds.sampled(TraceIds.trace(taskId), ratio)
                || !worthTelling(notification, clock.millis())) {
            return notification;
        }
        return notification.traced(
                "00-%s-%s-01"
                        .formatted(
                                TraceIds.trace(taskId),
                                TraceIds.run(taskId, notification.epoch())));
    }

    @Override
    public void received(Notification notification) {
        SpanContext parent = parse(notification.traceparent());
        if (parent != null && parent.isSampled()) {
            Place place = new Place(notification.taskId(), notification.seq());
            synchronized (arrivals) {
                arrivals.putIfAbsent(place, new Arrival(parent, clock.instant()));
            }
        }
    }

    @Override
    public void delivered(Frame frame, String path) {
        Arrival arrival;
        synchronized (arrivals) {
            arrival = arrivals.remove(new Place(frame.taskId(), frame.seq()));
        }
        boolean firstEnd = frame.type().terminal() && remember(frame.taskId());
        if (arrival == null && firstEnd) {
            // Brought by the rows alone.
            String run = TraceIds.run(frame.taskId(), frame.epoch());
            arrival = new Arrival(context(frame.taskId(), run), null);
        }
        if (arrival == null || !arrival.parent().isSampled()) {
            return;
        }
        Span span =
                tracer.spanBuilder("deliver-progress")
                        .setParent(in(arrival.parent()))
                        .setSpanKind(SpanKind.CONSUMER)
                        .setStartTimestamp(frame.timestamp())
                        .setAttribute(TASK, frame.taskId())
                        .setAttribute(EPOCH, frame.epoch())
                        .setAttribute(SEQ, frame.seq())
                        .setAttribute(PATH, path)
                        .startSpan();
        if (arrival.at() != null) {
            span.addEvent("notification received", arrival.at());
        }
        span.end(clock.instant());
    }

    private boolean worthTelling(Notification notification, long now) {
        boolean always =
                notification.type().terminal()
                        || notification.messages().stream().anyMatch(Frame::mustBeSeen);
        synchronized (told) {
            Long before = told.get(notification.taskId());
            if (!always && before != null && now - before < BETWEEN_MS) {
                return false;
            }
            told.put(notification.taskId(), now);
            return true;
        }
    }

    private boolean remember(String taskId) {
        synchronized (ended) {
            return ended.put(taskId, true) == null;
        }
    }

    private SpanContext context(String taskId, String spanId) {
        String trace = TraceIds.trace(taskId);
        TraceFlags flags =
                TraceIds.sampled(trace, ratio) ? TraceFlags.getSampled() : TraceFlags.getDefault();
        return SpanContext.createFromRemoteParent(trace, spanId, flags, TraceState.getDefault());
    }

    private static SpanContext parse(String traceparent) {
        if (traceparent == null || !TRACEPARENT.matcher(traceparent).matches()) {
            return null;
        }
        return SpanContext.createFromRemoteParent(
                traceparent.substring(3, 35),
                traceparent.substring(36, 52),
                TraceFlags.fromHex(traceparent, 53),
                TraceState.getDefault());
    }

    private static Context in(SpanContext parent) {
        return Context.root().with(Span.wrap(parent));
    }

    private static <K, V> Map<K, V> bounded() {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MOST;
            }
        };
    }
}
