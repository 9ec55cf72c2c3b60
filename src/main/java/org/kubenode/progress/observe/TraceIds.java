package org.kubenode.progress.observe;

import io.opentelemetry.api.trace.SpanId;
import java.util.UUID;

/**
 * The ids of a task's spans, from the task alone: any replica that goes on with a task goes on with
 * its trace, and nothing has to be stored for that (docs/decisions/0007-traces.md).
 */
final class TraceIds {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private TraceIds() {}

    /** The task's id without its hyphens. */
    static String trace(String taskId) {
        return taskId.replace("-", "");
    }

    /** Of the request that brought the task: the trace's root. */
    static String request(String taskId) {
        return trace(taskId).substring(16);
    }

    /** Of the run of one owner. */
    static String run(String taskId, long epoch) {
        UUID id = UUID.fromString(taskId);
        return SpanId.fromLong(mix(id.getLeastSignificantBits() + epoch * GOLDEN));
    }

    /**
     * Whether a task is traced: every replica that has the same ratio says the same.
     *
     * @param ratio 0 to 1
     */
    static boolean sampled(String traceId, double ratio) {
        // A UUID's own bits are a clock and a version; mixed, they are spread evenly.
        long low = Long.parseUnsignedLong(traceId.substring(16), 16);
        long high = Long.parseUnsignedLong(traceId.substring(0, 16), 16);
        return (mix(low ^ mix(high)) >>> 11) * 0x1.0p-53 < ratio;
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return z == 0 ? GOLDEN : z;
    }
}
