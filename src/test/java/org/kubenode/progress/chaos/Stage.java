package org.kubenode.progress.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.kubenode.progress.testing.PgBouncerProcess;
import org.kubenode.progress.testing.RedisProcess;
import org.kubenode.progress.testing.Relay;
import org.kubenode.progress.testing.ReplicaProcess;

/** The servers and replicas of a run. Each replica reaches each server by links of its own. */
final class Stage implements AutoCloseable {

    static final int REPLICAS = 3;
    static final int NODES = 60;

    private final StageKind kind;
    private final ChaosPostgres postgres;
    private final RedisProcess redis;
    private final Trio trio;
    private final PgBouncerProcess bouncer;
    private final ClockShift clock;
    private final List<ReplicaProcess> replicas = new ArrayList<>();
    private final Map<String, Relay> links = new TreeMap<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** Replicas that are being killed or started: nobody else may. */
    private final AtomicIntegerArray busy = new AtomicIntegerArray(REPLICAS);

    /** A run that is broken off leaves nothing behind either. */
    private final Thread brokenOff = new Thread(this::closeAll, "end-stage");

    Stage(Scenario scenario) throws Exception {
        Runtime.getRuntime().addShutdownHook(brokenOff);
        kind = scenario.stage();
        Files.createDirectories(Path.of("target", "chaos"));
        try {
            postgres = keep(new ChaosPostgres());
            redis = kind == StageKind.REDIS ? keep(RedisProcess.started()) : null;
            trio = kind == StageKind.SENTINEL ? keep(new Trio()) : null;
            bouncer =
                    kind == StageKind.PGBOUNCER
                            ? keep(new PgBouncerProcess(postgres.port(), ""))
                            : null;
            clock =
                    ClockShift.here() && scenario.weights().containsKey(FaultKind.REPLICA_CLOCK)
                            ? new ClockShift(Path.of("target", "chaos", "clock-" + postgres.port()))
                            : null;
            for (int i = 0; i < REPLICAS; i++) {
                replicas.add(keep(launch(i, scenario)));
            }
            replicas.forEach(ReplicaProcess::awaitReady);
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T keep(T thing) {
        opened.add(thing);
        return thing;
    }

    private ReplicaProcess launch(int index, Scenario scenario) throws IOException {
        String name = "chaos-" + (char) ('a' + index);
        ReplicaProcess.Builder replica =
                scenario.mutant() == null
                        ? ReplicaProcess.jar(name)
                        : ReplicaProcess.classes(name, scenario.mutant());
        int poolPort = bouncer == null ? postgres.port() : bouncer.port();
        replica.options(
                        "--database.type=postgres",
                        "--database.host=127.0.0.1",
                        "--database.port=" + link(index, Link.POOL, poolPort).port(),
                        "--database.listen_host=127.0.0.1",
                        "--database.listen_port="
                                + link(index, Link.LISTEN, postgres.port()).port(),
                        "--database.database=postgres",
                        "--database.username=postgres",
                        "--database.password=",
                        "--database.ssl_mode=disable",
                        "--database.pooler=" + (bouncer != null),
                        "--progress.poll_interval=" + Scenario.POLL_MS,
                        "--progress.lease=" + Scenario.LEASE_MS,
                        "--progress.shutdown_grace=2000",
                        "--progress.batch.max_operations=60",
                        "--progress.websocket.soft_limit=16",
                        "--progress.public_metrics=true",
                        "--logging.level.org.kubenode.progress.batch=DEBUG")
                .cluster(0, "test", NODES, 250, "node-7,node-40")
                .cluster(1, "quick", 400, 0, "node-3,node-100");
        switch (kind) {
            case REDIS ->
                    replica.options(
                            "--progress.notify_type=redis",
                            "--progress.redis.addr=127.0.0.1:"
                                    + link(index, Link.REDIS, redis.port()).port());
            case SENTINEL ->
                    replica.options(
                            "--progress.notify_type=redis",
                            "--progress.redis.sentinel_addrs=" + trio.addresses(),
                            "--progress.redis.sentinel_master_name=" + Trio.MASTER);
            default -> {}
        }
        replica.options(scenario.options());
        if (clock != null && index == REPLICAS - 1) {
            clock.applyTo(replica);
        }
        return replica.launch();
    }

    /** The ways by which a replica reaches a server. */
    enum Link {
        POOL,
        LISTEN,
        REDIS
    }

    private Relay link(int replica, Link which, int port) throws IOException {
        Relay relay = keep(Relay.to("127.0.0.1", port));
        links.put(replica + " " + which, relay);
        return relay;
    }

    /** Null where there is no such link on this stage. */
    Relay link(int replica, Link which) {
        return links.get(replica + " " + which);
    }

    StageKind kind() {
        return kind;
    }

    int replicas() {
        return replicas.size();
    }

    ReplicaProcess replica(int index) {
        return replicas.get(index);
    }

    List<ReplicaProcess> all() {
        return replicas;
    }

    int port(int index) {
        return replicas.get(index).port();
    }

    ChaosPostgres postgres() {
        return postgres;
    }

    RedisProcess redis() {
        return redis;
    }

    Trio trio() {
        return trio;
    }

    PgBouncerProcess bouncer() {
        return bouncer;
    }

    /** Null where it cannot be shifted; it is that of the last replica. */
    ClockShift clock() {
        return clock;
    }

    boolean seize(int replica) {
        return busy.compareAndSet(replica, 0, 1);
    }

    void release(int replica) {
        busy.set(replica, 0);
    }

    @Override
    public void close() throws Exception {
        Runtime.getRuntime().removeShutdownHook(brokenOff);
        Exception first = closeAll();
        if (first != null) {
            throw first;
        }
    }

    private synchronized Exception closeAll() {
        Exception first = null;
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                first = first == null ? e : first;
            }
        }
        opened.clear();
        return first;
    }
}
