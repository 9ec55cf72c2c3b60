package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.DeleteOptions;
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
        DeleteOptions deleteOptions = delete.build();
        String body =
                server.json(
                        new EvictionBuilder()
                                .withNewMetadata()
                                .withName(meta.getName())
                                .withNamespace(meta.getNamespace())
                                .endMetadata()
                                .withDeleteOptions(deleteOptions)
                                .build());
        return ApiRequest.post(
                        "/api/v1/namespaces/"
                                + ApiRequest.encode(meta.getNamespace())
                                + "/pods/"
                                + ApiRequest.encode(meta.getName())
                                + "/eviction",
                        body)
                .dryRun(options.dryRun());
    }

    /** By the rules of kubectl drain (k8s.io/kubectl/pkg/drain/drain.go, evictPods). */
    static Outcome outcome(ApiException e) {
        return switch (e.status()) {
            case 404 -> Outcome.GONE;
            case 429 -> Outcome.LATER;
            case 403 -> e.hasCause("NamespaceTerminating") ? Outcome.LATER : Outcome.FAILED;
            case 500 ->
                    e.getMessage().contains("more than one PodDisruptionBudget")
                            ? Outcome.FAILED
                            : Outcome.AGAIN;
            default -> e.mayPass() ? Outcome.AGAIN : Outcome.FAILED;
        };
    }
}
