package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import org.kubenode.progress.cluster.NodePlan.Outcome;

/** A pod that a drain has to get rid of, and how far that is. */
final class Leaving {

    private final Pod pod;
    private boolean asked;
    private boolean failed;
    private long lastTry;
    private long notBefore;
    private boolean refused;
    private long waitsSince;
    private String waitsFor;
    private String waited;

    /**
     * @param graceSeconds what the operator gives it, or null: a pod that is ending by a longer one
     *     is asked once more, which shortens it
     */
    Leaving(Pod pod, Integer graceSeconds, long now) {
        this.pod = pod;
        this.lastTry = now - 1;
        Long present = pod.getMetadata().getDeletionGracePeriodSeconds();
        boolean ending = pod.getMetadata().getDeletionTimestamp() != null;
        boolean longer = graceSeconds != null && present != null && present > graceSeconds;
        this.asked = ending && !longer;
    }

    Pod pod() {
        return pod;
    }

    String id() {
        return DrainPlan.id(pod);
    }

    /** The controller's uid, or the pod's own: pods of one controller share their budget. */
    String family() {
        OwnerReference controller = DrainPlan.controllerOf(pod);
        return controller == null || controller.getUid() == null
                ? pod.getMetadata().getUid()
                : controller.getUid();
    }

    boolean isDue(long now) {
        return !asked && (!refused || now - notBefore >= 0);
    }

    long lastTry() {
        return lastTry;
    }

    /** It is on its way out. */
    void evicted() {
        asked = true;
        waitsFor = null;
    }

    void failed(String why) {
        evicted();
        waited = why;
        failed = true;
    }

    /** What became of it, or null before anything was done. */
    Outcome outcome(boolean stillThere, boolean begun) {
        if (failed) {
            return Outcome.FAILED;
        }
        if (!begun) {
            return null;
        }
        return stillThere ? Outcome.LEFT : asked ? Outcome.EVICTED : Outcome.GONE;
    }

    /** What it waited for last, or why it failed; null for nothing. */
    String waited() {
        return waited;
    }

    boolean isFailed() {
        return failed;
    }

    void tryAgain(long now, Duration after, String why) {
        if (waitsFor == null) {
            waitsSince = now;
        }
        lastTry = now;
        refused = true;
        notBefore = now + after.toNanos();
        waitsFor = why;
        waited = why;
    }

    /** One of its family was refused just now: it need not ask in this round. */
    void waitsLike(Leaving other, long now) {
        if (waitsFor == null) {
            waitsSince = now;
        }
        refused = true;
        notBefore = other.notBefore;
        waitsFor = other.waitsFor;
        waited = waitsFor;
    }

    /** What it waits for, or null. */
    String waitsFor() {
        return waitsFor;
    }

    long waitsSince() {
        return waitsSince;
    }
}
