package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import org.kubenode.progress.cluster.DrainOptions;

/** The policy/v1 eviction of a pod, and what an answer to it means. */
final class Eviction {

    /** What to do after a refused eviction. */
    enum Outcome {
        /** The pod is not there any more. */
        GONE,
        /** Something has to change first: a disruption budget, a namespace that ends. */
        LATER,
        /** A passing trouble of the API server. */
        AGAIN,
        /** It will never be allowed. */
        FAILED
    }

    private Eviction() {}

    /** With {@code disableEviction} it is a plain deletion, which no budget stops. */
    static ApiRequest of(Pod pod, DrainOptions options, ApiServer server) {
        ObjectMeta meta = pod.getMetadata();
        DeleteOptionsBuilder delete =
                new DeleteOptionsBuilder()
                        .withNewPreconditions()
                        .withUid(meta.getUid())
                        .endPreconditions();
        if (options.gracePeriodSeconds() != null) {
            delete.withGracePeriodSeconds(options.gracePeriodSeconds().longValue());
        }
        if (options.dryRun()) {
            delete.withDryRun("All");
        }
        String path =
                "/api/v1/namespaces/"
                        + ApiRequest.encode(meta.getNamespace())
                        + "/pods/"
                        + ApiRequest.encode(meta.getName());
        if (options.disableEviction()) {
            return ApiRequest.delete(ApiRequest.DELETE_PODS, path, server.json(delete.build()))
                    .dryRun(options.dryRun());
        }
        String body =
                server.json(
                        new EvictionBuilder()
                                .withNewMetadata()
                                .withName(meta.getName())
                                .withNamespace(meta.getNamespace())
                                .endMetadata()
                                .withDeleteOptions(delete.build())
                                .build());
        return ApiRequest.post(ApiRequest.EVICT, path + "/eviction", body).dryRun(options.dryRun());
    }

    /** By the rules of kubectl drain (k8s.io/kubectl/pkg/drain/drain.go, evictPods). */
    static Outcome outcome(ApiException e) {
        if (e.isDoubtful()) {
            return Outcome.AGAIN;
        }
        return switch (e.status()) {
            case 404 -> Outcome.GONE;
            // Another pod has its name; to ask once more would spend its budget once more.
            case 409 ->
                    e.getMessage().contains("UID in the precondition")
                            ? Outcome.GONE
                            : Outcome.AGAIN;
            case 429 -> Outcome.LATER;
            case 403 -> e.hasCause("NamespaceTerminating") ? Outcome.LATER : Outcome.FAILED;
            case 500 -> hasTwoBudgets(e) ? Outcome.FAILED : Outcome.AGAIN;
            default -> e.mayPass() ? Outcome.AGAIN : Outcome.FAILED;
        };
    }

    private static boolean hasTwoBudgets(ApiException e) {
        return e.getMessage().contains("more than one PodDisruptionBudget");
    }

    /** What the operator can do something about, in words. */
    static String text(ApiException e) {
        if (hasTwoBudgets(e)) {
            return "more than one PodDisruptionBudget selects it, and such a pod cannot be evicted:"
                    + " let one select it, or delete it yourself";
        }
        if (e.status() == 504) {
            return "the API server did not get to it in time (504), because many evictions change"
                    + " one budget at once or an admission webhook is slow: "
                    + e.getMessage();
        }
        return e.getMessage();
    }
}
