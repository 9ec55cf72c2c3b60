package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.kubenode.progress.cluster.Drain;
import org.kubenode.progress.cluster.DrainOptions;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.cluster.NodePlan;

/**
 * Evicts the pods of a plan and looks, by one list a second, until they are gone. A pod that a
 * disruption budget protects is tried again every 5 s, as kubectl does it, or when the server says;
 * an API server that does not answer for a while only delays the drain. A pod that a scheduler put
 * on the node because it had not seen the cordon yet goes as well.
 *
 * <p>No eviction goes out for a pod that was not seen within the last second: kube-apiserver takes
 * an eviction from the budget before it compares the uid, so one for a pod that was made again
 * under its name would spend the budget for nothing (docs/decisions/0009-evictions.md).
 */
final class KubernetesDrain implements Drain {

    private static final Duration FIRST_LOOK = Duration.ofMillis(250);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration BLOCKED = Duration.ofSeconds(5);

    /** How long a scheduler may not have seen that the node is cordoned. */
    private static final Duration LATE = Duration.ofSeconds(5);

    private static final int NAMED_PODS = 5;

    private final ApiServer server;
    private final PodReader reader;
    private final String node;
    private DrainPlan plan;
    private final Map<String, NodePlan.Budget> budgets;
    private final DrainOptions options;
    private final long start;
    private final LeavingPods pods = new LeavingPods();

    /** The pods of each reason why an eviction will never be allowed. */
    private final Map<String, String> failures = new LinkedHashMap<>();

    private long lastLook;
    private Duration pause = Duration.ZERO;
    private boolean first = true;
    private String lastNews = "";
    private String trouble;
    private String heldBack = "";

    /**
     * @param budgets what protects those that go; null where nobody looked
     * @param readAt when the pods of the plan were read
     */
    KubernetesDrain(
            ApiServer server,
            PodReader reader,
            String node,
            DrainPlan plan,
            Map<String, NodePlan.Budget> budgets,
            DrainOptions options,
            long readAt) {
        this.server = server;
        this.reader = reader;
        this.node = node;
        this.plan = plan;
        this.budgets = budgets;
        this.options = options;
        this.start = now();
        this.lastLook = readAt;
        plan.evict().forEach(pod -> pods.add(pod, options.gracePeriodSeconds(), start));
    }

    private long now() {
        return server.waiter().nanoTime();
    }

    @Override
    public boolean isRunning() {
        return !pods.left().isEmpty() || !plan.refusals().isEmpty();
    }

    @Override
    public String advance() throws InterruptedException {
        refuse();
        trouble = null;
        boolean seen = first || look();
        if (seen) {
            evictWhatIsDue();
        }
        if (options.dryRun()) {
            heldBack = pods.waiting();
            pods.left().removeIf(leaving -> !leaving.isFailed());
        }
        failWhenNothingElseIsLeft();
        pause =
                first
                        ? FIRST_LOOK
                        : pause.compareTo(LOOK.dividedBy(2)) < 0 ? pause.multipliedBy(2) : LOOK;
        boolean nothingSeenYet = first && !options.dryRun() && pods.gone() == 0;
        first = false;
        return nothingSeenYet && pods.waiting().isEmpty() ? null : news();
    }

    @Override
    public Duration pause() {
        if (!isRunning()) {
            return Duration.ZERO;
        }
        if (options.timeout() == null) {
            return pause;
        }
        Duration left = options.timeout().minusNanos(now() - start);
        return left.compareTo(pause) < 0 ? left : pause;
    }

    private void refuse() {
        List<String> refusals = plan.refusals();
        if (!refusals.isEmpty()) {
            int more = refusals.size() - NAMED_PODS;
            throw new NodeOperationException(
                    "cannot evict "
                            + refusals.stream().limit(NAMED_PODS).collect(Collectors.joining("; "))
                            + (more > 0 ? "; and " + more + " more" : ""));
        }
    }

    @Override
    public NodePlan plan() {
        return pods.told(plan, !first && !options.dryRun(), budgets);
    }

    private void evictWhatIsDue() throws InterruptedException {
        Map<String, Leaving> refused = new HashMap<>();
        for (Leaving leaving : pods.due(now())) {
            if (now() - lastLook >= LOOK.toNanos() && !look()) {
                return;
            }
            Leaving sibling = refused.get(leaving.family());
            if (sibling != null) {
                leaving.waitsLike(sibling, now());
            } else if (pods.isLeft(leaving) && !evict(leaving)) {
                refused.put(leaving.family(), leaving);
            }
        }
    }

    /** False when its budget, or what else is the same for its family, has to change first. */
    private boolean evict(Leaving leaving) throws InterruptedException {
        try {
            server.once(Eviction.of(leaving.pod(), options, server));
            leaving.evicted();
        } catch (ApiException e) {
            String why = Eviction.text(e);
            switch (Eviction.outcome(e)) {
                case GONE -> pods.gone(leaving);
                case LATER -> {
                    leaving.tryAgain(now(), later(e), why);
                    return !e.hasCause("DisruptionBudget");
                }
                case AGAIN -> leaving.tryAgain(now(), LOOK, why);
                default -> {
                    leaving.failed(why);
                    failures.merge(why, leaving.id(), (some, more) -> some + ", " + more);
                }
            }
        }
        return true;
    }

    private static Duration later(ApiException e) {
        return e.retryAfter() != null && e.retryAfter().compareTo(BLOCKED) > 0
                ? e.retryAfter()
                : BLOCKED;
    }

    /** Whether the node's pods could be read; those that are not there any more are gone. */
    private boolean look() throws InterruptedException {
        long at = now();
        try {
            Instant clock = Instant.now();
            List<Pod> present =
                    reader.onNode(node, options.podSelector(), server::once).stream()
                            .filter(pod -> !DrainPlan.endsForTooLong(pod, options, clock))
                            .toList();
            pods.present(
                    present.stream()
                            .map(pod -> pod.getMetadata().getUid())
                            .collect(Collectors.toSet()));
            if (at - start < LATE.toNanos()) {
                DrainPlan late = plan.latecomers(present, options, clock);
                plan = plan.and(late);
                late.evict().forEach(pod -> pods.add(pod, options.gracePeriodSeconds(), at));
            }
            lastLook = at;
            return true;
        } catch (ApiException e) {
            if (!e.mayPass()) {
                throw e;
            }
            trouble = e.getMessage();
            return false;
        }
    }

    private void failWhenNothingElseIsLeft() {
        boolean over = options.timeout() != null && now() - start >= options.timeout().toNanos();
        boolean onlyFailed = pods.left().stream().allMatch(Leaving::isFailed);
        if (!failures.isEmpty() && (onlyFailed || over)) {
            throw new NodeOperationException(
                    "evicted "
                            + pods.gone()
                            + " of "
                            + pods.total()
                            + " pods; "
                            + failures.entrySet().stream()
                                    .limit(NAMED_PODS)
                                    .map(failure -> failure.getValue() + ": " + failure.getKey())
                                    .collect(Collectors.joining("; ")));
        }
        if (over && !pods.left().isEmpty()) {
            throw new NodeOperationException(
                    "drain timed out after "
                            + options.timeout().toSeconds()
                            + " s with "
                            + pods.left().size()
                            + " of "
                            + pods.total()
                            + " pods left: "
                            + pods.named(NAMED_PODS));
        }
    }

    private String news() {
        StringBuilder text = new StringBuilder();
        text.append(options.dryRun() ? "would evict " : "evicted ")
                .append(pods.gone())
                .append(" of ")
                .append(pods.total())
                .append(" pods");
        text.append(options.dryRun() ? heldBack : pods.waiting());
        if (trouble != null) {
            text.append("; ").append(trouble);
        }
        String news = text.toString();
        if (news.equals(lastNews)) {
            return null;
        }
        lastNews = news;
        return news;
    }

    @Override
    public String result() {
        int total = pods.total();
        if (total == 0) {
            return "no pods to evict";
        }
        return (options.dryRun() ? "would evict " : "evicted ")
                + total
                + (total == 1 ? " pod" : " pods")
                + heldBack;
    }
}
