package org.kubenode.progress.cluster;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.kubenode.progress.cluster.Done.Change;

/**
 * Waits until a node has started anew and is Ready: it has another boot id than before the step, or
 * its Ready condition has changed since. By the words of the cluster alone, so no two clocks are
 * compared. Used by one thread at a time.
 */
public final class ReadyWait {

    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final Cluster cluster;
    private final NodeTarget target;
    private final Duration timeout;
    private final Waiter clock;
    private final long start;
    private Duration pause = FIRST;
    private boolean ready;

    ReadyWait(Cluster cluster, NodeTarget target, Duration timeout, Waiter clock) {
        this.cluster = cluster;
        this.target = target;
        this.timeout = timeout;
        this.clock = clock;
        this.start = clock.nanoTime();
    }

    /** Whether it goes on. */
    public boolean isRunning() {
        return !ready;
    }

    /** How long to wait before the next look. */
    public Duration pause() {
        Duration left = timeout.minusNanos(clock.nanoTime() - start);
        return left.isNegative() ? Duration.ZERO : left.compareTo(pause) < 0 ? left : pause;
    }

    /**
     * Looks once. A cluster that cannot be asked is waited for as well: its node may be the one
     * that answers.
     *
     * @return one line when it is Ready, else null
     * @throws NodeOperationException when its time is over
     */
    String look() throws InterruptedException {
        String why;
        try {
            NodeState now = cluster.state(target.node());
            ready = now.ready() && startedAnew(now);
            if (ready) {
                Map<String, Change> changes = new LinkedHashMap<>();
                changes.put("boot_id", new Change(target.before("boot_id"), now.bootId()));
                changes.put(
                        "ready_since", new Change(target.before("ready_since"), now.readySince()));
                target.changed(changes);
                return "Ready again";
            }
            why = now.ready() ? "nothing shows that it has started anew" : "it is not Ready";
        } catch (NodeOperationException e) {
            why = e.getMessage();
        }
        if (clock.nanoTime() - start >= timeout.toNanos()) {
            throw new NodeOperationException(
                    "not Ready again within " + timeout.toSeconds() + " s: " + why);
        }
        pause = pause.multipliedBy(2).compareTo(LONGEST) < 0 ? pause.multipliedBy(2) : LONGEST;
        return null;
    }

    private boolean startedAnew(NodeState now) {
        return !Objects.equals(now.bootId(), target.before("boot_id"))
                || isLater(now.readySince(), (String) target.before("ready_since"));
    }

    private static boolean isLater(String now, String before) {
        return now != null
                && (before == null
                        || OffsetDateTime.parse(now).isAfter(OffsetDateTime.parse(before)));
    }
}
