package org.kubenode.progress.chaos;

import static org.kubenode.progress.chaos.FaultKind.CLIENT_STALL;
import static org.kubenode.progress.chaos.FaultKind.LISTEN_BLACK_HOLE;
import static org.kubenode.progress.chaos.FaultKind.LISTEN_BLACK_HOLE_DOWN;
import static org.kubenode.progress.chaos.FaultKind.LISTEN_CUT;
import static org.kubenode.progress.chaos.FaultKind.POOL_CUT;
import static org.kubenode.progress.chaos.FaultKind.POOL_REFUSE;
import static org.kubenode.progress.chaos.FaultKind.POSTGRES_TERMINATE_ALL;
import static org.kubenode.progress.chaos.FaultKind.POSTGRES_TERMINATE_LISTEN;
import static org.kubenode.progress.chaos.FaultKind.REDIS_SPLIT;
import static org.kubenode.progress.chaos.FaultKind.REPLICA_FREEZE;
import static org.kubenode.progress.chaos.Load.Batches.BURSTS;
import static org.kubenode.progress.chaos.Load.Batches.CROWD;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What protects a promise, how it is taken out together with what overlaps it, which faults it is
 * for, and the breach that its absence has to show.
 */
enum Safeguard {
    PROBE(
            "the circuit's silence, and the subscription's own liveness query; the backup poll is"
                    + " set to a minute",
            Map.of(LISTEN_BLACK_HOLE, 1, LISTEN_BLACK_HOLE_DOWN, 1),
            EnumSet.of(Violation.Kind.STALE)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change("notify.Circuit", "restartDue", Off.Nothing.class)
                    .change("subscription.Subscription$Limits", "pingInterval", Off.OneHour.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 4_000)
                    .lasting(12_000)
                    .with("--progress.poll_interval=60000")
                    .bounded(6_500, 6_500);
        }
    },
    LATE_FINDS(
            "the circuit is never told of one",
            Map.of(REDIS_SPLIT, 1),
            EnumSet.of(Violation.Kind.TRUST)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change("notify.Circuit", "lateFind", Off.Nothing.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.REDIS, seed, 3_000).lasting(35_000).longer(45);
        }
    },
    CATCH_UP(
            "a new subscription is trusted without reading what was missed; with it all polls, which"
                    + " would read it later",
            Map.of(LISTEN_CUT, 1, POSTGRES_TERMINATE_LISTEN, 1),
            EnumSet.of(Violation.Kind.MISSING, Violation.Kind.TERMINAL, Violation.Kind.STALE)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change(
                    "notify.Circuit",
                    "pollDue",
                    Off.Nothing.class,
                    "heard",
                    Off.NoCatchUp.class,
                    "trustIfProved",
                    Off.NoCatchUp.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 1_000);
        }
    },
    GAP_FILL(
            "a feed steps over a gap",
            Map.of(LISTEN_CUT, 1, POSTGRES_TERMINATE_LISTEN, 1),
            EnumSet.of(Violation.Kind.ORDER, Violation.Kind.MISSING)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change("deliver.Feed", "drainAhead", Off.OverTheGap.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 500);
        }
    },
    DUPLICATE_DROP(
            "a feed takes what comes again for new",
            Map.of(LISTEN_CUT, 1, POSTGRES_TERMINATE_LISTEN, 1),
            EnumSet.of(Violation.Kind.ORDER)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change("deliver.Feed", "arrived", Off.Again.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 500);
        }
    },
    EPOCH(
            "writes and renewals do not ask for it, and the journal does not mind another",
            Map.of(REPLICA_FREEZE, 1),
            EnumSet.of(
                    Violation.Kind.ROWS,
                    Violation.Kind.LEASE,
                    Violation.Kind.LOST_TASK,
                    Violation.Kind.MISSING,
                    Violation.Kind.PHANTOM)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.replace(WRITE, "h.epoch = g.epoch AND ", "")
                    .replace(RENEW, "h.epoch = g.epoch AND ", "")
                    .change("journal.Outcome", "whyLost", Off.SameEpoch.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 4_000).lasting(5_000);
        }
    },
    LEASE_CLOCK("the lease always runs", Map.of(POOL_REFUSE, 1), EnumSet.of(Violation.Kind.LEASE)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change("journal.LeaseClock", "held", Off.AlwaysTrue.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 3_000).lasting(7_000);
        }
    },
    ORDERED_LOCKS(
            "statements over several tasks lock them in any order; with it and without, each lock"
                    + " takes 10 ms, so that two statements meet between their first and their last",
            Map.of(POOL_CUT, 1),
            EnumSet.of(Violation.Kind.LEAK)) {
        @Override
        void prepare(Mutant mutant) throws IOException {
            mutant.replace(
                            WRITE,
                            "t.cancel_requested_at\n",
                            "t.cancel_requested_at, pg_sleep(0.01)\n")
                    .replace(
                            RENEW,
                            "t.task_id, t.epoch FROM",
                            "t.task_id, t.epoch, pg_sleep(0.01) FROM");
        }

        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.replace(WRITE, "ORDER BY t.task_id\n", "ORDER BY random()\n")
                    .replace(RENEW, "ORDER BY t.task_id\n", "ORDER BY random()\n");
        }

        @Override
        Scenario scenario(long seed) {
            // A write and a renewal share several tasks: many batches at once, and renewals often.
            return usual(StageKind.POSTGRES, seed, 2_000)
                    .starting(CROWD)
                    .with("--progress.lease=1000");
        }
    },
    REPEATED_WRITE(
            "what was sent and not answered is forgotten, and a write need not follow the last",
            Map.of(POOL_CUT, 1, POSTGRES_TERMINATE_ALL, 1),
            EnumSet.of(Violation.Kind.ROWS, Violation.Kind.LOST_TASK, Violation.Kind.MISSING)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.replace(WRITE, " AND h.last_seq = g.first_seq - 1", "")
                    .change("journal.Lanes", "backOff", Off.Forget.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 700);
        }
    },
    SKIPS_ARE_NAMED(
            "a frame after skipped ones does not say so",
            Map.of(CLIENT_STALL, 1),
            EnumSet.of(Violation.Kind.ORDER)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change("deliver.ProgressMessage", "textAfterSkipping", Off.Silently.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 1_500).lasting(10_000).starting(BURSTS);
        }
    },
    NEVER_SKIPPED(
            "failed nodes and ends may be skipped like any other",
            Map.of(CLIENT_STALL, 1),
            EnumSet.of(Violation.Kind.MISSING)) {
        @Override
        void takeOut(Mutant mutant) throws IOException {
            mutant.change("wire.Frame", "mustBeSeen", Off.Nothing.class);
        }

        @Override
        Scenario scenario(long seed) {
            return usual(StageKind.POSTGRES, seed, 1_500).lasting(10_000).starting(BURSTS);
        }
    };

    private static final String WRITE = "sql/postgres/write-progress.sql";
    private static final String RENEW = "sql/postgres/renew-leases.sql";

    private final String off;
    private final Map<FaultKind, Integer> faults;
    private final Set<Violation.Kind> breach;

    Safeguard(String off, Map<FaultKind, Integer> faults, Set<Violation.Kind> breach) {
        this.off = off;
        this.faults = faults;
        this.breach = breach;
    }

    abstract void takeOut(Mutant mutant) throws IOException;

    /** What its faults need to be met, whether it is in place or not. */
    void prepare(Mutant mutant) throws IOException {}

    abstract Scenario scenario(long seed);

    /** How it is switched off. */
    String off() {
        return off;
    }

    /** One of these has to be found. */
    Set<Violation.Kind> breach() {
        return breach;
    }

    /** A short run with its faults alone. */
    Scenario usual(StageKind stage, long seed, int pauseMs) {
        return Scenario.everything(stage, seed, Duration.ofSeconds(25))
                .only(name().toLowerCase(), pauseMs, faults);
    }

    /** Where the changed classes and files are without it. */
    Path mutant() throws IOException {
        Mutant mutant = new Mutant(name().toLowerCase());
        prepare(mutant);
        takeOut(mutant);
        return mutant.folder();
    }

    /** Where they are with it. */
    Path control() throws IOException {
        Mutant control = new Mutant(name().toLowerCase() + "-in-place");
        prepare(control);
        return control.folder();
    }
}
