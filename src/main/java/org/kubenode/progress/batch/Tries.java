package org.kubenode.progress.batch;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.kubenode.progress.cluster.Done.Change;
import org.kubenode.progress.journal.NodeResult;
import org.kubenode.progress.journal.TaskRun;

/**
 * What is done with the nodes of a batch: by earlier owners, now, and with which results.
 * Thread-safe; calls nobody.
 */
final class Tries {

    private final TaskRun task;
    private final Map<String, Earlier> earlier;
    private final Map<String, Working> working = new HashMap<>();
    private final Collection<NodeResult> results = new ArrayList<>();

    Tries(TaskRun task, Map<String, Earlier> earlier) {
        this.task = task;
        this.earlier = earlier;
    }

    /** The calling thread works on a node. */
    synchronized void begin(String node) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        working.put(node, new Working(now, new Changes(earlier.get(node).change())));
    }

    /** The operation changed something of the node: its next row says so. */
    synchronized void changed(String node, Map<String, Change> changes) {
        working.get(node).changes.add(changes);
    }

    /** What a field of a node was before the task changed it first, or null. */
    synchronized Object before(String node, String field) {
        return working.get(node).changes.before(field);
    }

    /** Whether an earlier owner has not recorded the step as done. */
    boolean needs(String node, String step) {
        return !earlier.get(node).steps().contains(step);
    }

    /** A step of the operation is done: who takes the task over leaves it out. */
    NodeResult done(String node, String text, String step) {
        return interim(node, text).ofStep(step);
    }

    /** What is told of a node before its result; what was changed by then, in the first row. */
    synchronized NodeResult interim(String node, String text) {
        String change = working.get(node).changes.news();
        return new NodeResult(task, node, NodeResult.Status.RUNNING, text, null, 0, change, null);
    }

    /** The try of a node is over. */
    synchronized NodeResult end(String node, NodeResult.Status status, String text) {
        Working work = working.remove(node);
        // An interrupt that came too late must not reach what the thread does next.
        Thread.interrupted();
        int attempts = earlier.get(node).attempts() + 1;
        Instant since = work == null ? null : work.since;
        String change = work == null ? null : work.changes.json();
        return new NodeResult(task, node, status, text, since, attempts, change, null);
    }

    /** Interrupts the operations that are still running. */
    synchronized void interrupt() {
        working.values().forEach(work -> work.thread.interrupt());
    }

    synchronized void add(NodeResult result) {
        results.add(result);
    }

    /** The final results so far. */
    synchronized List<NodeResult> results() {
        return List.copyOf(results);
    }

    /**
     * What earlier owners did with a node.
     *
     * @param attempts how often it was tried
     * @param change what was changed of it from what, as their last row says; null for nothing
     * @param steps that are done
     */
    record Earlier(int attempts, String change, Set<String> steps) {

        static final Earlier NONE = new Earlier(0, null, Set.of());
    }

    /** One try of one node. */
    private static final class Working {

        private final Thread thread = Thread.currentThread();
        private final Instant since;
        private final Changes changes;

        private Working(Instant since, Changes changes) {
            this.since = since;
            this.changes = changes;
        }
    }
}
