package org.kubenode.progress.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.kubenode.progress.log.LogLimit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what becomes of posts, and tells what an operator should know of them. Thread-safe. */
public final class EndPosts {

    private static final Logger LOG = LoggerFactory.getLogger(EndPosts.class);

    private final LogLimit limit = new LogLimit();
    private final AtomicLong waiting = new AtomicLong();
    private final Counter sent;
    private final Counter refused;
    private final Counter unanswered;
    private final Counter dropped;

    EndPosts(MeterRegistry registry) {
        sent = posts(registry, "sent");
        refused = posts(registry, "refused");
        unanswered = posts(registry, "unanswered");
        dropped =
                Counter.builder("progress.webhook.dropped")
                        .description("Ends that were given up: too old, or too many")
                        .register(registry);
        Gauge.builder("progress.webhook.waiting", waiting, AtomicLong::get)
                .description("Ends that wait to be posted, as the replica that posts has seen last")
                .register(registry);
    }

    private static Counter posts(MeterRegistry registry, String result) {
        return Counter.builder("progress.webhook.posts")
                .description("Posts of ends of tasks")
                .tag("result", result)
                .register(registry);
    }

    /** An end was taken. */
    public void sent() {
        sent.increment();
    }

    /** It was not. */
    public void failed(Exception why) {
        (why instanceof PostRefusedException ? refused : unanswered).increment();
        long lines = limit.pass(why.getClass().getName());
        if (lines > 0) {
            LOG.warn(
                    "The end of a task could not be posted: {}; it is tried again",
                    why.getMessage());
        }
    }

    /**
     * @param rows of {@code drop-ends}: those given up
     */
    public void dropped(List<?> rows) {
        if (!rows.isEmpty()) {
            dropped.increment(rows.size());
            LOG.warn(
                    "{} ends of tasks are not posted any more: see progress.webhook.keep and progress.webhook.max_waiting",
                    rows.size());
        }
    }

    /**
     * @param rows of {@code count-ends}: one, with the number; none when another replica posts
     */
    public void waiting(List<Map<String, Object>> rows) {
        waiting.set(rows.isEmpty() ? 0 : ((Number) rows.get(0).get("waiting")).longValue());
    }
}
