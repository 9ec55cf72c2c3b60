package org.kubenode.progress.chaos;

import static org.kubenode.progress.chaos.StageKind.PGBOUNCER;
import static org.kubenode.progress.chaos.StageKind.POSTGRES;
import static org.kubenode.progress.chaos.StageKind.REDIS;
import static org.kubenode.progress.chaos.StageKind.SENTINEL;

import java.util.EnumSet;
import java.util.Set;

/** What can go wrong; how often, compared with the others, and for how long. */
enum FaultKind {
    REPLICA_KILL(3, 300, 2_000),
    REPLICA_STOP(2, 300, 1_000),
    REPLICA_FREEZE(3, 500, 6_000),
    REPLICA_CLOCK(3, 3_000, 10_000),
    ROLLING_RESTART(1, 200, 500),

    POSTGRES_KILL(2, 200, 3_000),
    POSTGRES_RESTART(1, 100, 1_500),
    POSTGRES_FREEZE(2, 500, 4_000),
    POSTGRES_DISK_FULL(1, 1_000, 3_000),
    POSTGRES_TERMINATE_ALL(8, 0, 0),
    POSTGRES_TERMINATE_LISTEN(10, 0, 0),

    POOL_CUT(8, 0, 0),
    POOL_REFUSE(3, 200, 2_500),
    POOL_BLACK_HOLE(3, 300, 5_000),
    POOL_BLACK_HOLE_UP(2, 300, 4_000),
    POOL_BLACK_HOLE_DOWN(2, 300, 4_000),
    POOL_SLOW(4, 500, 4_000),

    LISTEN_CUT(10, 0, 0),
    LISTEN_REFUSE(4, 200, 5_000),
    LISTEN_BLACK_HOLE(5, 500, 8_000),
    LISTEN_BLACK_HOLE_UP(3, 500, 8_000),
    LISTEN_BLACK_HOLE_DOWN(4, 500, 8_000),
    LISTEN_SLOW(3, 500, 4_000),

    REDIS_KILL(4, 200, 3_000, REDIS),
    REDIS_FREEZE(4, 500, 5_000, REDIS),
    REDIS_DROP_CLIENTS(10, 0, 0, REDIS),
    REDIS_CUT(10, 0, 0, REDIS),
    REDIS_REFUSE(4, 200, 4_000, REDIS),
    REDIS_BLACK_HOLE(5, 500, 8_000, REDIS),
    REDIS_BLACK_HOLE_UP(3, 500, 8_000, REDIS),
    REDIS_BLACK_HOLE_DOWN(4, 500, 8_000, REDIS),
    REDIS_SLOW(3, 500, 4_000, REDIS),
    /** A replica is on another server than the others, and does not know. */
    REDIS_SPLIT(2, 2_000, 9_000, REDIS),

    MASTER_KILL(6, 3_000, 6_000, SENTINEL),
    MASTER_FREEZE(5, 500, 6_000, SENTINEL),
    MASTER_DROP_CLIENTS(8, 0, 0, SENTINEL),
    SENTINEL_KILL(3, 500, 4_000, SENTINEL),

    BOUNCER_KILL(4, 200, 3_000, PGBOUNCER),
    BOUNCER_FREEZE(4, 500, 4_000, PGBOUNCER),

    CLIENT_CUT(20, 0, 0),
    CLIENT_MOVE(12, 0, 0),
    CLIENT_STALL(10, 500, 5_000),
    CLIENT_REFUSE(5, 200, 3_000);

    private final int weight;
    private final int shortestMs;
    private final int longestMs;
    private final Set<StageKind> stages;

    FaultKind(int weight, int shortestMs, int longestMs) {
        this(weight, shortestMs, longestMs, EnumSet.allOf(StageKind.class));
    }

    FaultKind(int weight, int shortestMs, int longestMs, StageKind only) {
        this(weight, shortestMs, longestMs, EnumSet.of(only));
    }

    FaultKind(int weight, int shortestMs, int longestMs, Set<StageKind> stages) {
        this.weight = weight;
        this.shortestMs = shortestMs;
        this.longestMs = longestMs;
        this.stages = stages;
    }

    boolean on(StageKind stage) {
        boolean listens = stage == POSTGRES || stage == PGBOUNCER;
        return stages.contains(stage) && (listens || !name().contains("LISTEN"));
    }

    int weight() {
        return weight;
    }

    /** How long one lasts, for a number from 0 up to 1. */
    int durationMs(double random) {
        return (int) (shortestMs + random * (longestMs - shortestMs));
    }
}
