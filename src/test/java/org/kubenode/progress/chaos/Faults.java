package org.kubenode.progress.chaos;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.KillArgs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;

/** Causes faults, several at once, and heals each in its time. */
final class Faults {

    private final Stage stage;
    private final List<Operator> operators;
    private final History history;
    private final ExecutorService threads = Executors.newCachedThreadPool(Faults::thread);
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger caused = new AtomicInteger();
    private final List<String> failures = new ArrayList<>();

    /** What is broken already is not broken once more. */
    private final Set<String> broken = ConcurrentHashMap.newKeySet();

    Faults(Stage stage, List<Operator> operators, History history) {
        this.stage = stage;
        this.operators = operators;
        this.history = history;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "fault");
        thread.setDaemon(true);
        return thread;
    }

    /** Something broken, with what undoes it and what it holds up rightly. */
    private record Broken(String target, List<String> impairs, Heal heal) {}

    private interface Heal {
        void run() throws Exception;
    }

    /** Carries out a plan and waits until all is healed. */
    void run(List<FaultPlan.Planned> plan) throws InterruptedException {
        long begun = System.nanoTime();
        for (FaultPlan.Planned planned : plan) {
            long wait = TimeUnit.MILLISECONDS.toNanos(planned.atMs()) - (System.nanoTime() - begun);
            if (wait > 0 && over.await(wait, TimeUnit.NANOSECONDS)) {
                break;
            }
            threads.execute(() -> cause(planned));
        }
        threads.shutdown();
        if (!threads.awaitTermination(8, TimeUnit.MINUTES)) {
            throw new IllegalStateException("faults are not healed: " + broken);
        }
        synchronized (failures) {
            if (!failures.isEmpty()) {
                throw new IllegalStateException("faults failed: " + failures);
            }
        }
    }

    int caused() {
        return caused.get();
    }

    private void cause(FaultPlan.Planned planned) {
        String exclusive = exclusive(planned);
        if (exclusive != null && !broken.add(exclusive)) {
            return;
        }
        long at = History.now();
        try {
            Broken fault = inflict(planned);
            if (fault == null) {
                return;
            }
            caused.incrementAndGet();
            over.await(planned.durationMs(), TimeUnit.MILLISECONDS);
            fault.heal.run();
            history.add(
                    new Event.Faulted(
                            at, History.now(), planned.kind().name(), fault.target, fault.impairs));
        } catch (Exception e) {
            synchronized (failures) {
                failures.add(planned + ": " + e);
            }
        } finally {
            if (exclusive != null) {
                broken.remove(exclusive);
            }
        }
    }

    /** What a fault needs for itself; null when it may come together with any other. */
    private String exclusive(FaultPlan.Planned planned) {
        String kind = planned.kind().name();
        String family = kind.substring(0, kind.indexOf('_'));
        return switch (family) {
            case "POOL", "LISTEN" -> family + planned.target() % stage.replicas();
            case "REDIS" ->
                    kind.startsWith("REDIS_KILL") || kind.startsWith("REDIS_FREEZE")
                            ? "redis"
                            : family + planned.target() % stage.replicas();
            case "CLIENT" -> family + planned.target() % operators.size();
            case "POSTGRES" -> kind.contains("TERMINATE") ? null : "postgres";
            case "MASTER", "SENTINEL" -> kind.contains("DROP") ? null : "redis";
            case "BOUNCER" -> "bouncer";
            // One at a time is away, on a machine on which a start takes its time.
            default ->
                    switch (planned.kind()) {
                        case REPLICA_CLOCK -> "clock";
                        case REPLICA_KILL, REPLICA_STOP, ROLLING_RESTART -> "down";
                        default -> null;
                    };
        };
    }

    private Broken inflict(FaultPlan.Planned planned) throws Exception {
        int replica = planned.target() % stage.replicas();
        return switch (planned.kind()) {
            case REPLICA_KILL -> killed(replica);
            case REPLICA_STOP -> stopped(replica);
            case REPLICA_FREEZE -> frozen(replica);
            case REPLICA_CLOCK -> shifted(planned.target());
            case ROLLING_RESTART -> rolled();
            case POSTGRES_KILL -> {
                stage.postgres().kill();
                yield database(stage.postgres()::start);
            }
            case POSTGRES_RESTART -> {
                stage.postgres().stop();
                yield database(stage.postgres()::start);
            }
            case POSTGRES_FREEZE -> {
                stage.postgres().signal("STOP");
                yield database(() -> stage.postgres().signal("CONT"));
            }
            case POSTGRES_DISK_FULL -> diskFull();
            case POSTGRES_TERMINATE_ALL -> terminated("%", List.of("rows"));
            case POSTGRES_TERMINATE_LISTEN -> terminated("%-listen", List.of());
            case REDIS_KILL -> {
                stage.redis().kill();
                yield new Broken("redis", List.of(), stage.redis()::start);
            }
            case REDIS_FREEZE -> freeze(stage.redis());
            case REDIS_DROP_CLIENTS -> drop(stage.redis());
            case MASTER_KILL -> {
                RedisProcess master = stage.trio().master();
                master.kill();
                yield new Broken("master " + master.addr(), List.of(), master::start);
            }
            case MASTER_FREEZE -> freeze(stage.trio().master());
            case MASTER_DROP_CLIENTS -> drop(stage.trio().master());
            case SENTINEL_KILL -> {
                RedisProcess sentinel = stage.trio().sentinel(planned.target());
                sentinel.kill();
                yield new Broken("sentinel " + sentinel.addr(), List.of(), sentinel::start);
            }
            case BOUNCER_KILL -> {
                stage.bouncer().kill();
                yield database(stage.bouncer()::start);
            }
            case BOUNCER_FREEZE -> {
                stage.bouncer().signal("STOP");
                yield database(() -> stage.bouncer().signal("CONT"));
            }
            case CLIENT_CUT, CLIENT_MOVE, CLIENT_STALL, CLIENT_REFUSE -> client(planned);
            default -> link(planned, replica);
        };
    }

    private static Broken database(Heal heal) {
        return new Broken("database", List.of("rows"), heal);
    }

    private Broken killed(int index) {
        if (!stage.seize(index)) {
            return null;
        }
        ReplicaProcess replica = stage.replica(index);
        replica.kill();
        history.add(new Event.Died(History.now(), replica.name()));
        return down(index, replica);
    }

    private Broken stopped(int index) {
        if (!stage.seize(index)) {
            return null;
        }
        ReplicaProcess replica = stage.replica(index);
        replica.stop();
        history.add(new Event.Died(History.now(), replica.name()));
        return down(index, replica);
    }

    private Broken down(int index, ReplicaProcess replica) {
        return new Broken(
                replica.name(),
                List.of("replica:" + replica.name()),
                () -> {
                    replica.restart();
                    stage.release(index);
                });
    }

    private Broken frozen(int index) {
        if (!stage.seize(index)) {
            return null;
        }
        ReplicaProcess replica = stage.replica(index);
        replica.freeze();
        return new Broken(
                replica.name(),
                List.of("replica:" + replica.name()),
                () -> {
                    replica.thaw();
                    stage.release(index);
                });
    }

    private Broken shifted(int target) {
        if (stage.clock() == null) {
            return null;
        }
        ReplicaProcess replica = stage.replica(Stage.REPLICAS - 1);
        int seconds = (target % 2 == 0 ? 1 : -1) * (5 + target % 115);
        stage.clock().shift(seconds);
        return new Broken(
                replica.name() + " by " + seconds + " s",
                List.of("clock:" + replica.name()),
                () -> stage.clock().shift(0));
    }

    /** One replica after the other, each once the one before is back. */
    private Broken rolled() {
        List<String> impairs = new ArrayList<>();
        for (int i = 0; i < stage.replicas(); i++) {
            if (stage.seize(i)) {
                ReplicaProcess replica = stage.replica(i);
                impairs.add("replica:" + replica.name());
                replica.stop();
                history.add(new Event.Died(History.now(), replica.name()));
                replica.restart();
                stage.release(i);
            }
        }
        return new Broken("all replicas", impairs, () -> {});
    }

    private Broken diskFull() {
        if (!stage.postgres().diskIsSmall()) {
            return null;
        }
        stage.postgres().fillDisk();
        return database(
                () -> {
                    stage.postgres().freeDisk();
                    // Without room for its log PostgreSQL ends, and somebody has to start it.
                    await("PostgreSQL after a full disk")
                            .atMost(Duration.ofSeconds(30))
                            .pollDelay(Duration.ZERO)
                            .pollInterval(Duration.ofMillis(200))
                            .until(
                                    () -> {
                                        if (!stage.postgres().alive()) {
                                            stage.postgres().start();
                                        }
                                        return stage.postgres().number("SELECT 1") == 1;
                                    });
                });
    }

    private Broken terminated(String applications, List<String> impairs) {
        stage.postgres()
                .number(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <>"
                                + " pg_backend_pid() AND backend_type = 'client backend' AND"
                                + " application_name LIKE 'kube-node-manager-"
                                + applications
                                + "'");
        return new Broken("connections " + applications, impairs, () -> {});
    }

    private static Broken freeze(RedisProcess server) {
        server.signal("STOP");
        return new Broken("redis " + server.addr(), List.of(), () -> server.signal("CONT"));
    }

    private static Broken drop(RedisProcess server) {
        try {
            server.ask(commands -> commands.clientKill(KillArgs.Builder.typePubsub()));
            server.ask(commands -> commands.clientKill(KillArgs.Builder.typeNormal().skipme()));
        } catch (RuntimeException down) {
            return null;
        }
        return new Broken("clients of redis " + server.addr(), List.of(), () -> {});
    }

    private Broken client(FaultPlan.Planned planned) {
        Operator operator = operators.get(planned.target() % operators.size());
        List<String> impairs = List.of("client:" + operator.name());
        switch (planned.kind()) {
            case CLIENT_CUT -> operator.cut();
            case CLIENT_MOVE -> operator.move();
            case CLIENT_STALL -> operator.link().blackHole(Relay.Direction.DOWN);
            default -> operator.link().refuse();
        }
        return new Broken(operator.name(), impairs, operator.link()::heal);
    }

    /** The replica's link leads to another server, where nobody else is. */
    private Broken split(int replica) throws IOException {
        Relay link = stage.link(replica, Stage.Link.REDIS);
        RedisProcess other = RedisProcess.started();
        link.redirect(other.port());
        link.cut();
        return new Broken(
                "REDIS of " + stage.replica(replica).name(),
                List.of(),
                () -> {
                    link.redirect(stage.redis().port());
                    other.close();
                    link.cut();
                });
    }

    private Broken link(FaultPlan.Planned planned, int replica) throws IOException {
        String name = planned.kind().name();
        if (planned.kind() == FaultKind.REDIS_SPLIT) {
            return split(replica);
        }
        Stage.Link which = Stage.Link.valueOf(name.substring(0, name.indexOf('_')));
        Relay link = stage.link(replica, which);
        switch (name.substring(name.indexOf('_') + 1)) {
            case "CUT" -> link.cut();
            case "REFUSE" -> link.refuse();
            case "BLACK_HOLE" -> link.blackHole();
            case "BLACK_HOLE_UP" -> link.blackHole(Relay.Direction.UP);
            case "BLACK_HOLE_DOWN" -> link.blackHole(Relay.Direction.DOWN);
            case "SLOW" -> link.delay(Duration.ofMillis(20 + planned.target() % 200));
            default -> throw new IllegalArgumentException(name);
        }
        String of = stage.replica(replica).name();
        return new Broken(
                which + " of " + of,
                which == Stage.Link.POOL ? List.of("rows:" + of) : List.of(),
                link::heal);
    }
}
