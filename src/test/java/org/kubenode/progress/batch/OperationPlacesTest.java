package org.kubenode.progress.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.cluster.ClusterLimiter;
import org.kubenode.progress.cluster.Waiter;
import org.kubenode.progress.journal.LeaseClock;
import org.kubenode.progress.journal.TaskRun;

/** Who has the places for operations when more want one than there are. */
class OperationPlacesTest {

    private static final int ALL = 200;

    private final AtomicLong now = new AtomicLong();
    private final OperationPlaces places = new OperationPlaces(ALL, 100, now::get);
    private final Map<String, ClusterLimiter> clusters = new HashMap<>();
    private final Map<BatchRun, Integer> held = new HashMap<>();

    private BatchRun batch(String user, String cluster) {
        TaskRun task =
                new TaskRun(
                        "of " + user + " on " + cluster,
                        user,
                        "cordon",
                        cluster,
                        1,
                        1_000,
                        0,
                        0,
                        0,
                        Map.of(),
                        new LeaseClock(Duration.ofMinutes(1), now::get, 0),
                        true);
        return new BatchRun(task, Map.of(), 0, 0, 1_000, null, null);
    }

    private ClusterLimiter cluster(BatchRun run, int bound) {
        return clusters.computeIfAbsent(
                run.task().clusterName(), name -> new ClusterLimiter(bound, Waiter.SYSTEM));
    }

    private boolean take(BatchRun run) {
        boolean taken = places.tryTake(run, cluster(run, ALL));
        if (taken) {
            held.merge(run, 1, Integer::sum);
        }
        return taken;
    }

    private BatchRun release(BatchRun run) {
        held.merge(run, -1, Integer::sum);
        return places.release(run, cluster(run, ALL));
    }

    private int takeAll(BatchRun run) {
        int before = held.getOrDefault(run, 0);
        while (take(run)) {
            assertThat(held.get(run)).isLessThanOrEqualTo(ALL);
        }
        return held.getOrDefault(run, 0) - before;
    }

    /** One operation after the other ends, of anybody; whoever had its place asks first. */
    private void turnOver(List<BatchRun> runs, int operations) {
        Random random = new Random(1);
        for (int i = 0; i < operations; i++) {
            int place = random.nextInt(held.values().stream().mapToInt(has -> has).sum());
            Iterator<BatchRun> at = runs.iterator();
            BatchRun ends = at.next();
            while ((place -= held.getOrDefault(ends, 0)) >= 0) {
                ends = at.next();
            }
            BatchRun next = release(ends);
            takeAll(ends);
            if (next != null) {
                takeAll(next);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10})
    void usersOfOneClusterShareEvenly(int users) {
        List<BatchRun> runs = new ArrayList<>();
        for (int user = 0; user < users; user++) {
            runs.add(batch("u" + user, "x"));
            takeAll(runs.get(user));
        }
        assertThat(held.get(runs.get(0))).isEqualTo(180);
        turnOver(runs, 1_000);
        System.out.println("measured: places of " + users + " users: " + held.values());
        int share = 180 / users;
        assertThat(held.values()).allMatch(has -> has >= share && has <= share + 5);
    }

    @Test
    void clustersShareEvenlyHoweverManyUsersEachHas() {
        List<BatchRun> runs = new ArrayList<>();
        for (int user = 0; user < 10; user++) {
            runs.add(batch("u" + user, user == 0 ? "small" : "large"));
        }
        runs.subList(1, 10).forEach(this::takeAll);
        assertThat(takeAll(runs.get(0))).as("a newcomer's, at once").isEqualTo(5);
        turnOver(runs, 1_000);
        assertThat(held.get(runs.get(0))).isBetween(90, 100);
    }

    @Test
    void batchesOfOneUserTakeTurnsToo() {
        BatchRun first = batch("u", "x");
        BatchRun second = batch("u", "x");
        takeAll(first);
        assertThat(take(second)).isFalse();
        turnOver(List.of(first, second), 500);
        assertThat(held.get(second)).isEqualTo(90);
    }

    /** It went, or its cluster has no place left for it. */
    @Test
    void whoCannotTakeAPlaceHoldsNobodyUp() {
        BatchRun greedy = batch("greedy", "x");
        BatchRun gone = batch("gone", "x");
        BatchRun stuck = batch("stuck", "y");
        cluster(stuck, 5);
        takeAll(greedy);
        takeAll(gone);
        assertThat(takeAll(stuck)).isEqualTo(5);
        for (int i = 0; i < 20; i++) {
            release(greedy);
        }
        assertThat(take(greedy)).isFalse();
        now.addAndGet(Duration.ofMillis(201).toNanos());
        assertThat(take(stuck)).isFalse();
        assertThat(take(greedy)).isTrue();
    }

    /** Its API server does not answer: what was sent to it stays. */
    @Test
    void aStuckClusterLeavesPlacesToOthers() {
        for (int user = 0; user < 50; user++) {
            takeAll(batch("u" + user, "stuck"));
        }
        assertThat(clusters.get("stuck").inUse()).isEqualTo(190);
        assertThat(takeAll(batch("new", "x"))).isEqualTo(5);
        assertThat(takeAll(batch("newer", "y"))).isEqualTo(5);
    }

    @Test
    void ofAClustersPlacesOneUserLeavesATenth() {
        BatchRun one = batch("one", "narrow");
        cluster(one, 40);
        assertThat(takeAll(one)).isEqualTo(36);
        assertThat(takeAll(batch("two", "narrow"))).isEqualTo(1);
    }
}
