package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.kubenode.progress.cluster.Drain;
import org.kubenode.progress.cluster.DrainOptions;
import org.kubenode.progress.cluster.NodeOperationException;
import org.kubenode.progress.cluster.Waiter;

/**
 * Evicts the pods of a plan and looks, by one list a second, until they are gone. A pod that a
 * disruption budget protects is tried again every 5 s, as kubectl does it, or when the server says;
 * an API server that does not answer for a while only delays the drain.
 */
final class KubernetesDrain implements Drain {

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration BLOCKED = Duration.ofSeconds(5);
    private static final int NAMED_PODS = 5;

    private final ApiServer server;
    private final PodReader reader;
    private final Waiter waiter;
    private final String node;
    private final DrainOptions options;
    private final int total;
    private final long start;

    /** What is left, by uid: a pod of the same name on another node is another pod. */
    private final Map<String, Leaving> left = new LinkedHashMap<>();

    private final List<String> failures = new ArrayList<>();
    private boolean first = true;
    private String lastNews = "";
    private String trouble;
    private String heldBack = "";

    KubernetesDrain(
            ApiServer server, PodReader reader, String node, DrainPlan plan, DrainOptions options) {
        this.server = server;
        this.reader = reader;
        this.waiter = server.waiter();
        this.node = node;
        this.options = options;
        this.total = plan.evict().size();
        this.start = waiter.nanoTime();
        plan.evict().forEach(pod -> left.put(pod.getMetadata().getUid(), new Leaving(pod)));
    }

    @Override
    public boolean isRunning() {
        return !left.isEmpty();
    }

    @Override
    public String advance() throws InterruptedException {
        if (!first) {
            waiter.pause(LOOK);
        }
        first = false;
        trouble = null;
        evictWhatIsDue();
        if (options.dryRun()) {
            heldBack = blocked();
            left.values().removeIf(leaving -> !leaving.failed);
        } else {
            look();
        }
        failWhenNothingElseIsLeft();
        return news();
    }

    private void evictWhatIsDue() throws InterruptedException {
        for (Leaving leaving : List.copyOf(left.values())) {
            if (leaving.isDue(waiter.nanoTime())) {
                evict(leaving);
            }
        }
    }

    private void evict(Leaving leaving) throws InterruptedException {
        try {
            server.once(Eviction.of(leaving.pod, options, server));
            leaving.evicted();
        } catch (ApiException e) {
            switch (Eviction.outcome(e)) {
                case GONE -> left.remove(leaving.uid());
                case LATER -> leaving.tryAgain(waiter.nanoTime(), later(e), e.getMessage());
                case AGAIN -> leaving.tryAgain(waiter.nanoTime(), LOOK, e.getMessage());
                default -> {
                    leaving.evicted();
                    leaving.failed = true;
                    failures.add(DrainPlan.id(leaving.pod) + ": " + e.getMessage());
                }
            }
        }
    }

    private static Duration later(ApiException e) {
        return e.retryAfter() != null && e.retryAfter().compareTo(BLOCKED) > 0
                ? e.retryAfter()
                : BLOCKED;
    }

    private void look() throws InterruptedException {
        try {
            Set<String> present =
                    reader.onNodeOnce(node).stream()
                            .map(pod -> pod.getMetadata().getUid())
                            .collect(Collectors.toSet());
            left.keySet().retainAll(present);
        } catch (ApiException e) {
            if (!e.mayPass()) {
                throw e;
            }
            trouble = e.getMessage();
        }
    }

    private void failWhenNothingElseIsLeft() {
        boolean over =
                options.timeout() != null
                        && waiter.nanoTime() - start >= options.timeout().toNanos();
        boolean onlyFailed = left.values().stream().allMatch(leaving -> leaving.failed);
        if (!failures.isEmpty() && (onlyFailed || over)) {
            throw new NodeOperationException(
                    "evicted "
                            + (total - left.size())
                            + " of "
                            + total
                            + " pods; "
                            + failures.stream()
                                    .limit(NAMED_PODS)
                                    .collect(Collectors.joining("; ")));
        }
        if (over && !left.isEmpty()) {
            throw new NodeOperationException(
                    "drain timed out after "
                            + options.timeout().toSeconds()
                            + " s with "
                            + left.size()
                            + " of "
                            + total
                            + " pods left: "
                            + leftPods());
        }
    }

    private String leftPods() {
        String named =
                left.values().stream()
                        .limit(NAMED_PODS)
                        .map(
                                leaving ->
                                        DrainPlan.id(leaving.pod)
                                                + " ("
                                                + Objects.requireNonNullElse(
                                                        leaving.blockedBy, "still ending")
                                                + ")")
                        .collect(Collectors.joining(", "));
        return left.size() > NAMED_PODS ? named + ", …" : named;
    }

    private String news() {
        StringBuilder text = new StringBuilder();
        text.append(options.dryRun() ? "would evict " : "evicted ")
                .append(total - left.size())
                .append(" of ")
                .append(total)
                .append(" pods");
        text.append(options.dryRun() ? heldBack : blocked());
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

    /** The first pod that has to wait, and for what. */
    private String blocked() {
        return left.values().stream()
                .filter(leaving -> leaving.blockedBy != null)
                .findFirst()
                .map(leaving -> "; " + DrainPlan.id(leaving.pod) + " waits: " + leaving.blockedBy)
                .orElse("");
    }

    @Override
    public String result() {
        if (total == 0) {
            return "no pods to evict";
        }
        return (options.dryRun() ? "would evict " : "evicted ")
                + total
                + (total == 1 ? " pod" : " pods")
                + heldBack;
    }

    /** A pod on its way. */
    private static final class Leaving {

        private final Pod pod;
        private boolean evicted;
        private boolean failed;
        private Long notBefore;
        private String blockedBy;

        private Leaving(Pod pod) {
            this.pod = pod;
            this.evicted = pod.getMetadata().getDeletionTimestamp() != null;
        }

        private String uid() {
            return pod.getMetadata().getUid();
        }

        private boolean isDue(long now) {
            return !evicted && (notBefore == null || now - notBefore >= 0);
        }

        private void evicted() {
            evicted = true;
            blockedBy = null;
        }

        private void tryAgain(long now, Duration after, String why) {
            notBefore = now + after.toNanos();
            blockedBy = why;
        }
    }
}
