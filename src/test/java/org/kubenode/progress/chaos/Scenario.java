package org.kubenode.progress.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is run: which stage, with which settings, for how long, and which faults how often.
 *
 * @param weights how many of a hundred faults or so are of a kind
 * @param pauseMs between two faults, on average
 * @param options of every replica, over the usual ones
 * @param classes whether replicas run from the classes, with {@code shadow} before them, instead of
 *     the packaged jar
 */
record Scenario(
        String name,
        StageKind stage,
        long seed,
        Duration length,
        int pauseMs,
        Map<FaultKind, Integer> weights,
        List<String> options,
        Event.Ran bounds,
        java.nio.file.Path shadow) {

    static final int POLL_MS = 3_000;
    static final int LEASE_MS = 3_000;

    /** Everything that this stage can break. */
    static Scenario everything(StageKind stage, long seed, Duration length) {
        Map<FaultKind, Integer> weights = new EnumMap<>(FaultKind.class);
        for (FaultKind kind : FaultKind.values()) {
            if (kind.on(stage)) {
                weights.put(kind, kind.weight());
            }
        }
        return new Scenario(
                "everything",
                stage,
                seed,
                length,
                900,
                weights,
                List.of(),
                bounds(seed, stage, POLL_MS + 2_500, 4_000),
                null);
    }

    /** Bounds with some room for a small machine on which others work too. */
    static Event.Ran bounds(long seed, StageKind stage, long realtimeMs, long degradedMs) {
        return new Event.Ran(
                History.now(),
                seed,
                stage.name(),
                realtimeMs,
                degradedMs,
                7_000,
                5 * POLL_MS + 2_500);
    }

    /** The same with only these faults. */
    Scenario only(String called, int meanPauseMs, Map<FaultKind, Integer> faults) {
        return new Scenario(
                called, stage, seed, length, meanPauseMs, faults, options, bounds, shadow);
    }

    Scenario with(String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return new Scenario(name, stage, seed, length, pauseMs, weights, all, bounds, shadow);
    }

    Scenario shadowed(java.nio.file.Path folder) {
        return new Scenario(name, stage, seed, length, pauseMs, weights, options, bounds, folder);
    }

    Scenario bounded(long realtimeMs, long degradedMs) {
        return new Scenario(
                name,
                stage,
                seed,
                length,
                pauseMs,
                weights,
                options,
                bounds(seed, stage, realtimeMs, degradedMs),
                shadow);
    }
}
