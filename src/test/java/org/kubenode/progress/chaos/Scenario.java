package org.kubenode.progress.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is run: which stage, with which settings, for how long, and which faults how often.
 *
 * @param pauseMs between two faults, on average
 * @param leastMs a fault that lasts, lasts at least so long
 * @param weights how often a kind of fault comes, compared with the others
 * @param options of every replica, over the usual ones
 * @param bounds what the run promises
 * @param slowCommits whether the database takes its time for each commit
 * @param busy whether every batch is a burst
 * @param mutant classes and files that replicas take instead of their own; null for the packaged
 *     jar
 */
record Scenario(
        String name,
        StageKind stage,
        long seed,
        Duration length,
        int pauseMs,
        int leastMs,
        Map<FaultKind, Integer> weights,
        List<String> options,
        Event.Ran bounds,
        boolean slowCommits,
        boolean busy,
        Path mutant) {

    static final int POLL_MS = 3_000;
    static final int LEASE_MS = 3_000;

    /** Beyond what the settings allow, for a small machine on which others work too. */
    private static final int ROOM_MS = Integer.getInteger("chaos.room_ms", 2_500);

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
                0,
                weights,
                List.of(),
                bounds(seed, stage, POLL_MS + ROOM_MS, 1_500 + ROOM_MS),
                false,
                false,
                null);
    }

    private static Event.Ran bounds(long seed, StageKind stage, long realtimeMs, long degradedMs) {
        return new Event.Ran(
                History.now(),
                seed,
                stage.name(),
                realtimeMs,
                degradedMs,
                5_000 + ROOM_MS,
                5 * POLL_MS + ROOM_MS);
    }

    /** The same with only these faults. */
    Scenario only(String called, int meanPauseMs, Map<FaultKind, Integer> faults) {
        return new Scenario(
                called,
                stage,
                seed,
                length,
                meanPauseMs,
                leastMs,
                new EnumMap<>(faults),
                options,
                bounds,
                slowCommits,
                busy,
                mutant);
    }

    Scenario lasting(int atLeastMs) {
        return new Scenario(
                name,
                stage,
                seed,
                length,
                pauseMs,
                atLeastMs,
                weights,
                options,
                bounds,
                slowCommits,
                busy,
                mutant);
    }

    Scenario longer(int seconds) {
        return new Scenario(
                name,
                stage,
                seed,
                Duration.ofSeconds(seconds),
                pauseMs,
                leastMs,
                weights,
                options,
                bounds,
                slowCommits,
                busy,
                mutant);
    }

    Scenario with(String... more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return new Scenario(
                name,
                stage,
                seed,
                length,
                pauseMs,
                leastMs,
                weights,
                all,
                bounds,
                slowCommits,
                busy,
                mutant);
    }

    Scenario bounded(long realtimeMs, long degradedMs) {
        return new Scenario(
                name,
                stage,
                seed,
                length,
                pauseMs,
                leastMs,
                weights,
                options,
                bounds(seed, stage, realtimeMs, degradedMs),
                slowCommits,
                busy,
                mutant);
    }

    Scenario withSlowCommits() {
        return new Scenario(
                name, stage, seed, length, pauseMs, leastMs, weights, options, bounds, true, busy,
                mutant);
    }

    Scenario bursting() {
        return new Scenario(
                name,
                stage,
                seed,
                length,
                pauseMs,
                leastMs,
                weights,
                options,
                bounds,
                slowCommits,
                true,
                mutant);
    }

    Scenario from(Path instead) {
        return new Scenario(
                name,
                stage,
                seed,
                length,
                pauseMs,
                leastMs,
                weights,
                options,
                bounds,
                slowCommits,
                busy,
                instead);
    }
}
