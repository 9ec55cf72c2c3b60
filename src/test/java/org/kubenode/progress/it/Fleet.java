package org.kubenode.progress.it;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Servers;
import org.kubenode.progress.testing.Tokens;

/** Three replicas of one database, of which one after the other is lost and comes back. */
final class Fleet implements AutoCloseable {

    private static final int SIZE = 3;

    private final List<ReplicaProcess> replicas = new ArrayList<>();
    private final List<CompletableFuture<Void>> back =
            new ArrayList<>(Collections.nCopies(SIZE, CompletableFuture.completedFuture(null)));

    /** What becomes of a replica that is lost. */
    enum Loss {
        /** SIGKILL, and started again at once. */
        KILL {
            @Override
            void lose(ReplicaProcess replica) {
                replica.kill();
            }

            @Override
            void bringBack(ReplicaProcess replica, long lostAt) {
                replica.restart();
            }
        },
        /** SIGTERM, and started again when it has ended. */
        STOP {
            @Override
            void lose(ReplicaProcess replica) {
                replica.signal("TERM");
            }

            @Override
            void bringBack(ReplicaProcess replica, long lostAt) {
                await().atMost(Duration.ofSeconds(40)).until(() -> !replica.isAlive());
                replica.restart();
            }
        },
        /** SIGSTOP, and SIGCONT after 15 s. */
        FREEZE {
            @Override
            void lose(ReplicaProcess replica) {
                replica.freeze();
            }

            @Override
            void bringBack(ReplicaProcess replica, long lostAt) {
                awaitSince(lostAt, Duration.ofSeconds(15));
                replica.thaw();
            }
        };

        abstract void lose(ReplicaProcess replica);

        abstract void bringBack(ReplicaProcess replica, long lostAt);
    }

    /**
     * Starts all of them.
     *
     * @param options what each has beside the database
     */
    Fleet(
            String name,
            Servers.PostgresDatabase database,
            UnaryOperator<ReplicaProcess.Builder> options) {
        for (int i = 0; i < SIZE; i++) {
            ReplicaProcess.Builder builder =
                    ReplicaProcess.jar(name + "-" + i).options(database.options());
            replicas.add(options.apply(builder).launch());
        }
        try {
            replicas.forEach(ReplicaProcess::awaitReady);
            replicas.forEach(Fleet::awaitRealtime);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The state of a replica's notifier. */
    static String state(ReplicaProcess replica) {
        return replica.api(Tokens.user(1))
                .get("/api/v1/progress/status")
                .json()
                .path("state")
                .asText();
    }

    static void awaitRealtime(ReplicaProcess replica) {
        await().atMost(Duration.ofSeconds(30)).until(() -> state(replica).equals("REALTIME"));
    }

    ReplicaProcess get(int index) {
        return replicas.get(index);
    }

    List<ReplicaProcess> all() {
        return List.copyOf(replicas);
    }

    /** Those that are neither lost nor on their way back. */
    List<ReplicaProcess> ready() {
        return IntStream.range(0, SIZE)
                .filter(i -> back.get(i).isDone())
                .mapToObj(replicas::get)
                .toList();
    }

    void awaitReady(int atLeast) {
        await().atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> ready().size() >= atLeast);
    }

    /**
     * Loses one, which comes back in the background.
     *
     * @return {@link System#nanoTime} right before
     */
    long lose(ReplicaProcess replica, Loss how) {
        long at = System.nanoTime();
        how.lose(replica);
        back.set(
                replicas.indexOf(replica),
                CompletableFuture.runAsync(() -> how.bringBack(replica, at)));
        return at;
    }

    /** Waits until all are back. */
    void awaitAll() {
        back.forEach(CompletableFuture::join);
    }

    static void awaitSince(long nanos, Duration time) {
        await().atMost(time.plusSeconds(30))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> System.nanoTime() - nanos >= time.toNanos());
    }

    @Override
    public void close() {
        replicas.forEach(ReplicaProcess::close);
    }
}
