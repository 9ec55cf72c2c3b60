package org.kubenode.progress.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What is run: which stage, with which settings, for how long, and which faults how often.
 *
 * @param pauseMs between two faults, on average
 * @param leastMs a fault that lasts, lasts at least so long
 * @param weights how often a kind of fault comes, compared with the others
 * @param options of every replica, over the usual ones
 * @param bounds what the run promises
 * @param batches which ones are started
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
        Load.Batches batches,
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
                Load.Batches.MIXED,
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

    /** The same but for what is changed in the copy. */
    private Scenario but(Consumer<Changes> change) {
        Changes changes = new Changes(this);
        change.accept(changes);
        return changes.scenario();
    }

    /** The same with only these faults. */
    Scenario only(String called, int meanPauseMs, Map<FaultKind, Integer> faults) {
        return but(
                to -> {
                    to.name = called;
                    to.pauseMs = meanPauseMs;
                    to.weights = new EnumMap<>(faults);
                });
    }

    Scenario lasting(int atLeastMs) {
        return but(to -> to.leastMs = atLeastMs);
    }

    Scenario longer(int seconds) {
        return but(to -> to.length = Duration.ofSeconds(seconds));
    }

    Scenario with(String... more) {
        return but(
                to -> {
                    to.options = new ArrayList<>(options);
                    to.options.addAll(List.of(more));
                });
    }

    Scenario bounded(long realtimeMs, long degradedMs) {
        return but(to -> to.bounds = bounds(seed, stage, realtimeMs, degradedMs));
    }

    Scenario starting(Load.Batches kind) {
        return but(to -> to.batches = kind);
    }

    Scenario from(Path instead) {
        return but(to -> to.mutant = instead);
    }

    private static final class Changes {
        private String name;
        private final StageKind stage;
        private final long seed;
        private Duration length;
        private int pauseMs;
        private int leastMs;
        private Map<FaultKind, Integer> weights;
        private List<String> options;
        private Event.Ran bounds;
        private Load.Batches batches;
        private Path mutant;

        private Changes(Scenario from) {
            name = from.name;
            stage = from.stage;
            seed = from.seed;
            length = from.length;
            pauseMs = from.pauseMs;
            leastMs = from.leastMs;
            weights = from.weights;
            options = from.options;
            bounds = from.bounds;
            batches = from.batches;
            mutant = from.mutant;
        }

        private Scenario scenario() {
            return new Scenario(
                    name, stage, seed, length, pauseMs, leastMs, weights, options, bounds, batches,
                    mutant);
        }
    }
}
