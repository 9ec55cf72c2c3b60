package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.util.Map;

/** Pods of all kinds that a drain meets. */
final class Pods {

    private Pods() {}

    static Pod of(String name, String ownerKind) {
        PodBuilder pod =
                new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace("default")
                        .withUid("uid-" + name)
                        .endMetadata()
                        .withNewSpec()
                        .endSpec()
                        .withNewStatus()
                        .withPhase("Running")
                        .endStatus();
        if (ownerKind != null) {
            pod.editMetadata()
                    .withOwnerReferences(
                            new OwnerReferenceBuilder()
                                    .withApiVersion(ownerKind.endsWith("Set") ? "apps/v1" : "v1")
                                    .withKind(ownerKind)
                                    .withName("owner")
                                    .withController(true)
                                    .build())
                    .endMetadata();
        }
        return pod.build();
    }

    static Pod replicated(String name) {
        return of(name, "ReplicaSet");
    }

    static Pod mirror(String name) {
        return new PodBuilder(of(name, "Node"))
                .editMetadata()
                .withAnnotations(Map.of("kubernetes.io/config.mirror", "x"))
                .endMetadata()
                .build();
    }

    static Pod finished(String name, String phase) {
        return new PodBuilder(of(name, null)).editStatus().withPhase(phase).endStatus().build();
    }

    static Pod withEmptyDir(String name) {
        return new PodBuilder(replicated(name))
                .editSpec()
                .withVolumes(
                        new VolumeBuilder()
                                .withName("cache")
                                .withNewEmptyDir()
                                .endEmptyDir()
                                .build())
                .endSpec()
                .build();
    }

    static Pod ending(String name) {
        return new PodBuilder(replicated(name))
                .editMetadata()
                .withDeletionTimestamp("2026-11-23T10:15:30Z")
                .endMetadata()
                .build();
    }

    /** As {@link #replicated}, of a controller that others may have too. */
    static Pod of(String name, String apiVersion, String ownerKind, String ownerUid) {
        return new PodBuilder(of(name, null))
                .editMetadata()
                .withOwnerReferences(
                        new OwnerReferenceBuilder()
                                .withApiVersion(apiVersion)
                                .withKind(ownerKind)
                                .withName("owner")
                                .withUid(ownerUid)
                                .withController(true)
                                .build())
                .endMetadata()
                .build();
    }

    static Pod withUid(Pod pod, String uid) {
        return new PodBuilder(pod).editMetadata().withUid(uid).endMetadata().build();
    }

    static Pod ending(String name, String since, long graceSeconds) {
        return new PodBuilder(replicated(name))
                .editMetadata()
                .withDeletionTimestamp(since)
                .withDeletionGracePeriodSeconds(graceSeconds)
                .endMetadata()
                .build();
    }

    static PodList list(Pod... pods) {
        return new PodListBuilder().withNewMetadata().endMetadata().withItems(pods).build();
    }
}
